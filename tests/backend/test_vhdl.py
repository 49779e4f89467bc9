"""The contents of the emitted VHDL, and that a single wrong bit in it is found."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.dense import Dense
from tests.backend.read_back import read_bias, read_kernel
from tests.ir.networks import activation, dense, network, networks, random_kernel, source
from tests.layers.firmware import FACTS, check_firmware, run_firmware, schedule, write
from tests.layers.test_contract import HARDWARE, alone

RNG = np.random.default_rng(8)
TWO_LAYERS = network(
    source("x", 6),
    dense("fc1", "x", random_kernel(RNG, 6, 7, 5, 0.2), RNG.integers(-20, 20, 7)),
    activation("relu", "fc1"),
    dense("fc2", "relu", random_kernel(RNG, 7, 4, 6, 0.2), RNG.integers(-20, 20, 4)),
)
BINDINGS = {"fc1": LayerSettings("output_serial", 4), "fc2": LayerSettings("input_serial", 4)}


def linear_map(graph: Graph, name: str) -> LinearMap:
    layer = graph.layer(name)
    assert isinstance(layer, Dense)
    return layer.linear_map(graph.sources(layer, graph.tensors()))


@settings(max_examples=15)
@given(networks(3, 12), st.integers(1, 8))
def test_every_weight_and_bias_can_be_read_back(graph: Graph, initiation_interval: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    chosen = schedule(graph, initiation_interval)
    files = VhdlBackend(graph, chosen, FACTS).render()
    for step in chosen.steps:
        if not isinstance(step.binding, DspBinding):
            continue
        linear, text = linear_map(graph, step.layer), files[f"net_{step.layer}.vhd"]
        kernel, stray = read_kernel(text, step.binding, linear.outputs, linear.inputs)
        assert np.array_equal(kernel, linear.weights) and stray == 0
        if not step.binding.packing.shares_weight:  # packed operands add their own offset: simulated only
            assert np.array_equal(read_bias(text, step.binding, linear.outputs), linear.bias)


def test_the_files_in_compile_order(tmp_path: Path) -> None:
    interface = write(TWO_LAYERS, schedule(TWO_LAYERS, 4), tmp_path)
    library = [name for name in interface.files if name.startswith("lib/")]
    assert interface.files[: len(library)] == tuple(library) and library[0] == "lib/bxnn_pkg.vhd"
    assert interface.files[len(library) :] == (
        "net_pkg.vhd",
        "net_fc1.vhd",
        "net_relu.vhd",
        "net_fc2.vhd",
        "net.vhd",
    )
    assert all((tmp_path / "vhdl" / name).is_file() for name in (*interface.files, "net_instance.vho"))
    assert {path.name for path in (tmp_path / "vhdl" / "lib").iterdir()} == {Path(name).name for name in library}


def test_only_units_in_use_are_shipped_each_before_those_that_use_it() -> None:
    files = VhdlBackend(TWO_LAYERS, schedule(TWO_LAYERS, 4), FACTS).render()
    names = list(files)
    for place, name in enumerate(names):
        if name.startswith("lib/"):
            unit = f"work.{Path(name).stem}"
            assert any(unit in files[later] for later in names[place + 1 :]), name
            assert not any(unit in files[earlier] for earlier in names[:place]), name
    assert "lib/bxnn_requantize.vhd" in names and "lib/bxnn_argmax.vhd" not in names


def test_the_package_promises_what_was_predicted() -> None:
    chosen = schedule(TWO_LAYERS, 4)
    files = VhdlBackend(TWO_LAYERS, chosen, FACTS).render()
    found = dict(re.findall(r"constant (\w+) *: \w+ *:= (\d+);", files["net_pkg.vhd"]))
    tensor = TWO_LAYERS.tensors()["fc2"]
    assert found == {
        "LATENCY_CYCLES": str(chosen.latency_cycles),
        "INITIATION_INTERVAL": "4",
        "IN_DATA_ELEMENTS": "6",
        "IN_DATA_BITS": "8",
        "OUT_DATA_ELEMENTS": "4",
        "OUT_DATA_BITS": str(tensor.bits),
    }
    assert f"x {tensor.format}, value = code * 2**{-tensor.format.fraction_bits}," in files["net_pkg.vhd"]


@pytest.mark.parametrize("cls", HARDWARE.values(), ids=lambda cls: str(cls.kind))
def test_every_header_names_model_layer_formats_latency_and_interval(cls: type[HardwareLayer]) -> None:
    example = cls.examples()[0]
    graph = alone(example)
    chosen = schedule(graph, 3)
    files = VhdlBackend(chosen.graph, chosen, {**FACTS, "models": ("0123abcd",)}).render()
    text = files[f"{graph.name}_{example.layer.name}.vhd"]
    header = text[: text.index("library ieee;")]
    assert f'"{example.layer.name}"' in header and "-- Model:     SHA-256 0123abcd\n" in header
    tensors = graph.tensors()
    assert all(str(tensors[name].format) in header for name in (*example.layer.inputs, example.layer.name))
    binding = chosen.step(example.layer.name).binding
    assert re.search(rf"(?m)^-- Latency: +{binding.latency_cycles} cycles?\b", header)
    assert re.search(r"(?m)^-- II: +[123]$", header) and re.search(rf"(?m)^-- DSP: +{binding.dsp}\b", header)


def test_every_header_states_start_latency_and_dsp() -> None:
    chosen = schedule(TWO_LAYERS, 4)
    files = VhdlBackend(TWO_LAYERS, chosen, FACTS).render()
    for step in chosen.steps:
        text = files[f"net_{step.layer}.vhd"]
        assert re.search(rf"-- Latency: +{step.binding.latency_cycles} cycles?, from cycle {step.start_cycle} ", text)
        assert re.search(rf"-- DSP: +{step.binding.dsp}\n", text)
    assert f"-- Latency:   {chosen.latency_cycles} cycles" in files["net.vhd"]
    assert f"-- DSP:       {chosen.dsp}\n" in files["net.vhd"]


def test_several_inputs_and_outputs_are_named_ports() -> None:
    graph = network(source("a", 2), source("b", 3), activation("p", "a"), activation("q", "b"), outputs=("p", "q"))
    text = VhdlBackend(graph, schedule(graph, 1), FACTS).render()["net.vhd"]
    ports = re.findall(r"^ {4}(\w+) +: (in |out) ", text, re.MULTILINE)
    assert [name for name, _ in ports] == [
        "clk", "rst", "a_valid", "a_data", "b_valid", "b_data", "p_valid", "p_data", "q_valid", "q_data",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("graph", "subject", "name"),
    [
        (
            network(
                source("x", 2), activation("y_valid", "x"), activation("valid_y", "x"), outputs=("y_valid", "valid_y")
            ),
            "y_valid",
            "valid_y_valid",
        ),
        (network(source("x", 2), activation("pkg", "x")), "pkg", "net_pkg"),
        (
            network(source("x", 2), activation("y", "x"), activation("y_constants", "y")),
            "y_constants",
            "net_y_constants",
        ),
    ],
)
def test_a_name_that_would_mean_two_things_is_refused(graph: Graph, subject: str, name: str) -> None:
    with pytest.raises(ModelError) as caught:
        VhdlBackend(graph, schedule(graph, 1), FACTS).render()
    assert str(caught.value) == f"{subject}: its name gives {name!r} two meanings in the VHDL; rename it"


def flipped(text: str, name: str, digit: int) -> str:
    """The text with the lowest bit of one hexadecimal digit of a constant flipped."""
    start = text.index(f"constant {name} :")
    digits = [
        found.start(1) + k for found in re.finditer(r'x"([0-9A-F]+)"', text[start:]) for k in range(len(found[1]))
    ]
    at = start + digits[digit]
    return text[:at] + f"{int(text[at], 16) ^ 1:X}" + text[at + 1 :]


def changes(text: str, linear: LinearMap, binding: DspBinding) -> bool:
    """Whether the constants differ from those of the map."""
    kernel, _ = read_kernel(text, binding, linear.outputs, linear.inputs)
    bias = read_bias(text, binding, linear.outputs)
    return not (np.array_equal(kernel, linear.weights) and np.array_equal(bias, linear.bias))


@pytest.mark.parametrize("constant_name", ["WEIGHTS", "BIAS"])
@pytest.mark.parametrize("layer", ["fc1", "fc2"])
def test_one_flipped_bit_fails_the_simulation(layer: str, constant_name: str, tmp_path: Path) -> None:
    chosen = schedule(TWO_LAYERS, 4, BINDINGS)
    interface = write(TWO_LAYERS, chosen, tmp_path)
    path = tmp_path / "vhdl" / f"net_{layer}.vhd"
    good, linear, binding = path.read_text(), linear_map(TWO_LAYERS, layer), chosen.step(layer).binding
    assert isinstance(binding, DspBinding)
    bad, digit = good, 0
    while not changes(bad, linear, binding):  # a bit of an idle slot changes nothing
        bad, digit = flipped(good, constant_name, digit), digit + 1
    path.write_text(bad)
    result = run_firmware(TWO_LAYERS, interface, tmp_path)
    assert not result.passed and result.mismatches > 0
    assert result.first_difference is not None and "expected" in result.first_difference


def test_a_latency_promised_one_cycle_off_fails(tmp_path: Path) -> None:
    graph, chosen = TWO_LAYERS, schedule(TWO_LAYERS, 4, BINDINGS)
    interface = write(graph, chosen, tmp_path)
    early = type(interface)(**{**vars(interface), "latency_cycles": interface.latency_cycles - 1})
    result = run_firmware(graph, early, tmp_path)
    assert not result.passed and result.latency_cycles == chosen.latency_cycles


def test_the_untouched_network_passes(tmp_path: Path) -> None:
    check_firmware(TWO_LAYERS, schedule(TWO_LAYERS, 4, BINDINGS), tmp_path)


SPACING_BENCH = """
library ieee;
use ieee.std_logic_1164.all;

