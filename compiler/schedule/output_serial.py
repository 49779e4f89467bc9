"""Output-serial binding: weights rotate, inputs stay, partial sums run down the cascades.

A DSP keeps one input for the whole event while its weight ROM walks over the outputs of its lane. With one cascade per
lane this is the chain of the Mainz trigger group (arXiv:1903.10201). With packed DSPs the lanes of a group share their
DSPs, and the ROM walks over teams of outputs.
"""

from __future__ import annotations

import numpy as np

from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Int
from compiler.schedule.cascades import Cascades
from compiler.schedule.teams import Teams


def kept_operands(linear: LinearMap, teams: Teams, order: Int) -> Cascades:
    """One DSP per group of lanes and operand that any of its outputs multiplies by a weight that is not zero.

    Args:
        linear: The map.
        teams: Outputs that share DSPs.
        order: int64, shape (phases, groups): the team of every phase and group, -1 for none.
    """
    columns = tuple(np.flatnonzero(row)[:, np.newaxis] for row in _read(teams, order))
    return Cascades(linear, teams, order, columns, switched=False)


def kept_dsp(teams: Teams, order: Int) -> int:
    """DSPs of `kept_operands`."""
    return int(_read(teams, order).sum())


def _read(teams: Teams, order: Int) -> Int:
    """Which operands each group reads; bool, shape (groups, choices)."""
    return np.stack([teams.reads[column[column >= 0]].any(axis=0) for column in order.T])
