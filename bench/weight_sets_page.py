"""The page of ``python -m bench.weight_sets``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bxnn.boards.board import load_board
from bxnn.compiler.hardware.block_ram import half_block_rams
from bxnn.compiler.numeric.integers import ceil_div

BOARD, CLOCK_MHZ = "xcvu13p", 320.632
CELLS, CYCLES_OF_A_CROSSING = 384, 8
_HEAD = """# Weights of many channels on one core

Written by `python -m bench.weight_sets`; figures are measured unless they are called predicted.

A core of `examples/lar_energy` on an xcvu13p at 320.632 MHz serves as many cells as it has sets of weights, chosen by
the tag ([outputs.md](outputs.md)). A cell has a sample every 8 cycles, or as often as its turn comes. *events* are
random windows of random cells, in Verilator and in GHDL. *wrong* counts those with a bit that is not that of the model
of their own cell, compiled by itself.

| sets | II | cycles | events | in GHDL | wrong | DSP | LUT predicted | LUT | FF predicted | FF |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""
_RAM_HEAD = """
## Tables or block RAM

Weights are in look-up tables. A row of all of them is read in every cycle of an event, and so is wide: *bits* are those
that differ from set to set. A block RAM reads 36 bits of 512 rows at most (RAMB18): its number follows from the width,
and is the same for few rows as for 512.

| sets | bits | LUT of the tables | of the device | RAMB18 instead | of the device |
|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Row:
    """A core of several sets; measured figures are ``None`` if they were not measured.

    Attributes:
        sets: Sets of weights.
        interval: Cycles between events of the core.
        latency_cycles: Of the core.
        events: In Verilator.
        ghdl_events: In GHDL.
        wrong: Events with a result that is not that of their channel's own model.
        dsp: Predicted and synthesized slices.
        lut: Predicted and synthesized look-up tables.
        ff: Predicted and synthesized flip-flops.
        table_bits: Bits of all weights and biases that differ from set to set.
        table_luts: Of their tables, where a set is a row.
        problem: Which prediction synthesis did not confirm.
    """

    sets: int
    interval: int
    latency_cycles: int
    events: int
    ghdl_events: int | None
    wrong: int
    dsp: tuple[int, int | None]
    lut: tuple[int, int | None]
    ff: tuple[int, int | None]
    table_bits: int
    table_luts: int
    problem: str | None = None

    @property
    def failed(self) -> bool:
        """Whether anything is not as it should be."""
        return self.wrong > 0 or self.problem is not None

    @property
    def line(self) -> str:
        """A line of the first table."""
        shown = [self.sets, self.interval, self.latency_cycles, self.events, self.ghdl_events, self.wrong]
        return _line([*shown, self.dsp[0], *self.lut, *self.ff])

    @property
    def ram_line(self) -> str:
        """A line of the second one."""
        board = load_board(BOARD)
        halves = half_block_rams(self.sets, self.table_bits)
        shares = [f"{100 * part:.2f} %" for part in (self.table_luts / board.lut, halves / (2 * board.bram36))]
        return _line([self.sets, self.table_bits, self.table_luts, shares[0], halves, shares[1]])


def _line(cells: Sequence[int | str | None]) -> str:
    shown = ["not run" if cell is None else f"{cell:,}" if isinstance(cell, int) else cell for cell in cells]
    return f"| {' | '.join(shown)} |"


def _all_cells(row: Row) -> str:
    """What all cells of a board take if every one has a sample in every bunch crossing."""
    cores = ceil_div(CELLS, row.sets)
    slices, luts = cores * row.dsp[0], cores * row.lut[0]
    shares = [f"{100 * part:.0f} %" for part in (slices / load_board(BOARD).dsp, luts / load_board(BOARD).lut)]
    every = f"{CELLS} cells of a board with a sample in every bunch crossing, {CYCLES_OF_A_CROSSING} cycles"
    taken = f"{slices:,} DSPs ({shares[0]}) and {luts:,} LUTs ({shares[1]}), predicted"
    return (
        f"\nThe {every}, take {cores} cores\nof {row.sets} sets in one device: {taken}.\n"
        f"With a sample every {CELLS} cycles, one core of {CELLS} sets serves them all.\n"
    )


def page(rows: Sequence[Row]) -> str:
    """The page."""
    lines = [_HEAD, *(f"{row.line}\n" for row in rows)]
    lines += [f"\nWith {row.sets} sets: {row.problem}.\n" for row in rows if row.problem]
    wide = [row for row in rows if row.interval == 1]
    each_crossing = next((row for row in wide if row.sets == CYCLES_OF_A_CROSSING), None)
    if each_crossing is not None:
        lines.append(_all_cells(each_crossing))
    if wide:
        lines += [_RAM_HEAD, *(f"{row.ram_line}\n" for row in wide)]
    return "".join(lines)
