"""Cascades of DSPs: what the output-serial bindings share once it is known which DSP multiplies what.

The DSPs of a group of lanes are cut into ``segments`` cascades of ``cascade`` positions; a tree adds the cascades.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.dsp.cascade_sums import CascadeSums
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups
from bxnn.compiler.schedule.dsp.sums import Sums


@dataclass(frozen=True, eq=False)
class Cascades:
    """The DSPs of an output-serial binding before they are cut into cascades.

    Attributes:
        linear: The map.
        teams: Outputs that share DSPs.
        order: int64, shape (phases, groups): the team of each phase and group of lanes, -1 for none.
        sizes: int64, shape (groups,): DSPs of each group.
        place: Finds ``columns``.
        binding: Whether a DSP keeps its operand or takes a new one in every phase.
    """

    linear: LinearMap
    teams: PackingGroups
    order: Int
    sizes: Int
    place: Callable[[], tuple[Int, ...]]
    binding: type[Cascaded]

    @cached_property
    def columns(self) -> tuple[Int, ...]:
        """For each group int64 (DSPs, 1 or phases): which of ``teams.operands`` a DSP takes, -1 in idle phases."""
        return self.place()

    @cached_property
    def dsp(self) -> int:
        """Number of DSPs."""
        return int(self.sizes.sum())

    @cached_property
    def longest(self) -> int:
        """Largest number of DSPs in a group, at least 1."""
        return max(1, int(self.sizes.max()))

    @cached_property
    def result(self) -> Layout:
        """Layout of the outputs."""
        return self.teams.layout(self.order)

    def latency_cycles(self, segments: int, pipelining: Pipelining) -> int:
        """Latency with at most ``segments`` cascades per group."""
        return total_cycles(cascaded_latency(ceil_div(self.longest, segments), segments, pipelining))

    def sums(self, low: Int, high: Int) -> CascadeSums:
        """What the cascades add up.

        Args:
            low: Smallest code of each input, int64, shape (inputs,).
            high: Largest code.
        """
        teams = self.teams
        team, choice = teams.pairs
        group = np.zeros(teams.count, np.int64)
        _, groups = np.nonzero(self.order >= 0)
        group[self.order[self.order >= 0]] = groups
        outputs = teams.outputs[team]
        operands = np.broadcast_to(teams.operands[choice], outputs.shape)
        present = (outputs >= 0) & (operands >= 0)
        read, lane = np.nonzero(np.where(present, self.linear.taps[outputs, operands], 0))
        outputs, operands = outputs[read, lane], operands[read, lane]
        return CascadeSums(
            outputs,
            self._positions(group, team, choice)[read],
            self.sizes[group[team[read]]],
            *self.linear.ends_of_products(outputs, operands, low, high),
            self.linear.bias_bounds,
            self.longest,
        )

    def _positions(self, group: Int, team: Int, choice: Int) -> Int:
        """Position in its column of the DSP that multiplies a choice of operands for a team.

        Args:
            group: Of each team.
            team: Of each DSP and phase that are asked for.
            choice: What is multiplied.
        """
        taken = np.concatenate(self.columns)
        columns = np.repeat(np.arange(self.sizes.size), self.sizes)
        position = np.arange(columns.size) - (np.cumsum(self.sizes) - self.sizes)[columns]
        dsp, phase = np.nonzero(taken >= 0)
        kept = taken.shape[1] == 1
        reader, asked = (columns[dsp], group[team]) if kept else (self.order[phase, columns[dsp]], team)
        found = np.zeros((max(self.sizes.size, self.teams.count), self.teams.reads.shape[1]), np.int32)
        found[reader, taken[dsp, phase]] = position[dsp]
        return np.asarray(found[asked, choice], np.int64)

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
