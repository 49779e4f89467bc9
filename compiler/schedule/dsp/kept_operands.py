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
    read = teams.read_by(order)
    sizes = read.sum(axis=1)

    def columns() -> tuple[Int, ...]:
        return tuple(np.split(np.nonzero(read)[1][:, np.newaxis], np.cumsum(sizes)[:-1]))

    return Cascades(linear, teams, order, sizes, columns, OutputSerial)


def kept_dsp(teams: PackingGroups, order: Int) -> int:
    """DSPs of `kept_operands`."""
    return int(teams.read_by(order).sum())
