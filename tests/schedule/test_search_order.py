"""The order of the search: as listed or branch by branch, whichever is short."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule import search_order
from bxnn.compiler.schedule.design_table import DesignTable
from bxnn.compiler.schedule.order_walk import Bounds, OrderWalk
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.search import Budget, Search
from bxnn.compiler.schedule.search_order import search_orders
from bxnn.layers.add import Add
from tests.ir.networks import dense, network, networks, source
from tests.layers.firmware import DSP48E2


@given(networks(4, 6))
@settings(max_examples=30, deadline=None)
def test_every_layer_follows_what_it_reads(graph: Graph) -> None:
    names = [layer.name for layer in graph.layers if isinstance(layer, HardwareLayer)]
    for order in search_orders(graph):
        assert sorted(layer.name for layer in order) == sorted(names)
        place = {layer.name: index for index, layer in enumerate(order)}
        assert all(place.get(read, -1) < place[layer.name] for layer in order for read in layer.inputs)


def branches(row_by_row: bool) -> Graph:
    """Three branches of two dense layers; a file may list them layer by layer."""
    rng = np.random.default_rng(1)
    kernels = rng.integers(1, 8, (3, 2, 6, 6))
    rows: list[list[Layer]] = [
        [dense(f"{name}{depth}", "x" if depth == 0 else f"{name}0", kernels[k, depth]) for depth in range(2)]
        for k, name in enumerate("abc")
    ]
    ordered: Sequence[Sequence[Layer]] = list(zip(*rows, strict=True)) if row_by_row else rows
    sums = Add("s", ("a1", "b1")), Add("y", ("s", "c1"))
    return network(source("x", 6), *(layer for row in ordered for layer in row), *sums)


@pytest.mark.no_cover
def test_of_two_orders_one_is_taken_that_does_not_explode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, the designs of all branches are combined before any of them ends: several times as many."""
    rows, chains = (Search(branches(by_row), 6, {}, DSP48E2) for by_row in (True, False))
    fronts, evaluated = [], []
    for found, most in ((rows, 10**9), (rows, 400), (chains, 400)):
        found.evaluated = 0
        monkeypatch.setattr(search_order, "MOST_DESIGNS", most)
        fronts.append({(design.latency_cycles, design.dsp) for design in found.pareto_front()})
        evaluated.append(found.evaluated)
    assert fronts[0] == fronts[1] == fronts[2]
    assert evaluated[0] > 20_000 and max(evaluated[1:]) < 6_000, evaluated
    dsps = [{step.layer: step.binding.dsp for step in one.best(Budget(), 10**6).steps} for one in (rows, chains)]
    assert dsps[0] == dsps[1]


@given(networks(4, 6))
@settings(max_examples=20, deadline=None)
def test_a_search_that_was_stopped_goes_on_where_it_was(graph: Graph) -> None:
    """It finds the same designs, and looks again at the combinations of that layer only at which it stopped."""
    graph = run(graph, PIPELINE, PassOptions())
    found = Search(graph, 4, {}, DSP48E2)
    start, bounds = DesignTable.of_inputs(found.builder.input_layouts), Bounds(found._least, Budget(), None, False)
    order = search_orders(graph)[0]
    whole, parts = (OrderWalk(graph, order, start, found._ways, bounds) for _ in range(2))
    expected, most = whole.front(sys.maxsize), 1
    assert expected is not None
    while (again := parts.front(most)) is None:
        before, most = parts.evaluated, most * 4
    assert [described(design) for design in again] == [described(design) for design in expected]
    assert most == 1 or whole.evaluated < parts.evaluated <= before + whole.evaluated


def described(design: PartialDesign) -> tuple[object, ...]:
    """All that a design is."""
    options = [(choice.option, choice.start_cycle, len(choice.converters)) for choice in design.chosen]
    chosen = [(option.order, option.result.key, option.dsp, *times) for option, *times in options]
    costs = design.dsp, design.latency_cycles, design.lut, design.ff, design.adder_bits
    return costs, chosen, [(name, cycle, layout.key) for name, (cycle, layout) in design.ready.items()]
