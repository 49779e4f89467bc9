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
from bxnn.compiler.schedule.design_table import DSP, LATENCY, LUT, READY, DesignTable, Step
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.remaining import Remaining
from bxnn.compiler.schedule.ways import Way

MOST_DESIGNS = 300  # partial designs with equal layouts beyond which they are thinned out
_MOST_ROWS = 1 << 18  # that are looked at together


@dataclass(frozen=True, eq=False)
class _Group:
    """Partial designs with equal layouts, and the ways in which the layer can follow them.

    Attributes:
        members: Rows of the designs.
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
    designs: DesignTable
    needed: frozenset[str]
    limits: Budget
    remaining: Remaining
    followed: int | None = None
    evaluated: int = 0

    def __post_init__(self) -> None:
        self._kept = [name for name in self.designs.ready if name in self.needed]
        self._own = self.layer.name in self.needed
        self._ready = (*self._kept, self.layer.name) if self._own else tuple(self._kept)
        self._columns = [self.designs.ready.index(name) for name in self._kept]
        self._groups: list[_Group] = []

    @property
    def most_cycles(self) -> int | None:
        """Latency of the layer beyond which no design meets the limit, even if the later layers need their minimum.

        Of a layer that is implemented like another one, all forms count: the one that is most like may be too slow.
        """
        limit = self.limits.latency_cycles
        if limit is None or self.followed is not None or not len(self.designs):
            return None
        start = int(self.designs.cycles(self.layer.inputs).max(axis=1).min())
        return limit - start - self.remaining.cycles.get(self.layer.name, 0)

    def front(
        self, ways: Callable[[Sequence[tuple[int, Layout]]], Sequence[Way]], step: int, most: int
    ) -> tuple[DesignTable, bool] | None:
        """The extended designs that no other one with the same layouts matches or dominates in all costs.

        Args:
            ways: What can follow inputs that are ready in given cycles, of which only differences count.
            step: Where there are too many designs, one that is better by at most this many LUTs only is dropped too.
            most: Number of designs at which to give up.

        Returns:
            What is left, and whether any was dropped for the sake of LUTs; ``None`` if there are too many.
        """
        self._groups = list(self._grouped(ways))
        tables = [np.empty((0, 5 + len(self._ready)), np.int64)]
        places, total = [np.empty((0, 3), np.int64)], 0
        for number, group in enumerate(self._groups):
            for first in range(0, len(group.members), max(_MOST_ROWS // max(len(group.ways), 1), 1)):
                part = slice(first, first + max(_MOST_ROWS // max(len(group.ways), 1), 1))
                costs, place = self._rows(number, group, part)
                tables.append(costs)
                places.append(place)
                total += len(costs)
                if total >= most:
                    return None
        return self._undominated(np.concatenate(tables), np.concatenate(places), step)

    def _grouped(self, ways: Callable[[Sequence[tuple[int, Layout]]], Sequence[Way]]) -> Iterator[_Group]:
        """Designs with equal layouts, whose inputs are ready in the same order."""
        names, designs = self.layer.inputs, self.designs
        cycles = designs.cycles(names)
        starts = cycles.max(axis=1, initial=0)
        options = None if self.followed is None else designs.options(self.followed)
        known: dict[object, Sequence[Way]] = {}
        for members in self._alike(starts[:, np.newaxis] - cycles, options):
            row = int(members[0])
            inputs = [
                (cycle, designs.layout(row, name))
                for cycle, name in zip((cycles[row] - starts[row]).tolist(), names, strict=True)
            ]
            key = tuple((cycle, layout.key) for cycle, layout in inputs)
            if key not in known:
                known[key] = ways(inputs)
            found = known[key] if options is None else most_like(known[key], options[row])
            stay = tuple((name, designs.layout(row, name).key) for name in self._kept)
            keys: list[object] = [(stay, way.result_key) if self._own else stay for way in found]
            yield _Group(members, starts[members], found, keys)

    def _alike(self, waits: Int, options: Sequence[Implementation] | None) -> list[Int]:
        """Rows of the designs that the layer follows alike, those of the first design first.

        Args:
            waits: Cycles from each input to the last one; int64, shape (designs, inputs).
            options: What the layer is implemented like, if it is.
        """
        keys = [self.designs.alike, *waits.T]
        if options is not None:
            numbers: dict[Implementation, int] = {}
            keys.append(np.array([numbers.setdefault(option, len(numbers)) for option in options], np.int64))
        order = np.lexsort(keys)
        if not order.size:
            return []
        differs = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
        return sorted(np.split(order, np.flatnonzero(differs) + 1), key=lambda members: int(members[0]))

    def _rows(self, number: int, group: _Group, part: slice) -> tuple[Int, Int]:
        """Costs of the possible combinations, and which design, group and way they are of."""
        members = group.members[part]
        self.evaluated += members.size * len(group.ways)
        old = self.designs.costs[members][:, [DSP, LATENCY, *(READY + own for own in self._columns), LUT, LUT + 1, -1]]
        new = np.array([way.costs for way in group.ways], np.int64).reshape(len(group.ways), 6)
        table = np.repeat(old[:, np.newaxis], len(new), axis=1)
        end = group.starts[part][:, np.newaxis] + new[:, 0]
        if self._own:
            table = np.insert(table, READY + len(self._kept), end, axis=2)
        at_port = np.where(new[:, 1] < 0, 0, end + new[:, 1])
        table[..., LATENCY] = np.maximum(table[..., LATENCY], at_port)
        table[..., DSP] += new[:, 2]
        table[..., LUT:] += new[:, 3:]
        design, way = np.nonzero(self._possible(table))
        places = np.stack([members[design], np.full(design.size, number), way], axis=1)
        return table[design, way], np.asarray(places, np.int64)

    def _possible(self, table: Int) -> NDArray[np.bool_]:
        """Which designs meet the limits, with what the later layers need at least."""
        limits, rest = self.limits, self.remaining
        good = np.ones(table.shape[:-1], np.bool_)
        if limits.dsp is not None:
            good &= table[..., DSP] + rest.dsp <= limits.dsp
        if limits.lut is not None:
            good &= table[..., LUT] + rest.lut <= limits.lut
        if limits.latency_cycles is not None:
            good &= table[..., LATENCY] <= limits.latency_cycles
            for column, name in enumerate(self._ready, READY):
                good &= table[..., column] + rest.cycles.get(name, 0) <= limits.latency_cycles
        return good

    def _undominated(self, table: Int, places: Int, step: int) -> tuple[DesignTable, bool]:
        """The designs of the rows that no other beats; of equal ones, the one of the first design and way."""
        numbers: dict[object, int] = {}
        by_group = [[numbers.setdefault(key, len(numbers)) for key in group.layouts] for group in self._groups]
        way = np.cumsum([0, *(len(own) for own in by_group)])[places[:, 1]] + places[:, 2]
        alike = np.array([number for own in by_group for number in own], np.int64)[way]
        costs, last = table[:, : READY + len(self._ready)], table[:, LUT:]
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
        chosen = np.concatenate([np.empty(0, np.int64), *(rows for _, rows in kept)])
        return self._extended(table[chosen], places[chosen, 0], way[chosen], alike[chosen]), thinned

    def _extended(self, costs: Int, parents: Int, ways: Int, alike: Int) -> DesignTable:
        """The table of designs of given costs, of which each follows a row of the old table in one of all ways."""
        every = np.empty(sum(len(group.ways) for group in self._groups), object)
        every[:] = [way for group in self._groups for way in group.ways]
        waits = np.array([way.start for way in every], np.int64)
        starts = self.designs.cycles(self.layer.inputs).max(axis=1, initial=0)[parents] + waits[ways]
        layouts = self.designs.layouts[parents][:, self._columns]
        if self._own:
            results = np.empty(len(every), object)
            results[:] = [way.option.result for way in every]
            layouts = np.column_stack([layouts, results[ways]])
        return DesignTable(self._ready, costs, layouts, alike, Step(self.designs.last, parents, every[ways], starts))
