"""What forms of hardware that are not built would take: the W multiplexer, an engine for all layers."""

from itertools import pairwise

import numpy as np

from bench.shared_engine import INTERVAL, PRODUCTS, WIDTHS, engine, engines
from bench.w_multiplexer import of_schedule, page
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.implementation import LayerSettings
from tests.ir.networks import dense, network, source
from tests.layers.firmware import schedule


def test_an_engine_of_sixteen_by_sixteen_takes_nine_cycles_per_event() -> None:
    found = engine(WIDTHS, 16, 16)
    assert (found.dsp, found.phases) == (256, 2 + 4 + 2 + 1)
    assert found.cycles == (2 + 4) + (4 + 4) + (2 + 4) + (1 + 4)


def test_every_engine_has_a_slot_for_every_product() -> None:
    needed = sum(inputs * ceil_div(outputs, PRODUCTS) for inputs, outputs in pairwise(WIDTHS))
    found = list(engines(WIDTHS, INTERVAL, 400))
    assert min(one.dsp for one in found) == 352
    assert all(one.phases <= INTERVAL and one.dsp * one.phases >= needed for one in found)


def test_pairs_of_accumulators_save_the_first_level_of_their_trees() -> None:
    kernel = np.random.default_rng(1).choice([-3, -2, -1, 1, 2, 3], (8, 3))
    graph = network(source("x", 8), dense("y", "x", kernel))
    chosen = schedule(graph, 2, {"y": LayerSettings(binding="input_serial", packing=1)})
    (join,) = of_schedule("net", chosen)
    # Of three trees with four leaves, two of three adders each; a level of the tree instead of the wait.
    assert (join.layer, join.leaves, join.joined, join.cycles) == ("y", 4, 6, 0)
    assert 0 < join.after.lut < join.before.lut / 2
    told = "Without a cycle more: 1 of 1 layers"
    assert told in page([join])
