"""The same layer of several members of an ensemble: implemented alike, so that the search goes through one member.

Designs in which members differ are not searched: there are as many as the product of those of all members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.search_order import Order
from bxnn.compiler.schedule.ways import Way


def followed(graph: Graph, order: Order) -> Mapping[str, int]:
    """For each layer of another member than the first, the place in an order of the layer that it follows."""
    places = {layer.name: place for place, layer in enumerate(order)}
    pairs = ((places[name], name, places[twin]) for name, twin in graph.twins.items() if {name, twin} <= places.keys())
    return {name: first for own, name, first in pairs if first < own}


def most_like(ways: Sequence[Way], wanted: Implementation) -> Sequence[Way]:
    """Of the ways in which a layer can follow its inputs, the one that is most like an implementation of its twin.

    Weights differ, and with them the number of DSP slices and even the latency of otherwise equal implementations.
    """

    def distance(way: Way) -> tuple[bool, int, int, tuple[int, ...]]:
        option = way.option
        cycles, slices = option.latency_cycles - wanted.latency_cycles, option.dsp - wanted.dsp
        return option.result.key != wanted.result.key, abs(cycles), abs(slices), option.order

    return [min(ways, key=distance)] if ways else ways
