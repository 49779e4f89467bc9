"""Partial designs as rows of a table: a search compares many, and only those of the end become objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.partial_design import Choice, PartialDesign

DSP, LATENCY, READY = 0, 1, 2  # columns; after the cycles of the tensors that are ready come LUTs, flip-flops and bits
LUT = -3


@dataclass(frozen=True, eq=False)
class Step:
    """What each design chooses for the last of its layers.

    Attributes:
        before: The step of the layer before it; ``None`` for the first layer.
        parents: Row of the design of the layers before it; int64, shape (designs,).
        ways: The way in which the layer follows; objects, shape (designs,).
        starts: Cycle in which the layer starts; int64, shape (designs,).
    """

    before: Step | None
    parents: Int
    ways: NDArray[np.object_]
    starts: Int


@dataclass(frozen=True, eq=False)
class DesignTable:
    """Partial designs of the same layers.

    Attributes:
        ready: Tensors that later layers read.
        costs: int64, shape (designs, 5 + tensors); for the columns see above.
        layouts: Layout of each of these tensors; objects, shape (designs, tensors).
        alike: Equal for designs with equal layouts; int64, shape (designs,).
        last: What was chosen; ``None`` before the first layer.
    """

    ready: tuple[str, ...]
    costs: Int
    layouts: NDArray[np.object_]
    alike: Int
    last: Step | None = None

    @classmethod
    def of_inputs(cls, layouts: Mapping[str, Layout]) -> Self:
        """The design without layers."""
        found = np.empty((1, len(layouts)), object)
        found[0] = list(layouts.values())
        return cls(tuple(layouts), np.zeros((1, 5 + len(layouts)), np.int64), found, np.zeros(1, np.int64))

    def __len__(self) -> int:
        return len(self.costs)

    def cycles(self, names: Sequence[str]) -> Int:
        """When some of the tensors are ready; int64, shape (designs, names)."""
        return self.costs[:, [READY + self.ready.index(name) for name in names]]

    def layout(self, row: int, name: str) -> Layout:
        """How a tensor of a design is arranged."""
        found: Layout = self.layouts[row, self.ready.index(name)]
        return found

    def options(self, place: int) -> list[Implementation]:
        """What each design has chosen for one of its layers; place 0 is the first of them."""
        steps, rows = self._steps(), np.arange(len(self))
        for step in steps[:place:-1]:
            rows = step.parents[rows]
        return [way.option for way in steps[place].ways[rows]]

    def designs(self) -> list[PartialDesign]:
        """All of them, as objects."""
        steps = self._steps()
        return [self._design(row, steps) for row in range(len(self))]

    def _steps(self) -> list[Step]:
        """What was chosen, the first layer first."""
        found, step = list[Step](), self.last
        while step is not None:
            found.append(step)
            step = step.before
        return found[::-1]

    def _design(self, row: int, steps: Sequence[Step]) -> PartialDesign:
        costs: list[int] = self.costs[row].tolist()
        ready = dict(zip(self.ready, zip(costs[READY:LUT], self.layouts[row].tolist(), strict=True), strict=True))
        chosen, place = list[Choice](), row
        for step in reversed(steps):
            way = step.ways[place]
            chosen.append(Choice(way.option, int(step.starts[place]), way.converters, way.added))
            place = int(step.parents[place])
        lut, ff, bits = costs[LUT:]
        return PartialDesign(ready, costs[DSP], bits, costs[LATENCY], tuple(reversed(chosen)), lut, ff)
