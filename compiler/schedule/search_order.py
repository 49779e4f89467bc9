"""The orders in which the search can go through a network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.partial_design import Choice, PartialDesign

MOST_DESIGNS, _MORE = 100_000, 4  # of a layer, with which the other order is tried, and how that number grows

Order = tuple[HardwareLayer, ...]


class Walk(Protocol):
    """A search through one order, which can stop and go on."""

    order: Order

    def front(self, most: int) -> list[PartialDesign] | None:
        """What it finds; ``None`` if a layer has a number of partial designs."""


W = TypeVar("W", bound=Walk)


def in_either_order(graph: Graph, begun: Callable[[Order], W]) -> tuple[list[PartialDesign], list[W]]:
    """What a search finds, by an order in which it does not take far too long; choices in the order of the graph.

    Args:
        graph: The network.
        begun: A search through an order that has not done anything.

    Returns:
        What was found, and all searches, that which found it last.
    """
    walks, most = [begun(order) for order in search_orders(graph)], MOST_DESIGNS
    while True:
        for walk in walks:
            found = walk.front(most if len(walks) > 1 else sys.maxsize)
            if found is not None:
                chosen = [replace(design, chosen=_listed(graph, walk.order, design)) for design in found]
                return chosen, sorted(walks, key=lambda one: one is walk)
        most *= _MORE


def search_orders(graph: Graph) -> tuple[Order, ...]:
    """Orders of all layers with hardware, each after those that it reads: that of the file, and branch by branch.

    The search keeps designs apart by the layouts of all tensors that are still needed. Branch by branch there may be
    one per branch that has ended, where in the order of the file there is one per layer of a row, or the reverse.
    """
    listed = tuple(layer for layer in graph.layers if isinstance(layer, HardwareLayer))
    branches = _branch_by_branch(graph)
    return (listed,) if branches == listed else (listed, branches)


def _listed(graph: Graph, order: Sequence[HardwareLayer], design: PartialDesign) -> tuple[Choice, ...]:
    found = {layer.name: choice for layer, choice in zip(order, design.chosen, strict=True)}
    return tuple(found[layer.name] for layer in graph.layers if layer.name in found)


def _branch_by_branch(graph: Graph) -> Order:
    """Depth first from the outputs."""
    by_name = {layer.name: layer for layer in graph.layers}
    found: list[HardwareLayer] = []
    seen: set[str] = set()
    waiting = [(name, False) for name in reversed(graph.outputs)]
    while waiting:
        name, ready = waiting.pop()
        layer = by_name[name]
        if ready:
            if isinstance(layer, HardwareLayer):
                found.append(layer)
        elif name not in seen:
            seen.add(name)
            waiting += [(name, True), *((read, False) for read in reversed(layer.inputs))]
    return tuple(found)
