"""When every bit of an adder graph arrives: static timing of its adders, bit by bit, by which registers are placed.

A bit of a sum comes from a carry chain: the LUTs before it take both operands, and the carry runs up from the lowest
bit that is not a copy of an operand's. The LUT of that bit computes its sum as well, so its net leaves the site.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.adder_level import AdderLevel
from bxnn.compiler.hardware.delays.technology import Ns, Technology
from bxnn.compiler.hardware.shift_add_graph import ZERO, ShiftAddGraph
from bxnn.compiler.numeric.integers import trailing_zeros
from bxnn.compiler.numeric.tensor import Int

_NEVER = -1e9  # when a constant arrives


class AdderTiming:
    """Timing of one graph.

    Args:
        graph: The adders.
        technology: Delays of the device.
    """

    def __init__(self, graph: ShiftAddGraph, technology: Technology) -> None:
        self.graph, self.technology = graph, technology
        self.first = np.concatenate([[0], np.cumsum(graph.bits)])  # lowest bit of every value among all bits
        self.nothing = int(self.first[-1])
        self.value_of = np.repeat(np.arange(graph.values), graph.bits)
        self.starts = np.full(self.nothing + 1, technology.start.ns)  # from the clock to every bit that has a register

    @cached_property
    def levels(self) -> list[AdderLevel]:
        """All sums, grouped by depth, shallow ones first."""
        depth = self.graph.depth[self.graph.first_sum :]
        found = [self._level(np.flatnonzero(depth == level)) for level in range(1, int(depth.max(initial=0)) + 1)]
        keys = [self._pairs(level) for level in found]
        _, number, count = np.unique(
            np.concatenate([np.zeros(0, np.int64), *(key.ravel() for key in keys)]),
            return_inverse=True,
            return_counts=True,
        )
        alike = np.split(count[number.ravel()], np.cumsum([key.size for key in keys])[:-1]) if keys else []
        return [
            replace(level, alike=np.where(key < 0, 1, part.reshape(key.shape)))
            for level, key, part in zip(found, keys, alike, strict=True)
        ]

    def _pairs(self, level: AdderLevel) -> Int:
        """A number for the pair of operand bits that a LUT takes, -1 for none.

        A bit without a partner is inverted, by a LUT, if it is subtracted or meets a one of a constant.
        """
        low, high = level.operands.min(axis=0), level.operands.max(axis=0)
        subtract = self.graph.subtract[level.values - self.graph.first_sum][:, np.newaxis]
        differs = np.where(high == self.nothing, 0, subtract)
        return np.where(low == self.nothing, -1, (low * (self.nothing + 1) + high) * 2 + differs)

    @cached_property
    def _inverted(self) -> Ns:
        """What bits take longer that synthesis computes from those of another sum: float64, shape (bits + 1,).

        Sums of one value and several constants have equal bits up to where the constants differ. That one is inverted.
        """
        graph, fabric, found = self.graph, self.technology.fabric, np.zeros(self.nothing + 1)
        inverter = fabric.carry.o_to_out + self.technology.net(2).ns + fabric.lut.mean
        alike: defaultdict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for index, side in np.argwhere(self._constant[graph.operands]).tolist():
            code = int(graph.constants[graph.operands[index, side] - graph.inputs]) << int(graph.shifts[index, side])
            value, shift = int(graph.operands[index, 1 - side]), int(graph.shifts[index, 1 - side])
            alike[value, shift, side, int(graph.subtract[index])].append((graph.first_sum + index, code))
        for (left, first), (right, second) in (pair for sums in alike.values() for pair in combinations(sums, 2)):
            place = trailing_zeros(first ^ second)
            for value in (left, right):
                found[self.first[value] + min(place, int(graph.bits[value]) - 1)] = inverter
        return found

    def _level(self, rows: Int) -> AdderLevel:
        graph = self.graph
        values = rows + graph.first_sum
        shifts, subtract = graph.shifts[rows], graph.subtract[rows]
        passed = np.maximum(shifts[:, 1], (1 - subtract) * shifts[:, 0])
        width = graph.bits[values]
        places = np.arange(int((width - passed).max(initial=1)))
        position = passed[:, np.newaxis] + places
        inside = position < width[:, np.newaxis]
        results = np.where(inside, self.first[values][:, np.newaxis] + position, self.nothing)
        operands = np.stack([self._bits(graph.operands[rows, side], shifts[:, side], position) for side in (0, 1)])
        operands = np.where(inside, operands, self.nothing)
        return AdderLevel(values, operands, results, np.ones(inside.shape, np.int64), self._copies(rows, passed))

    def _bits(self, values: Int, shift: Int, position: Int) -> Int:
        """Bits of shifted values at positions of their sums: the sign is repeated above, zeros are ``nothing``."""
        bits, signed = self.graph.bits[values][:, np.newaxis], self.graph.signed[values][:, np.newaxis]
        index = position - shift[:, np.newaxis]
        exists = (index >= 0) & ((index < bits) | signed) & ~self._constant[values][:, np.newaxis]
        return np.where(exists, self.first[values][:, np.newaxis] + np.minimum(index, bits - 1), self.nothing)

    @cached_property
    def _constant(self) -> NDArray[np.bool_]:
        number = np.arange(self.graph.values)
        return (number >= self.graph.inputs) & (number < self.graph.first_sum)

    @cached_property
    def by_lut(self) -> NDArray[np.bool_]:
        """Bits of sums that come from a LUT, the lowest ones of chains, or that are copies; shape (bits + 1,)."""
        found = np.zeros(self.nothing + 1, bool)
        for level in self.levels:
            found[level.results[:, 0]] = found[level.copies[0]] = True
        return found

    def _copies(self, rows: Int, passed: Int) -> Int:
        """Low bits below a chain."""
        graph = self.graph
        places = np.arange(int(passed.max(initial=0)))
        position = np.broadcast_to(places, (len(rows), places.size))
        below = (places < np.minimum(passed, graph.bits[rows + graph.first_sum])[:, np.newaxis]).ravel()
        sides = [self._bits(graph.operands[rows, side], graph.shifts[rows, side], position).ravel() for side in (0, 1)]
        source = np.where(sides[0] == self.nothing, sides[1], sides[0])
        result = (self.first[rows + graph.first_sum][:, np.newaxis] + places).ravel()
        return np.stack([result[below], source[below]])

    def sinks(self, stage: Int, last: Int, loads: int) -> Int:
        """Pins that every bit drives in every stage; int64, shape (bits + 1, stages).

        Args:
            stage: Stage of every value.
            last: Last stage in which it is read.
            loads: Pins that a bit of an output drives outside the graph.
        """
        graph, stages = self.graph, int(last.max(initial=0)) + 1
        found = np.zeros((self.nothing + 1, stages), np.int64)
        own, until = stage[self.value_of], last[self.value_of]
        number = np.arange(stages)
        found[:-1] += (own[:, np.newaxis] <= number) & (number < until[:, np.newaxis])
        read = graph.outputs[graph.outputs != ZERO]
        ends = np.isin(self.value_of, read)
        found[:-1][ends, until[ends]] += loads
        for level in reversed(self.levels):
            at = stage[level.values]
            pins = np.full(level.results.shape, 2)
            pins[:, 0] += graph.subtract[level.values - graph.first_sum]  # the chain inverts, the sum does not
            for operand in level.operands:
                np.add.at(found, (operand, np.broadcast_to(at[:, np.newaxis], operand.shape)), pins)
            result, source = level.copies
            there = stage[self.value_of[result]]
            np.add.at(found, (source, there), found[result, there])
        for level in self.levels:  # a copy is the same net
            result, source = level.copies
            there = stage[self.value_of[result]]
            found[result, there] = np.maximum(found[result, there], found[source, there])
        found[-1] = 0
        return found

    def arrivals(self, stage: Int, sinks: Int) -> Ns:
        """When every bit arrives in its own stage, after the clock edge; float64, shape (bits + 1,).

        Args:
            stage: Stage of every value.
            sinks: Number of sinks, as returned by ``sinks``.
        """
        found = self.at_inputs()
        for level in self.levels:
            self.add_level(level, stage[level.values], stage, sinks, found)
        return found

    def at_inputs(self) -> Ns:
        """The same before any adder: inputs come from registers, constants never."""
        found = np.full(self.nothing + 1, _NEVER)
        found[: self.first[self.graph.inputs]] = self.technology.start.ns
        return found

    def add_level(self, level: AdderLevel, at: Int, stage: Int, sinks: Int, found: Ns) -> None:
        """Write the arrivals of the sums of a level to ``found``.

        Args:
            level: The sums.
            at: Stage of each sum.
            stage: Stage of every value.
            sinks: Sinks of every bit in every stage.
            found: Arrivals so far.
        """
        ready = np.stack([self.ready(bits, at[:, np.newaxis], stage, sinks, found) for bits in level.operands])
        driven = level.alike.copy()
        driven[:, 0] += sinks[level.results[:, 0], np.minimum(at, sinks.shape[1] - 1)]
        found[level.results] = self.technology.sums(ready.max(axis=0), driven) + self._inverted[level.results]
        found[-1] = _NEVER
        result, source = level.copies
        there = np.repeat(at, np.bincount(np.searchsorted(level.values, self.value_of[result]), minlength=at.size))
        found[result] = self._here(source, there, stage, found)

    def ready(self, bits: Int, at: Int, stage: Int, sinks: Int, found: Ns) -> Ns:
        """When bits arrive in a stage, at the ends of their nets."""
        here = self._here(bits, at, stage, found)
        route = self.technology.nets(sinks[bits, np.minimum(at, sinks.shape[1] - 1)])
        return here + route + np.where(self._is_sum(bits, at, stage), self.technology.fabric.carry.o_to_out, 0.0)

    def _here(self, bits: Int, at: Int, stage: Int, found: Ns) -> Ns:
        """When bits arrive in a stage, at the starts of their nets: from a register if the stage is not their own."""
        registered = stage[self.value_of[np.minimum(bits, self.nothing - 1)]] < at
        return np.where(registered & (found[bits] > _NEVER / 2), self.starts[bits], found[bits])

    def shifted(self, waits: NDArray[np.bool_]) -> None:
        """Let some bits wait in shift registers, which take longer to read."""
        self.starts[waits] = self.technology.fabric.srl.clk_out

    def into_shift_register(self, arrival: Ns, sinks: Int) -> Ns:
        """When sums are in shift registers, setup included."""
        d = self.technology
        return np.asarray(arrival + d.nets(sinks) + d.fabric.carry.o_to_out + d.fabric.srl.setup_d)

    def _is_sum(self, bits: Int, at: Int, stage: Int) -> NDArray[np.bool_]:
        value = self.value_of[np.minimum(bits, self.nothing - 1)]
        return np.asarray((value >= self.graph.first_sum) & (stage[value] == at) & ~self.by_lut[bits])

    def into_register(self, arrival: Ns, sinks: Int) -> Ns:
        """When sums reach their registers, setup included: through the fabric if anything else reads them."""
        d = self.technology
        around = d.nets(sinks) + d.fabric.carry.o_to_out + d.around_into_register.ns
        beside = max(d.sum_into_register.ns, d.into_register.ns)
        return np.asarray(arrival + np.where(sinks == 1, beside, around))
