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
    columns = tuple(_placed(teams, column) for column in order.T)
    return Cascades(linear, teams, order, columns, OutputSwitched)


def switched_dsp(teams: PackingGroups, order: Int) -> int:
    """DSPs of `switched_operands`."""
    taken = np.where(order >= 0, teams.reads.sum(axis=1)[order], 0)
    return int(taken.max(axis=0).sum())


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


def _placed(teams: PackingGroups, column: Int) -> Int:
    """Operands of the DSPs of one group, int64 (DSPs, phases), -1 for an idle slot.

    What a DSP already holds stays there, so that its multiplexer needs few inputs.
    """
    used = [int(team) for team in column if team >= 0]
    table = np.full((int(teams.reads[used].sum(axis=1).max(initial=0)), len(column)), -1, np.int64)
    held = np.full(len(table), -1, np.int64)
    for phase, team in enumerate(column):
        if team < 0:
            continue
        reads = teams.reads[team].copy()
        stays = (held >= 0) & reads[held]
        table[stays, phase] = held[stays]
        reads[held[stays]] = False
        arriving = np.flatnonzero(reads)
        free = np.flatnonzero(~stays)
        # A DSP that has held nothing yet needs no multiplexer for its first input.
        free = free[np.argsort(held[free] >= 0, kind="stable")][: arriving.size]
        table[free, phase] = arriving
        held[free] = arriving
    return table
