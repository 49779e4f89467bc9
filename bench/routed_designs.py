"""The designs that are placed and routed to check the timing analysis, each as Verilog with registers around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import bxnn
from bench import big_network
from bench.image_chain import ImageChain
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import compile_graph
from bxnn.compiler.ir.registry import TEMPLATES
from bxnn.compiler.report import ReportModel
from bxnn.sim import synthesis

TOP = "routed"
Ports = Mapping[str, int]  # widths by name
Written = tuple[Sequence[Path], str, Ports, Ports]  # files, top entity, its inputs and outputs

_HEADER = """library ieee;
use ieee.std_logic_1164.all;

entity design is
  port (clk : in std_logic; x : in std_logic_vector({inputs} downto 0); y : out std_logic_vector({outputs} downto 0));
end entity design;

architecture rtl of design is
begin
{body}end architecture rtl;
"""


@dataclass(frozen=True)
class RoutedDesign:
    """A design to route.

    Attributes:
        name: The design in words.
        write: Writes its VHDL into a folder; returns the files, the name of the top entity, and its data ports.
    """

    name: str
    write: Callable[[Path], Written]


def verilog(design: RoutedDesign, folder: Path) -> list[Path]:
    """Verilog of the design and of the registers around it, top module ``routed``.

    Inputs come out of a chain of registers, outputs go into registers and leave through a chain that folds them: no
    net of the frame has more sinks than the design itself, and few pins are needed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, top, inputs, outputs = design.write(folder)
    request = synthesis._Request(files, top, folder.resolve(), "xc7", {}, parts=False)
    inner = synthesis._to_verilog(request)
    frame = folder / "frame.v"
    frame.write_text(_frame(top, inputs, outputs), encoding="utf-8")
    return [inner, frame]


def _frame(top: str, inputs: Ports, outputs: Ports) -> str:
    total_in, total_out = sum(inputs.values()), sum(outputs.values())
    binds, low = ["    .clk(clk)"], 0
    for name, width in inputs.items():
        binds.append(f"    .{name}(load[{low + width - 1}:{low}])")
        low += width
    low = 0
    for name, width in outputs.items():
        binds.append(f"    .{name}(found[{low + width - 1}:{low}])")
        low += width
    joined = ",\n".join(binds)
    return f"""module {TOP}(input clk, input first, output last);
  reg [{total_in - 1}:0] load;
  wire [{total_out - 1}:0] found;
  reg [{total_out - 1}:0] held, fold;
  assign last = fold[{total_out - 1}];
  always @(posedge clk) begin
    load <= {{load, first}};
    held <= found;
    fold <= {{fold, 1'b0}} ^ held;
  end
  {top} design (
{joined}
  );
endmodule
"""


def _library(folder: Path, inputs: int, outputs: int, body: str) -> Written:
    """Entities of the library, instantiated in an architecture."""
    path = folder / "design.vhd"
    path.write_text(_HEADER.format(inputs=inputs - 1, outputs=outputs - 1, body=body), encoding="utf-8")
    return [*sorted((TEMPLATES / "vhdl" / "lib").glob("*.vhd")), path], "design", {"x": inputs}, {"y": outputs}


def _requantize(lanes: int, wide: int, narrow: int, shift: int, rounding: str, signed: bool, folder: Path) -> Written:
    low, high = (-(1 << (narrow - 1)), (1 << (narrow - 1)) - 1) if signed else (0, (1 << narrow) - 1)
    codes = [f'"{code & ((1 << (narrow + 1)) - 1):0{narrow + 1}b}"' for code in (low, high)]
    body = (
        f"  dut : entity work.bxnn_requantize\n    generic map (LANES => {lanes}, IN_BITS => {wide}, IN_SIGNED => 1,\n"
        f'      OUT_BITS => {narrow}, SHIFT => {shift}, ROUNDING => "{rounding}", OVERFLOW => "SAT",\n'
        f"      LOW => {codes[0]}, HIGH => {codes[1]})\n    port map (clk => clk, enable => x({lanes * wide}),\n"
        f"      x => x({lanes * wide - 1} downto 0), y => y);\n"
    )
    return _library(folder, lanes * wide + 1, lanes * narrow, body)


