"""Which DSPs the output-serial binding needs: one per group of lanes and input that any of its outputs reads."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.output_serial import OutputSerial
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.cascades import Cascades
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups


def kept_operands(linear: LinearMap, teams: PackingGroups, order: Int) -> Cascades:
    """One DSP per group of lanes and operand that any of its outputs multiplies by a nonzero weight.

    Args:
        linear: The map.
        teams: Outputs that share DSPs.
        order: int64, shape (phases, groups): the team of each phase and group, -1 for none.
    """
    columns = tuple(np.flatnonzero(row)[:, np.newaxis] for row in _read(teams, order))
    return Cascades(linear, teams, order, columns, OutputSerial)


def kept_dsp(teams: PackingGroups, order: Int) -> int:
    """DSPs of `kept_operands`."""
    return int(_read(teams, order).sum())


def _read(teams: PackingGroups, order: Int) -> Int:
    """Which operands each group reads; bool, shape (groups, choices)."""
    return np.stack([teams.reads[column[column >= 0]].any(axis=0) for column in order.T])
