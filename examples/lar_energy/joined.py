"""Synthesizes the top of several cells, `cells.vhd` with its core and `bxnn_history`, beside its prediction.

    python -m examples.lar_energy.joined [--build build/lar_energy]

Compiles the core if there is no build yet. Exit code 1 if the number of DSPs is not that of the core, if LUTs or
flip-flops are more than predicted, or if a path is longer than the clock leaves by the pessimistic estimate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import bxnn
from bxnn.boards.board import load_board
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report import load_report
from bxnn.sim.synthesis import synthesize
from bxnn.sim.timing.netlist_timing import netlist_timing

HERE = Path(__file__).resolve().parent
TOP = "lar_energy_cells"
HISTORY_LUT, HISTORY_FF = 76, 80  # of 4 cells with 5 samples of 12 bits: tests/vhdl/test_cost.py


def main(build: Annotated[Path, typer.Option(help="The core's build.")] = Path("build/lar_energy")) -> None:
    """Print what was predicted and what is found, and the slowest paths of each class."""
    if not (build / "report.json").is_file():
        bxnn.compile(HERE / "model.h5", build, None, HERE / "design.yaml")
    report, interface = load_report(build / "report.json"), Interface.load(build / "sim/interface.json")
    board, work = load_board(report.board.name), build / "sim" / TOP
    history = HERE.parents[1] / "hls_templates/vhdl/lib/bxnn_history.vhd"
    files = [*(build / "vhdl" / name for name in interface.files), history, HERE / "cells.vhd"]
    found = synthesize(files, TOP, work, wide_bits=board.operand_a_bits)
    assert report.predicted is not None and board.delays.fabric is not None
    lut, ff = report.predicted.lut + HISTORY_LUT, report.predicted.ff + HISTORY_FF
    print("| | predicted | measured |\n|---|---|---|")
    for name, predicted, measured in (("DSP", report.dsp, found.dsp), ("LUT", lut, found.lut), ("FF", ff, found.ff)):
        print(f"| {name} | {predicted:,} | {measured:,} |")
    print("\n| class of paths | typical, ns | pessimistic, ns | ends at |\n|---|---|---|---|")
    paths = netlist_timing(work, TOP, [], board.delays.fabric, board.delays.limits)
    for kind, both in paths.items():
        print(f"| {kind.value} | {both.typical.ns:.3f} | {both.pessimistic.ns:.3f} | {both.pessimistic.end} |")
    assert report.timing is not None
    allowed_ns = report.timing.period_ns * (1 - report.timing.margin)
    late = [kind for kind, both in paths.items() if both.pessimistic.ns > allowed_ns]
    print(f"\n{allowed_ns:.3f} ns allowed; {len(late)} of {len(paths)} classes longer")
    if found.dsp != report.dsp or found.lut > lut or found.ff > ff or late:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
