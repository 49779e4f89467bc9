"""Packing groups: the outputs whose products are formed side by side in one DSP.

A group has as many outputs as a DSP has lanes. There are two kinds:

* shared operand: outputs that read the same inputs; the DSP multiplies an input by their packed weights
* shared weight: outputs with the same weights on different inputs, such as two pixels of a convolution; the DSP
  multiplies the packed inputs by a weight

Without packing, a group is one output.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler import limits
from bxnn.compiler.hardware.layout import Layout, LayoutKind
from bxnn.compiler.hardware.packing import Shared
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class PackingGroups:
    """All outputs of a map, each in one team.

    Attributes:
        outputs: int64, shape (teams, products): output elements, padded with -1 at the end if a team has fewer.
        operands: int64, shape (choices, 1 or products): the input elements that a DSP can take together, -1 for zero.
        reads: bool, shape (teams, choices): what a team multiplies by a nonzero weight.
    """

    outputs: Int
    operands: Int
    reads: NDArray[np.bool_]

    @property
    def products(self) -> int:
        """Lanes of a DSP."""
        return int(self.outputs.shape[1])

    @property
    def shares(self) -> Shared:
        """What the lanes of a DSP have in common."""
        return Shared.OPERAND if self.operands.shape[1] == 1 else Shared.WEIGHT

    @property
    def count(self) -> int:
        """Number of teams."""
        return int(self.outputs.shape[0])

    @cached_property
    def pairs(self) -> tuple[Int, Int]:
        """Team and choice of everything that is read."""
        team, choice = np.nonzero(self.reads)
        return team, choice

    def read_by(self, order: Int) -> NDArray[np.bool_]:
        """What each group of lanes reads in any phase, shape (groups, choices).

        Args:
            order: int64, shape (phases, groups): the team of each phase and group, -1 for none.
        """
        found = np.zeros((order.shape[1], self._packed.shape[1]), np.uint8)
        for row in order:
            used = row >= 0
            found[used] |= self._packed[row[used]]
        return np.unpackbits(found, axis=1, count=self.reads.shape[1]).view(np.bool_)

    @cached_property
    def _packed(self) -> NDArray[np.uint8]:
        """`reads`, eight choices in a byte."""
        return np.packbits(self.reads, axis=1)

    def layout(self, order: Int) -> Layout:
        """Layout of the outputs if team ``order[p, g]`` leaves in phase ``p`` from group of lanes ``g``."""
        elements = np.where(order[..., np.newaxis] >= 0, self.outputs[order], -1).reshape(len(order), -1)
        used = np.flatnonzero((elements >= 0).any(axis=0)).max() + 1
        return Layout(LayoutKind.SERIAL, np.ascontiguousarray(elements[:, :used]))


def neighbours(linear: LinearMap, products: int) -> PackingGroups:
    """Neighbouring outputs share an operand."""
    return sharing_operand(linear, products, np.arange(linear.outputs))


def sharing_operand(linear: LinearMap, products: int, order: Int) -> PackingGroups:
    """Outputs that are neighbours in ``order`` share an operand."""
    count = ceil_div(order.size, products)
    outputs = np.full(count * products, -1, np.int64)
    outputs[: order.size] = order
    nonzero = np.zeros((outputs.size, linear.inputs), np.bool_)
    nonzero[: order.size] = linear.taps[order] != 0
    reads = nonzero.reshape(count, products, linear.inputs).any(axis=1)
    return PackingGroups(
        outputs.reshape(count, products), np.arange(linear.inputs).reshape(-1, 1), np.asarray(reads, np.bool_)
    )


def similar(linear: LinearMap, products: int) -> PackingGroups:
    """Outputs that read nearly the same inputs share an operand.

    Greedy: the output that reads the most picks the partners that add the fewest inputs.
    """
    nonzero = linear.taps != 0
    left = np.argsort(-nonzero.sum(axis=1), kind="stable")
    order: list[int] = []
    while left.size:
        union = nonzero[left[0]].copy()
        team, left = [int(left[0])], left[1:]
        while left.size and len(team) < products:
            added = (nonzero[left] & ~union).sum(axis=1)
            partner = int((added * linear.inputs - nonzero[left].sum(axis=1)).argmin())
            union |= nonzero[left[partner]]
            team.append(int(left[partner]))
            left = np.delete(left, partner)
        order += team
    return sharing_operand(linear, products, np.array(order))


def sharing_weight(linear: LinearMap, products: int) -> PackingGroups | None:
    """Outputs whose nonzero weights are equal, in order of their inputs; ``None`` if there are too few."""
    rows = [np.flatnonzero(row) for row in linear.taps]
    classes: dict[bytes, list[int]] = {}
    for output, inputs in enumerate(rows):
        classes.setdefault(linear.taps[output, inputs].tobytes(), []).append(output)
    members = [found[at : at + products] for found in classes.values() for at in range(0, len(found), products)]
    members.sort()
    if products * len(members) > 1.25 * linear.outputs:
        return None
    outputs = np.array([team + [-1] * (products - len(team)) for team in members], np.int64)
    taken = [_taken([rows[output] for output in team], products) for team in members]
    operands, place = np.unique(np.concatenate(taken), axis=0, return_inverse=True)
    if len(members) * len(operands) > limits.FRAME_CONNECTIONS or not operands.size:
        return None
    reads = np.zeros((len(members), len(operands)), np.bool_)
    reads[np.repeat(np.arange(len(members)), [len(part) for part in taken]), place.ravel()] = True
    return PackingGroups(outputs, operands, reads)


def _taken(rows: list[Int], products: int) -> Int:
    """The inputs that a team multiplies together; int64, shape (weights, products)."""
    table = np.full((products, rows[0].size), -1, np.int64)
    table[: len(rows)] = rows
    return table.T
