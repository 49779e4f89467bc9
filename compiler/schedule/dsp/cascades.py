"""Cascades of DSPs: what the output-serial bindings share once it is known which DSP multiplies what.

The DSPs of a group of lanes are cut into ``segments`` cascades of ``cascade`` positions; a tree adds the cascades.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.latency import cascaded_latency, total_cycles
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.slot_table import SlotTable
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div, signed_bits
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups
from bxnn.compiler.schedule.dsp.sums import Sums


@dataclass(frozen=True, eq=False)
class Cascades:
    """The DSPs of an output-serial binding before they are cut into cascades.

    Attributes:
        linear: The map.
        teams: Outputs that share DSPs.
        order: int64, shape (phases, groups): the team of each phase and group of lanes, -1 for none.
        columns: For each group int64 (DSPs, 1 or phases): which of ``teams.operands`` a DSP takes, -1 in idle phases.
        binding: Whether a DSP keeps its operand or takes a new one in every phase.
    """

    linear: LinearMap
    teams: PackingGroups
    order: Int
    columns: tuple[Int, ...]
    binding: type[Cascaded]

    @property
    def dsp(self) -> int:
        """Number of DSPs."""
        return sum(len(column) for column in self.columns)

    @property
    def longest(self) -> int:
        """Largest number of DSPs in a group, at least 1."""
        return max([1, *(len(column) for column in self.columns)])

    @cached_property
    def result(self) -> Layout:
        """Layout of the outputs."""
        return self.teams.layout(self.order)

    def latency_cycles(self, segments: int, pipelining: Pipelining) -> int:
        """Latency with at most ``segments`` cascades per group."""
        return total_cycles(cascaded_latency(ceil_div(self.longest, segments), segments, pipelining))

    def sum_bounds(self, low: Int, high: Int) -> SumBounds:
        """Running sums down each column.

        Args:
            low: Smallest product of each weight, int64 (outputs, inputs).
            high: Largest product.
        """
        columns = []
        for column, teams in zip(self.columns, self.order.T, strict=True):
            outputs = np.where(teams[:, np.newaxis] >= 0, self.teams.outputs[teams], -1)[np.newaxis]
            operands = np.where(column[..., np.newaxis] >= 0, self.teams.operands[column], -1)
            used = (outputs >= 0) & (operands >= 0)  # (DSPs, phases, products)
            places = np.where(used, outputs * low.shape[1] + operands, 0)
            lowest, highest = (_running_sums(products.take(places) * used) for products in (low, high))
            low_bias, high_bias = (np.where(outputs[0] >= 0, ends[outputs[0]], 0) for ends in self.linear.bias_bounds)
            columns.append((lowest, highest, low_bias, high_bias))
        return SumBounds(tuple(columns))

    def bind(self, source: Layout, segments: int, sums: Sums, packing: Packing) -> Cascaded:
        """Cut into cascades.

        Args:
            source: Layout of the input, ``parallel``.
            segments: Largest number of cascades per group.
            sums: What the DSPs add up, and how often.
            packing: How the lanes of a DSP are laid out.

        Returns:
            The binding; its slot table is not yet verified.
        """
        choices = cut_cascades(self.columns, segments)
        return self.binding(
            source=source,
            result=self.result,
            linear=self.linear,
            tensor=sums.tensor,
            accum_bits=sums.accum_bits,
            result_bits=sums.result_bits,
            slots=self._slots(choices, sums.initiation_interval),
            packing=packing,
            pipelining=sums.pipelining,
            operands=np.where(choices[..., np.newaxis] >= 0, self.teams.operands[choices], -1),
        )

    def _slots(self, choices: Int, initiation_interval: int) -> SlotTable:
        teams, phases = self.teams, len(self.order)
        exists = (choices >= 0).any(axis=3)
        index = np.cumsum(exists.ravel()).reshape(exists.shape) - 1
        taken = np.broadcast_to(choices, (*choices.shape[:3], phases))
        team = np.broadcast_to(self.order.T[:, np.newaxis, np.newaxis, :], taken.shape)
        group, segment, position, phase = np.nonzero((taken >= 0) & (team >= 0) & teams.reads[team, taken])
        dsp, choice = index[group, segment, position], taken[group, segment, position, phase]
        outputs = teams.outputs[team[group, segment, position, phase]]
        operands = np.broadcast_to(teams.operands[choice], outputs.shape)
        present = (outputs >= 0) & (operands >= 0)
        slot, lane = np.nonzero(np.where(present, self.linear.taps[outputs, operands], 0))
        return SlotTable(
            dsp=dsp[slot],
            phase=phase[slot],
            output=outputs[slot, lane],
            operand=operands[slot, lane],
            lane=lane,
            skew=np.nonzero(exists)[2],
            chain=np.nonzero(exists)[0] * choices.shape[1] + np.nonzero(exists)[1],
            initiation_interval=initiation_interval,
        )


@dataclass(frozen=True, eq=False)
class SumBounds:
    """Sums of the smallest and of the largest products down to each DSP, and the ends of the bias, per group."""

    columns: tuple[tuple[Int, Int, Int, Int], ...]

    def lane_bits(self, segments: int) -> int:
        """Signed width of each finished sum if the columns are cut into at most ``segments`` cascades."""
        longest = max([1, *(len(low) - 1 for low, *_ in self.columns)])
        used, lowest, highest = min(segments, longest), 0, 0
        for low, high, low_bias, high_bias in self.columns:
            cuts = split_points(len(low) - 1, used)
            parts = [np.diff(sums[cuts], axis=0) for sums in (low, high)]
            parts[0][0] += low_bias  # the bias enters the first cascade
            parts[1][0] += high_bias
            lowest, highest = min(lowest, int(parts[0].min())), max(highest, int(parts[1].max()))
        return signed_bits(lowest, highest)


def _running_sums(terms: Int) -> Int:
    """Sums of the first 0, 1, 2, ... rows."""
    sums = np.zeros((len(terms) + 1, *terms.shape[1:]), np.int64)
    np.cumsum(terms, axis=0, out=sums[1:])
    return sums


def split_points(length: int, parts: int) -> Int:
    """Where `np.array_split` cuts ``length`` rows into ``parts``; int64, shape (parts + 1,)."""
    size, longer = divmod(length, parts)
    return np.concatenate([[0], np.cumsum([size + 1] * longer + [size] * (parts - longer))]).astype(np.int64)


def cut_cascades(columns: Sequence[Int], segments: int) -> Int:
    """The DSPs of each group cut into cascades, right-aligned.

    Short cascades start later, so that all of them end in the same cycle.

    Args:
        columns: For each group one row per DSP, of any shape common to all.
        segments: Largest number of cascades per group.

    Returns:
        int64, shape (groups, cascades, positions, *row shape), -1 where there is no DSP.
    """
    longest = max([1, *(len(column) for column in columns)])
    used = min(segments, longest)
    cascade = ceil_div(longest, used)
    choices = np.full((len(columns), used, cascade, *columns[0].shape[1:]), -1, np.int64)
    for group, column in enumerate(columns):
        for segment, part in enumerate(np.array_split(column, used)):
            if len(part):
                choices[group, segment, cascade - len(part) :] = part
    return choices


def segment_choices(longest: int) -> Iterator[int]:
    """Numbers of cascades worth trying: one per depth of the adder tree."""
    segments = 1
    while segments < 2 * longest:
        yield min(segments, longest)
        segments *= 2