def _trees(count: int, words: int, bits: int, levels: int, folder: Path) -> Written:
    body = "".join(
        f"  tree_{number} : entity work.bxnn_adder_tree\n    generic map (INPUTS => {words}, BITS => {bits}, "
        f"LEVELS_PER_STAGE => {levels})\n    port map (clk => clk, "
        f"x => x({(number + 1) * words * bits - 1} downto {number * words * bits}), "
        f"y => y({(number + 1) * bits - 1} downto {number * bits}));\n"
        for number in range(count)
    )
    return _library(folder, count * words * bits, count * bits, body)


def _network(widths: tuple[int, ...], keys: str, folder: Path) -> Written:
    """A network of Dense layers as users build it."""
    files = big_network.write(folder / "network", 1, widths)
    config = folder / "design.yaml"
    config.write_text(f'inputs: {{input_1: "fixed<8,4,RND_CONV,SAT>"}}\n{keys}', encoding="utf-8")
    report = bxnn.compile(files.architecture, folder / "build", files.weights, config)
    return _built(folder / "build", report)


def _streamed(folder: Path) -> Written:
    """A convolution on an image of 8 by 8 pixels, one pixel per cycle."""
    graph = ImageChain((8, 8, 1), 5, bits=5).conv(2, (3, 3)).pool((2, 2)).graph()
    config = parse_config(f"{_CLOCK}initiation_interval: 64\nform: streaming\nstrategy: lut\n")
    return _built(folder / "build", compile_graph(graph, config, folder / "build"))


def _built(build: Path, report: ReportModel) -> Written:
    """VHDL of a build and the ports of its top entity."""
    files = [build / "vhdl" / name for name in (build / "vhdl" / "files.txt").read_text().split()]
    inputs = {"rst": 1}
    for port in report.inputs:
        inputs |= {port.valid: 1, port.data: port.width} | ({} if port.first is None else {port.first: 1})
    outputs: dict[str, int] = {}
    for port in report.outputs:
        outputs |= {port.valid: 1, port.data: port.width}
    return files, report.name, inputs, outputs


_CLOCK = "clock_mhz: 100\n"  # any clock that every device meets: the router finds the real one
_II1 = (
    f"{_CLOCK}initiation_interval: 1\nstrategy: lut\n"
    "layers: {{fc1: {{adders_per_stage: {0}}}, fc2: {{adders_per_stage: {0}}}}}\n"
)
_DSP = _CLOCK + "initiation_interval: 4\nstrategy: dsp\npacking: {1}\nlayers: {{fc1: {{binding: {0}}}}}\n"
DESIGNS = (
    RoutedDesign("requantize 20 to 8 bits RND_CONV, 8 lanes", partial(_requantize, 8, 20, 8, 6, "RND_CONV", True)),
    RoutedDesign(
        "requantize 16 to 6 bits RND_CONV ReLU, 12 lanes", partial(_requantize, 12, 16, 6, 5, "RND_CONV", False)
    ),
    RoutedDesign("requantize 24 to 8 bits RND, 8 lanes", partial(_requantize, 8, 24, 8, 8, "RND", True)),
    RoutedDesign("two adder trees, 8 words of 16 bits, 1 level per stage", partial(_trees, 2, 8, 16, 1)),
    RoutedDesign("adder tree, 8 words of 24 bits, 1 level per stage", partial(_trees, 1, 8, 24, 1)),
    RoutedDesign("two adder trees, 8 words of 16 bits, 2 levels per stage", partial(_trees, 2, 8, 16, 2)),
    RoutedDesign("adder tree, 16 words of 12 bits, 4 levels per stage", partial(_trees, 1, 16, 12, 4)),
    RoutedDesign("adder graphs 8-6-4, 2 adders per stage", partial(_network, (8, 6, 4), _II1.format(2))),
    RoutedDesign("adder graphs 8-6-4, 3 adders per stage", partial(_network, (8, 6, 4), _II1.format(3))),
    RoutedDesign("adder graphs 8-6-4, 4 adders per stage", partial(_network, (8, 6, 4), _II1.format(4))),
    RoutedDesign("DSP layer 8-4, output-serial", partial(_network, (8, 4), _DSP.format("output_serial", "none"))),
    RoutedDesign("DSP layer 8-4, input-serial", partial(_network, (8, 4), _DSP.format("input_serial", "none"))),
    RoutedDesign("DSP layer 8-4, packed", partial(_network, (8, 4), _DSP.format("output_serial", "auto"))),
    RoutedDesign("streaming convolution and pool, 8x8 pixels", _streamed),
)
