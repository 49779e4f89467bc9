"""What one engine of DSP slices for all layers of the jet tagger would reach, beside the designs of today.

    python -m bench.shared_engine [--models ../shared/models]

An engine has rows of two packed outputs and lanes of inputs. It accumulates one layer after another, over

    phases = ceil(inputs / lanes) * ceil(pairs of outputs / rows)

and where a layer has few outputs, its inputs are split between several rows. All phases of an event together must not
be more than the initiation interval. A layer then takes

    cycles = phases + operand register + tree over the lanes + requantize

with the trees of today: two levels per register, the last one fused with the quantizer. This is an estimate of a form
that is not built: it counts no cycle for the operands' multiplexer, which has a choice for every phase. Prints a table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.nanoseconds_designs import CASES, ROOT
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.design_front import FrontDesign
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.scheduling import schedule_graph

WIDTHS = (16, 64, 32, 32, 5)
INTERVAL = 8
PRODUCTS = 2  # outputs that share a slice
LIMITS = (255, 290, 320, 352, 384, 448, 512)
TREES = Pipelining(tree_levels_per_stage=2, fused_requantize=True)
_REGISTERS = 2  # of the operands, and of the quantizer


@dataclass(frozen=True)
class Engine:
    """An engine, and what it takes.

    Attributes:
        rows: Pairs of outputs that it computes at a time.
        lanes: Inputs that it takes in at a time.
        phases: Cycles in which it works on an event.
        cycles: From the input of the first layer to the result of the last.
    """

    rows: int
    lanes: int
    phases: int
    cycles: int

    @property
    def dsp(self) -> int:
        """DSP slices."""
        return self.rows * self.lanes


def engine(widths: Sequence[int], rows: int, lanes: int) -> Engine:
    """What an engine takes for the layers between ``widths``."""
    phases = cycles = 0
    for inputs, outputs in pairwise(widths):
        pairs = ceil_div(outputs, PRODUCTS)
        parts = min(max(rows // pairs, 1), ceil_div(inputs, lanes))
        own = ceil_div(inputs, lanes * parts) * ceil_div(pairs, rows)
        leaves = min(lanes * parts, inputs)
        phases += own
        cycles += own + _REGISTERS + TREES.tree_stages(leaves, TREES.open_levels)
    return Engine(rows, lanes, phases, cycles)


def engines(widths: Sequence[int], interval: int, most_dsp: int) -> Iterator[Engine]:
    """Those that accept an event every ``interval`` cycles."""
    for lanes in range(1, max(widths) + 1):
        for rows in range(1, most_dsp // lanes + 1):
            found = engine(widths, rows, lanes)
            if found.phases <= interval:
                yield found


def table(front: Sequence[FrontDesign]) -> Iterator[str]:
    """The rows: the best design of today and the best engine within each limit.

    Args:
        front: What the scheduler finds for the jet tagger.
    """
    for limit in LIMITS:
        today = min(((d.latency_cycles, d.dsp) for d in front if d.dsp <= limit), default=None)
        best = min(engines(WIDTHS, INTERVAL, limit), key=lambda found: (found.cycles, found.dsp), default=None)
        built = "- | -" if today is None else f"{today[0]} | {today[1]}"
        other = "- | - | - | -"
        if best is not None:
            other = f"{best.cycles} | {best.dsp} | {best.rows} x {best.lanes} | {best.phases}"
        yield f"| {limit} | {built} | {other} |"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    models: Path = parser.parse_args().models
    case = CASES[0]
    assert case.weights is not None
    config = load_config(case.design)
    graph = lower(load_model(models / case.model, models / case.weights, config.name), config)
    print("| DSP at most | today: cycles | DSP | engine: cycles | DSP | rows x lanes | phases |")
    print("|---:|---:|---:|---:|---:|---|---:|")
    print("\n".join(table(schedule_graph(graph, config, chosen_board(config)).front)))


if __name__ == "__main__":
    main()
