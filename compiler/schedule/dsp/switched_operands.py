"""Which DSPs the output-switched binding needs, and which operand each of them takes in each phase."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.output_switched import OutputSwitched
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.cascades import Cascades
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups


def switched_operands(linear: LinearMap, teams: PackingGroups, order: Int) -> Cascades:
    """As many DSPs per group of lanes as its busiest team has operands.

    Args:
        linear: The map.
        teams: Outputs that share DSPs.
        order: int64, shape (phases, groups): the team of each phase and group, -1 for none.
    """
    sizes = _sizes(teams, order)

    def columns() -> tuple[Int, ...]:
        return _placed(teams, order, sizes)

    return Cascades(linear, teams, order, sizes, columns, OutputSwitched)


def switched_dsp(teams: PackingGroups, order: Int) -> int:
    """DSPs of `switched_operands`."""
    return int(_sizes(teams, order).sum())


def multiplexer_luts(column: Int, bits: int) -> int:
    """LUT6s of the multiplexers of one group: one LUT6 takes in three more inputs of a bit.

    Args:
        column: int64, shape (DSPs, phases): what a DSP takes, -1 when idle.
        bits: Width of what it takes.
    """
    inputs = (
        (np.diff(np.sort(column, axis=1), axis=1) > 0).sum(axis=1) + (column.min(axis=1) >= 0) if column.size else 0
    )
    return int(np.sum(ceil_div(np.maximum(inputs, 1) - 1, 3)) * bits)


def _sizes(teams: PackingGroups, order: Int) -> Int:
    """DSPs of each group, int64 (groups,)."""
    taken = np.where(order >= 0, teams.reads.sum(axis=1)[order], 0)
    return np.asarray(taken.max(axis=0), np.int64)


def _placed(teams: PackingGroups, order: Int, sizes: Int) -> tuple[Int, ...]:
    """Operands of the DSPs of each group, int64 (DSPs, phases), -1 for an idle slot.

    What a DSP already holds stays there, so that its multiplexer needs few inputs.
    """
    phases, groups = order.shape
    table = np.full((groups, int(sizes.max()), phases), -1, np.int64)
    held = np.full(table.shape[:2], -1, np.int64)
    missing = np.arange(table.shape[1]) >= sizes[:, np.newaxis]
    every = np.arange(groups)[:, np.newaxis]
    for phase, row in enumerate(order):
        reads = teams.reads[row] & (row >= 0)[:, np.newaxis]
        stays = (held >= 0) & reads[every, held]
        table[stays, phase] = held[stays]
        reads[np.nonzero(stays)[0], held[stays]] = False
        # A DSP that has held nothing yet needs no multiplexer for its first input.
        free = np.argsort(np.where(stays | missing, 2, held >= 0), axis=1, kind="stable")
        group, arriving = np.nonzero(reads)
        dsp = free[group, np.arange(group.size) - np.searchsorted(group, group)]
        table[group, dsp, phase] = held[group, dsp] = arriving
    return tuple(own[:size] for own, size in zip(table, sizes.tolist(), strict=True))
