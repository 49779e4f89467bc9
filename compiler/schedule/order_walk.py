"""The search through the layers of a network in one order, which can stop where there are too many designs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.alike import followed
from bxnn.compiler.schedule.bounds import Least, Most
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.design_table import DesignTable
from bxnn.compiler.schedule.extension import Extension
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.remaining import remaining_after
from bxnn.compiler.schedule.search_order import Order
from bxnn.compiler.schedule.ways import Ways

LUT_SLACK_PERCENT = 1  # of the LUT budget, over all layers


@dataclass(frozen=True)
class Bounds:
    """What every layer needs at least, and what a design may need.

    Attributes:
        least: Of each layer.
        limits: Partial designs beyond them are dropped; those that exceed the LUTs by the slack are not.
        spare_dsp: DSPs of the limit beyond what the network needs at least; ``None`` without one.
        unpriced: Whether LUTs do not count, though the search knows them otherwise.
    """

    least: Mapping[str, Least]
    limits: Budget
    spare_dsp: int | None
    unpriced: bool


class OrderWalk:
    """Extends the design without layers by one layer after the other.

    Args:
        graph: The network.
        order: Its layers, each after those that it reads.
        start: The design without layers.
        ways: Finds how a layer can follow others.
        bounds: See there.

    Attributes:
        evaluated: Combinations so far.
        slack: LUTs by which a design that was dropped may have been better.
    """

    def __init__(self, graph: Graph, order: Order, start: DesignTable, ways: Ways, bounds: Bounds) -> None:
        limits, self.order, self._ways, self._bounds = bounds.limits, order, ways, bounds
        self._step = 0 if limits.lut is None else limits.lut * LUT_SLACK_PERCENT // (100 * max(len(order), 1))
        more = self._step * len(order)
        self._allowed = limits if limits.lut is None else replace(limits, lut=limits.lut + more)
        self._twins, self._remaining = followed(graph, order), remaining_after(order, bounds.least)
        self._designs, self._place = start, 0
        self.evaluated = self.slack = 0

    def front(self, most: int) -> list[PartialDesign] | None:
        """All complete designs that no other one dominates.

        Args:
            most: Number of designs of a layer at which ``None`` is returned; the next call continues with this layer.
        """
        while self._place < len(self.order):
            if not self._extend(most):
                return None
        return self._designs.designs()

    def _extend(self, most: int) -> bool:
        """By one layer; ``False`` if it has too many designs."""
        layer, bounds = self.order[self._place], self._bounds
        needed = frozenset(name for later in self.order[self._place + 1 :] for name in later.inputs)
        rest, twin = self._remaining[self._place], self._twins.get(layer.name)
        extension = Extension(layer, self._designs, needed, self._allowed, rest, twin)
        most_dsp = None if bounds.spare_dsp is None else bounds.spare_dsp + bounds.least[layer.name].dsp
        ways = partial(self._ways.of, layer, most=Most(most_dsp, extension.most_cycles, bounds.unpriced))
        found = extension.front(ways, self._step, most)
        self.evaluated += extension.evaluated
        if found is None:
            return False
        self._designs, thinned = found
        self.slack += self._step * thinned
        self._place += 1
        return True
