"""Networks trained with HGQ2 at II = 1: LUTs and latency in ns beside alkaid's, for the same file in one yosys run.

    python -m bench.hgq_adder_graphs [--models ../shared/models] [--jets examples/jet_tagger/build/jets_all.npz]
                                     [--work build/hgq_adder_graphs] [--output docs/hgq_adder_graphs.md]

``jets`` is trained first, unless the folder of the work has it (``bench.peers.hgq_jets``). Every design is judged at
the fastest clock at which its netlist closes, as in ``bench.adder_graph_clocks``; bxnn at several clocks, alkaid at
several latency cutoffs. Exit code 1 if, for a network, no design of bxnn takes at most the LUTs and the latency of all
of alkaid's, or if ``jets`` is less than 0.99 times as accurate as the model of the example.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import bxnn
from bench import machine
from bench.adder_graph_clocks import BOARD, FAMILY, LATENCY_CUTOFFS, MARGIN, Analysed, Written, analysed
from bench.adder_graphs import synthesize_alkaid
from bench.environments import ROOT, ensure
from bench.peers.alkaid_jet_tagger import PROJECT
from bench.process import run
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.sim import synthesis
from bxnn.sim.reference import Reference

CLOCKS_MHZ = (320.632, 240.474)  # of which bxnn is asked for each
EXAMPLE = ROOT / "examples" / "jet_tagger"
ACCURACY = 0.99  # of the example's, at least
DESIGN = f"""board: {BOARD}
clock_mhz: {{mhz}}
initiation_interval: 1
strategy: lut
timing: {{{{estimate: pessimistic, margin: {MARGIN}}}}}
"""
INTRODUCTION = """\
# HGQ2 networks as adder graphs

Written by `python -m bench.hgq_adder_graphs`; every figure is from the netlists of one flow.

