"""Extends partial designs by a layer: all of them by all its implementations at once, as rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.pareto import undominated_rows
from bxnn.compiler.schedule.alike import most_like
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.partial_design import Choice, PartialDesign
from bxnn.compiler.schedule.remaining import Remaining
from bxnn.compiler.schedule.ways import Way

MOST_DESIGNS = 300  # partial designs with equal layouts beyond which they are thinned out
_MOST_ROWS = 1 << 18  # that are looked at together
_DSP, _LATENCY, _READY = (
    0,
    1,
    2,
)  # columns; after the cycles of the tensors that are ready come LUTs, flip-flops and bits


@dataclass(frozen=True, eq=False)
class _Group:
    """Partial designs with equal layouts, and the ways in which the layer can follow them.

    Attributes:
        members: Indices of the designs.
        starts: Cycle in which the layer starts, without the converters of a way; int64, shape (designs,).
        ways: What can follow.
        layouts: Key of the layouts that stay, with that of each way's result if it is needed.
    """

    members: Int
    starts: Int
    ways: Sequence[Way]
    layouts: Sequence[object]


@dataclass(eq=False)
class Extension:
    """All partial designs of one more layer.

    Attributes:
        layer: The layer.
        designs: Those of the layers before it.
        needed: Tensors that later layers read.
        limits: Beyond them, designs are dropped.
        remaining: What the later layers need at least.
        followed: Place of a layer of these designs that this one is implemented like; ``None`` for a free choice.
        evaluated: Combinations so far.
    """

    layer: HardwareLayer
    designs: Sequence[PartialDesign]
    needed: frozenset[str]
    limits: Budget
    remaining: Remaining
    followed: int | None = None
    evaluated: int = 0

    def __post_init__(self) -> None:
        self._kept = [name for name in self.designs[0].ready if name in self.needed] if self.designs else []
        own = [self.layer.name] if self.layer.name in self.needed else []
        self._ready = [*self._kept, *own]
        self._groups: list[_Group] = []

    @property
    def most_cycles(self) -> int | None:
        """Latency of the layer beyond which no design meets the limit, even if the later layers need their minimum.

        Of a layer that is implemented like another one, all forms count: the one that is most like may be too slow.
        """
        limit = self.limits.latency_cycles
        if limit is None or self.followed is not None or not self.designs:
            return None
        start = min(max(design.ready[name][0] for name in self.layer.inputs) for design in self.designs)
        return limit - start - self.remaining.cycles.get(self.layer.name, 0)

    def front(
        self, ways: Callable[[Sequence[tuple[int, Layout]]], Sequence[Way]], step: int, most: int
    ) -> tuple[list[PartialDesign], bool] | None:
        """The extended designs that no other one with the same layouts matches or dominates in all costs.

        Args:
            ways: What can follow inputs that are ready in given cycles, of which only differences count.
            step: Where there are too many designs, one that is better by at most this many LUTs only is dropped too.
            most: Number of designs at which to give up.

        Returns:
            What is left, and whether any was dropped for the sake of LUTs; ``None`` if there are too many.
        """
        self._groups = list(self._grouped(ways))
        tables, total = [], 0
        for number, group in enumerate(self._groups):
            for first in range(0, len(group.members), max(_MOST_ROWS // max(len(group.ways), 1), 1)):
                part = slice(first, first + max(_MOST_ROWS // max(len(group.ways), 1), 1))
                tables.append(self._rows(number, group, part))
                total += len(tables[-1][0])
                if total >= most:
                    return None
        if not tables:
            return [], False
        table, places = (np.concatenate(own) for own in zip(*tables, strict=True))
        return self._undominated(table, places, step)

    def _grouped(self, ways: Callable[[Sequence[tuple[int, Layout]]], Sequence[Way]]) -> Iterator[_Group]:
        """Designs with equal layouts, whose inputs are ready in the same order."""
        alike: dict[object, list[int]] = {}
        names = self.layer.inputs
        for index, design in enumerate(self.designs):
            last = max(design.ready[name][0] for name in names)
            layouts = tuple((name, layout.key) for name, (_, layout) in design.ready.items())
            cycles = (last - design.ready[name][0] for name in names)
            alike.setdefault((layouts, self._wanted(design), *cycles), []).append(index)
        known: dict[object, Sequence[Way]] = {}
        for members in alike.values():
            design = self.designs[members[0]]
            last = max(design.ready[name][0] for name in names)
            inputs = [(design.ready[name][0] - last, design.ready[name][1]) for name in names]
            key = tuple((cycle, layout.key) for cycle, layout in inputs)
            if key not in known:
                known[key] = ways(inputs)
            wanted = self._wanted(design)
            found = known[key] if wanted is None else most_like(known[key], wanted)
            stay = tuple((name, design.ready[name][1].key) for name in self._kept)
            own = self.layer.name in self.needed
            keys: list[object] = [(stay, way.result_key) if own else stay for way in found]
            starts = [max(self.designs[index].ready[name][0] for name in names) for index in members]
            yield _Group(np.array(members), np.array(starts, np.int64), found, keys)

    def _wanted(self, design: PartialDesign) -> Implementation | None:
        """What the layer is implemented like."""
        return None if self.followed is None else design.chosen[self.followed].option

    def _rows(self, number: int, group: _Group, part: slice) -> tuple[Int, Int]:
        """Costs of the possible combinations, and which design, group and way they are of."""
        members = group.members[part]
        self.evaluated += members.size * len(group.ways)
        old = np.array([self._costs(self.designs[index]) for index in members.tolist()], np.int64)
        new = np.array([way.costs for way in group.ways], np.int64).reshape(len(group.ways), 6)
        table = np.repeat(old[:, np.newaxis], len(new), axis=1)
        end = group.starts[part][:, np.newaxis] + new[:, 0]
        if self.layer.name in self.needed:
            table = np.insert(table, _READY + len(self._kept), end, axis=2)
        at_port = np.where(new[:, 1] < 0, 0, end + new[:, 1])
        table[..., _LATENCY] = np.maximum(table[..., _LATENCY], at_port)
        table[..., _DSP] += new[:, 2]
        table[..., -3:] += new[:, 3:]
        design, way = np.nonzero(self._possible(table))
        places = np.stack([members[design], np.full(design.size, number), way], axis=1)
        return table[design, way], np.asarray(places, np.int64)

    def _costs(self, design: PartialDesign) -> tuple[int, ...]:
        cycles = (design.ready[name][0] for name in self._kept)
        return design.dsp, design.latency_cycles, *cycles, design.lut, design.ff, design.adder_bits

    def _possible(self, table: Int) -> NDArray[np.bool_]:
        """Which designs meet the limits, with what the later layers need at least."""
        limits, rest = self.limits, self.remaining
        good = np.ones(table.shape[:-1], np.bool_)
        if limits.dsp is not None:
            good &= table[..., _DSP] + rest.dsp <= limits.dsp
        if limits.lut is not None:
            good &= table[..., -3] + rest.lut <= limits.lut
        if limits.latency_cycles is not None:
            good &= table[..., _LATENCY] <= limits.latency_cycles
            for column, name in enumerate(self._ready, _READY):
                good &= table[..., column] + rest.cycles.get(name, 0) <= limits.latency_cycles
        return good

    def _undominated(self, table: Int, places: Int, step: int) -> tuple[list[PartialDesign], bool]:
        """The designs of the rows that no other beats; of equal ones, the one of the first design and way."""
        numbers: dict[object, int] = {}
        by_group = [[numbers.setdefault(key, len(numbers)) for key in group.layouts] for group in self._groups]
        starts = np.cumsum([0, *(len(own) for own in by_group)])
        alike = np.array([number for own in by_group for number in own], np.int64)[starts[places[:, 1]] + places[:, 2]]
        costs, last = table[:, : _READY + len(self._ready)], table[:, -3:]
        order = np.lexsort((places[:, 2], places[:, 0], *last.T[::-1], *costs.T[::-1], alike))
        sorts = np.flatnonzero(np.diff(alike[order], prepend=-1))
        kept, thinned = list[tuple[tuple[int, int], Int]](), False
        for rows in np.split(order, sorts[1:]) if order.size else []:
            best = rows[undominated_rows(np.column_stack([costs[rows], last[rows, 0]]))]
            if step and len(best) > MOST_DESIGNS:
                fewer = best[undominated_rows(np.column_stack([costs[best], last[best, 0]]), step)]
                thinned = thinned or len(fewer) < len(best)
                best = fewer
            found = rows[np.lexsort((places[rows, 2], places[rows, 0]))[0]]
            kept.append(((int(places[found, 0]), int(places[found, 2])), best))
        kept.sort(key=lambda item: item[0])
        chosen = [row for _, rows in kept for row in rows.tolist()]
        return [self._design(table[row].tolist(), places[row].tolist()) for row in chosen], thinned

    def _design(self, costs: list[int], place: list[int]) -> PartialDesign:
        design, group = self.designs[place[0]], self._groups[place[1]]
        way = group.ways[place[2]]
        start = max(design.ready[name][0] for name in self.layer.inputs) + way.start
        layouts = [*(design.ready[name][1] for name in self._kept), way.option.result]
        ready = {
            name: (cycle, layout) for name, cycle, layout in zip(self._ready, costs[_READY:-3], layouts, strict=False)
        }
        choice = Choice(way.option, start, way.converters, way.added)
        lut, ff, bits = costs[-3:]
        return PartialDesign(ready, costs[_DSP], bits, costs[_LATENCY], (*design.chosen, choice), lut, ff)
