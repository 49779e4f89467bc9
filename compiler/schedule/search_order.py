"""The orders in which the search can go through a network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.partial_design import Choice, PartialDesign

MOST_DESIGNS, _MORE = 100_000, 4  # of a layer, with which the other order is tried, and how that number grows

Order = tuple[HardwareLayer, ...]


def in_either_order(graph: Graph, search: Callable[[Order, int], list[PartialDesign] | None]) -> list[PartialDesign]:
    """What a search finds, by an order in which it does not take far too long; choices in the order of the graph.

    Args:
        graph: The network.
        search: Goes through it in an order; ``None`` if a layer has a number of partial designs.
    """
    orders, most = search_orders(graph), MOST_DESIGNS
    while True:
        for order in orders:
            found = search(order, most if len(orders) > 1 else sys.maxsize)
            if found is not None:
                return [replace(design, chosen=_listed(graph, order, design)) for design in found]
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
