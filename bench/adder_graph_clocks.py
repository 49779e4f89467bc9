"""Latency in ns of adder graphs at the fastest clock of each: bxnn beside alkaid's own VHDL on the jet tagger, II = 1.

    python -m bench.adder_graph_clocks [--models ../shared/models] [--work build/adder_graph_clocks]
                                       [--clocks MHZ ...] [--output docs/adder_graph_clocks.md]

Both VHDLs go through the same flow of GHDL and yosys (``bxnn.sim.synthesis``, family xc7), and the netlists through the
same analysis with the pessimistic delays of an xcvu9p -2. bxnn is asked for several clocks, alkaid for several
``latency_cutoff``s; how fast a design is, its netlist says. Synthesis of one takes minutes; results are kept in the
folder of the work, under a hash of the VHDL.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import bxnn
from bench import machine
from bench.adder_graph_clocks_page import page
from bench.adder_graphs import synthesize_alkaid
from bench.peers import alkaid_jet_tagger as peer
from bxnn.boards.board import load_board
from bxnn.sim import synthesis
from bxnn.sim.netlist import SynthesisResult
from bxnn.sim.timing.netlist_timing import netlist_timing

ROOT = Path(__file__).resolve().parent.parent
BOARD = "xcvu9p"
FAMILY = "xc7"
MARGIN = 0.05
CLOCKS_MHZ = (320.632, 160.316)  # of which bxnn is asked for each
LATENCY_CUTOFFS = (2.0, 3.0, 4.0, 5.0, 6.0)  # alkaid: largest delay of a stage; its command line uses 5
_DESIGN = """board: {board}
clock_mhz: {mhz}
initiation_interval: 1
strategy: lut
timing: {{estimate: pessimistic, margin: {margin}}}
inputs: {{fc1_input: "fixed<8,4,RND_CONV,SAT>"}}
"""


@dataclass(frozen=True)
class Analysed:
    """One design.

    Attributes:
        tool: Tool that wrote the VHDL.
        setting: What it was asked for.
        stages: Stages of logic from the register before the input to the one at the output.
        lut: Look-up tables.
        ff: Flip-flops; those before the input are not counted for bxnn, which leaves them to what drives it.
        worst_ns: The slowest path of the netlist, by the pessimistic estimate.
        limit_mhz: The fastest clock of the device.
    """

    tool: str
    setting: str
    stages: int
    lut: int
    ff: int
    worst_ns: float
    limit_mhz: float

    @property
    def clock_mhz(self) -> float:
        """The fastest clock at which it closes."""
        return min(1000.0 * (1 - MARGIN) / self.worst_ns, self.limit_mhz)

    @property
    def latency_ns(self) -> float:
        """The latency at that clock."""
        return self.stages * 1000.0 / self.clock_mhz


class Written(NamedTuple):
    """The VHDL of a design; the first three as in ``Analysed``."""

    tool: str
    setting: str
    stages: int
    files: Sequence[Path]
    top: str


def analysed(design: Written, folder: Path, to_netlist: Callable[[Path], SynthesisResult]) -> Analysed:
    """Synthesize and analyse a design, unless it has been.

    Args:
        design: Its VHDL.
        folder: For the netlist and what was found in it.
        to_netlist: Synthesizes into a folder.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in design.files)).hexdigest()
    kept = folder / f"{digest[:16]}.json"
    if not kept.exists():
        work, delays = folder / "synthesis", load_board(BOARD).delays
        result = to_netlist(work)
        assert delays.fabric is not None
        found = netlist_timing(work, design.top, [design.top], delays.fabric, delays.limits)
        worst = max(timing.pessimistic.ns for timing in found.values())
        facts = Analysed(*design[:3], result.lut, result.ff, worst, delays.limits.bufg)
        kept.write_text(json.dumps(asdict(facts)), encoding="utf-8")
    return Analysed(**json.loads(kept.read_text(encoding="utf-8")))


def analyse_bxnn(models: Path, work: Path, mhz: float) -> Analysed:
    """Bxnn, asked for a clock."""
    model, folder = models / "jet_tagger", work / f"bxnn_{mhz:g}"
    folder.mkdir(parents=True, exist_ok=True)
    config, build = folder / "design.yaml", folder / "build"
    config.write_text(_DESIGN.format(board=BOARD, mhz=mhz, margin=MARGIN), encoding="utf-8")
    report = bxnn.compile(model / "qkeras_3layer.json", build, model / "qkeras_3layer_weights.h5", config)
    files = [build / "vhdl" / name for name in (build / "vhdl" / "files.txt").read_text().split()]

    def to_netlist(place: Path) -> SynthesisResult:
        return synthesis.synthesize(files, report.name, place, FAMILY)

    return analysed(Written("bxnn", f"{mhz:g} MHz", report.latency_cycles, files, report.name), folder, to_netlist)


def analyse_alkaid(graph: Any, work: Path, cutoff: float) -> Analysed:
    """Alkaid at one latency cutoff."""
    folder = work / f"alkaid_{cutoff:g}"
    codegen, tracing = importlib.import_module("alkaid.codegen"), importlib.import_module("alkaid.trace")
    model = codegen.RTLModel(graph, folder / "rtl", prj_name=peer.PROJECT, flavor="vhdl", latency_cutoff=cutoff)
    model.write()
    stages = len(tracing.to_pipeline(graph, latency_cutoff=cutoff, verbose=False).logic)
    sources = folder / "rtl" / "src"

    def to_netlist(place: Path) -> SynthesisResult:
        return synthesize_alkaid(sources, place, FAMILY)

    files = sorted(sources.rglob("*.vhd"))
    return analysed(Written("alkaid", f"latency_cutoff {cutoff:g}", stages, files, peer.PROJECT), folder, to_netlist)


def analyse(models: Path, work: Path, clocks_mhz: Sequence[float] = CLOCKS_MHZ) -> list[Analysed]:
    """All designs: bxnn's, then alkaid's."""
    rows = [analyse_bxnn(models, work, mhz) for mhz in clocks_mhz]
    graph = peer.build_graph(peer.load_layers(models / "jet_tagger" / "qkeras_3layer_weights.h5"))
    return rows + [analyse_alkaid(graph, work, cutoff) for cutoff in LATENCY_CUTOFFS]


def main() -> None:
    """Analyse all designs, write the page and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "adder_graph_clocks")
    parser.add_argument("--clocks", type=float, nargs="+", default=CLOCKS_MHZ, help="of which bxnn is asked for each")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "adder_graph_clocks.md")
    arguments = parser.parse_args()
    facts, work = machine.facts(), arguments.work.resolve()
    rows = analyse(arguments.models, work, arguments.clocks)
    tools = {name: version(name) for name in ("alkaid", "pyosys")}
    arguments.output.write_text(page(rows, facts | tools), encoding="utf-8")
    print(json.dumps([asdict(row) | {"latency_ns": row.latency_ns} for row in rows]))


if __name__ == "__main__":
    main()