Networks trained with HGQ2, an event per cycle, without DSP slices. bxnn and alkaid read the same file; GHDL and yosys
synthesize the VHDL of both, and the slowest path of each netlist is found with the pessimistic delays of an xcvu9p -2.
Latency is the number of stages times the period of the fastest clock, with a margin of 5 %. Both networks have formats
per element and wraps. `mlp` is 16-24-12-5, without training; `jets` has the shape of `examples/jet_tagger`,
16-64-32-32-5, and is trained on such jets until few bits are left.
"""


def bxnn_design(model: Path, work: Path, mhz: float) -> Analysed:
    """A file compiled by bxnn, asked for a clock."""
    work.mkdir(parents=True, exist_ok=True)
    config = work / "design.yaml"
    config.write_text(DESIGN.format(mhz=mhz), encoding="utf-8")
    report = bxnn.compile(model, work / "build", None, config)
    files = [work / "build" / "vhdl" / name for name in (work / "build" / "vhdl" / "files.txt").read_text().split()]
    written = Written("bxnn", f"{mhz:g} MHz", report.latency_cycles, files, report.name)
    return analysed(written, work, lambda place: synthesis.synthesize(files, report.name, place, FAMILY))


def alkaid_designs(model: Path, work: Path, cutoffs: Sequence[float]) -> list[Analysed]:
    """A file traced by alkaid, at every cutoff.

    Raises:
        SystemExit: If alkaid fails, or its graph answers differently from HGQ2.
    """
    command = [str(ensure("hgq")), "-m", "bench.peers.alkaid_hgq", str(model), str(work), *map(str, cutoffs)]
    finished = run(command, 3600.0, {"PYTHONPATH": str(ROOT)})
    if finished.returncode:
        raise SystemExit(f"{model.stem}: {finished.complaint}")
    facts = json.loads((work / "stages.json").read_text(encoding="utf-8"))
    if facts["wrong"]:
        raise SystemExit(f"{model.stem}: {facts['wrong']} outputs of alkaid's graph differ")
    found = []
    for cutoff in cutoffs:
        folder = work / f"{cutoff:g}"
        sources = folder / "src"
        files = sorted(sources.rglob("*.vhd"))
        written = Written("alkaid", f"latency_cutoff {cutoff:g}", facts[f"{cutoff:g}"], files, PROJECT)
        found.append(analysed(written, folder, lambda place, own=sources: synthesize_alkaid(own, place, FAMILY)))  # type: ignore[misc]
    return found


def trained_jets(jets: Path, work: Path) -> tuple[Path, str]:
    """The model trained on the example's jets, and a sentence about its accuracy.

    Raises:
        SystemExit: If there are no jets, the training fails, or the model is less accurate than demanded.
    """
    if not jets.is_file():
        raise SystemExit(f"{jets}: no such file; run python -m examples.jet_tagger.generate, or name one by --jets")
    model = work / "jets.keras"
    facts = model.with_suffix(".json")
    if not facts.is_file():
        command = [str(ensure("hgq")), "-m", "bench.peers.hgq_jets", str(jets.resolve()), str(model)]
        finished = run(command, 7200.0, {"PYTHONPATH": str(ROOT)})
        if finished.returncode:
            raise SystemExit(f"jets: {finished.complaint}")
    found = json.loads(facts.read_text(encoding="utf-8"))
    reference, count = example_accuracy(jets)
    told = f"of {count:,} test jets, {found['accuracy']:.4f} are classified correctly, by the example's model"
    sentence = f"`jets`: {told} {reference:.4f}; {found['training_jets']:,} jets for training"
    if found["accuracy"] < ACCURACY * reference:
        raise SystemExit(f"{sentence}: less than {ACCURACY} of it")
    return model, sentence


def example_accuracy(jets: Path) -> tuple[float, int]:
    """How many of the test jets of a file the model of the example classifies correctly, and how many there are."""
    with np.load(jets, allow_pickle=False) as stored:
        x, y = (stored[name][stored["is_test"]] for name in ("x", "y"))
    config = parse_config((EXAMPLE / "design.yaml").read_text(encoding="utf-8"))
    graph = lower(load_model(EXAMPLE / "model.h5"), config)
    (found,) = Reference(graph).predict({graph.inputs[0]: x}).values()
    return float(np.mean(found.argmax(axis=1) == y)), len(y)


def page(rows: dict[str, list[Analysed]], facts: Sequence[str]) -> str:
    """The text of the page."""
    lines = [INTRODUCTION, *(f"* {fact}" for fact in facts), ""]
    lines += ["| network | tool | asked for | LUT | FF | stages | slowest path, ns | clock, MHz | latency, ns |"]
    lines += ["|---|---|---|---:|---:|---:|---:|---:|---:|"]
    for network, designs in rows.items():
        for one in designs:
            cells = f"{one.lut:,} | {one.ff:,} | {one.stages} | {one.worst_ns:.3f} | {one.clock_mhz:.1f}"
            lines.append(f"| {network} | {one.tool} | {one.setting} | {cells} | {one.latency_ns:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Analyse, write, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--jets", type=Path, default=EXAMPLE / "build" / "jets_all.npz")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "hgq_adder_graphs")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "hgq_adder_graphs.md")
    options = parser.parse_args()
    jets, accuracy = trained_jets(options.jets, options.work.resolve() / "training")
    networks = {"mlp": options.models / "hgq2" / "mlp.keras", "jets": jets}
    rows: dict[str, list[Analysed]] = {}
    for name, model in networks.items():
        work = options.work.resolve() / name
        own = [bxnn_design(model, work / f"bxnn_{mhz:g}", mhz) for mhz in CLOCKS_MHZ]
        rows[name] = own + alkaid_designs(model, work / "alkaid", LATENCY_CUTOFFS)
    facts = [accuracy, *(f"{key}: {value}" for key, value in machine.facts().items())]
    options.output.write_text(page(rows, facts), encoding="utf-8")
    return 0 if all(is_ahead(designs) for designs in rows.values()) else 1


def is_ahead(designs: Sequence[Analysed]) -> bool:
    """Whether one of bxnn's designs takes at most the LUTs and the time of any of alkaid's."""
    others = [one for one in designs if one.tool == "alkaid"]
    lut, latency = min(one.lut for one in others), min(one.latency_ns for one in others)
    return any(one.tool == "bxnn" and one.lut <= lut and one.latency_ns <= latency for one in designs)


if __name__ == "__main__":
    sys.exit(main())