entity bench is
end entity bench;

architecture rtl of bench is
  signal clk, rst, valid, flag : std_logic := '0';
  signal x : std_logic_vector({bits} downto 0) := (others => '0');
begin
  dut : entity work.net
    port map (clk => clk, rst => rst, in_valid => valid, in_data => x, out_valid => open, out_data => open,
              spacing_error => flag);
  play : process is
  begin
    for t in 0 to 40 loop
      valid <= '1' when t = 10 or t = 10 + {distance} else '0';
      wait for 1 ns;
      clk <= '1';
      wait for 1 ns;
      clk <= '0';
      if flag = '1' then
        report "flag after " & integer'image(t);
      end if;
    end loop;
    wait;
  end process;
end architecture rtl;
"""


@pytest.mark.parametrize(("distance", "flags"), [(3, ["13"]), (4, []), (9, [])])
def test_the_port_says_when_an_event_came_too_early(distance: int, flags: list[str], tmp_path: Path) -> None:
    """At an initiation interval of 4; without the option there is no such port."""
    chosen = schedule(TWO_LAYERS, 4)
    assert "spacing_error" not in VhdlBackend(TWO_LAYERS, chosen, FACTS).render()["net.vhd"]
    files = VhdlBackend(TWO_LAYERS, chosen, {**FACTS, "spacing_error": True}).write(tmp_path)
    bits = TWO_LAYERS.tensors()[TWO_LAYERS.inputs[0]]
    (tmp_path / "bench.vhd").write_text(SPACING_BENCH.format(bits=bits.size * bits.bits - 1, distance=distance))
    options = ["--std=08", f"--workdir={tmp_path}"]
    subprocess.run(["ghdl", "-a", *options, *files, "bench.vhd"], check=True, cwd=tmp_path)
    command = ["ghdl", "--elab-run", *options, "bench", "--assert-level=failure", "--ieee-asserts=disable"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    text = done.stdout + done.stderr
    assert re.findall(r"flag after (\d+)", text) == flags
    assert text.count("cycles too early") == len(flags)


def test_two_builds_live_in_one_project_in_a_library_each(tmp_path: Path) -> None:
    """The same unit names with different weights, each in its own VHDL library, instantiated side by side."""
    first, second = TWO_LAYERS, network(source("x", 4), dense("fc1", "x", np.ones((4, 2), np.int64)))
    for name, graph in (("tagger", first), ("trigger", second)):
        folder = tmp_path / name
        files = VhdlBackend(graph, schedule(graph, 4), FACTS).write(folder)
        options = ["--std=08", f"--work={name}", f"--workdir={tmp_path}"]
        subprocess.run(["ghdl", "-a", *options, *files], check=True, cwd=folder)
    ports = "clk => zero, rst => zero, in_valid => zero, out_valid => open, out_data => open, in_data"
    units, signals = "", "  signal zero : std_logic := '0';\n"
    for name, graph in (("tagger", first), ("trigger", second)):
        x = graph.tensors()[graph.inputs[0]]
        signals += f"  signal x_{name} : std_logic_vector({x.size * x.bits - 1} downto 0);\n"
        units += f"  the_{name} : entity {name}.net port map ({ports} => x_{name});\n"
    libraries = "library ieee;\nlibrary tagger;\nlibrary trigger;\nuse ieee.std_logic_1164.all;\n"
    entity = "entity both is\nend entity both;\n"
    text = f"{libraries}{entity}architecture rtl of both is\n{signals}begin\n{units}end architecture rtl;\n"
    (tmp_path / "both.vhd").write_text(text)
    options = ["--std=08", f"--workdir={tmp_path}", f"-P{tmp_path}"]
    subprocess.run(["ghdl", "-a", *options, "both.vhd"], check=True, cwd=tmp_path)
    command = ["ghdl", "--elab-run", *options, "both", "--ieee-asserts=disable"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
