"""What other forms of hardware take: accumulators joined by the W multiplexer, an engine for all layers."""

from itertools import pairwise

import numpy as np

from bench.shared_engine import INTERVAL, PRODUCTS, WIDTHS, engine, engines
from bench.w_multiplexer import conclusion, of_schedule
from bench.w_rows import Join, Joined
from bxnn.boards.board import load_board
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


def test_joined_accumulators_save_the_first_levels_of_their_trees() -> None:
    kernel = np.random.default_rng(1).choice([-3, -2, -1, 1, 2, 3], (8, 3))
    graph = network(source("x", 8), dense("y", "x", kernel))
    chosen = schedule(graph, 2, {"y": LayerSettings(binding="input_serial", packing=1)})
    two, three = of_schedule("net", chosen, load_board("xcvu9p"))
    assert isinstance(two, Joined) and isinstance(three, Joined)
    # A level of trees with four leaves instead of the wait of a position; of three positions, one takes a cycle more.
    assert (two.layer, two.leaves, two.cascade, two.cycles) == ("y", 4, 2, 0)
    assert (three.layer, three.leaves, three.cascade, three.cycles) == ("y", 4, 3, 1)
    assert 0 < two.after.lut < two.before.lut / 2
    assert "; 1 of 1 take no cycle more." in conclusion([two, three])
    assert list(of_schedule("net", chosen, load_board("xc7vx690t"))) == [], "no W multiplexer"


def test_cascades_would_take_two_cycles_to_save_a_level() -> None:
    kernel = np.random.default_rng(1).choice([-3, -2, -1, 1, 2, 3], (8, 3))
    graph = network(source("x", 8), dense("y", "x", kernel))
    chosen = schedule(graph, 1, {"y": LayerSettings(binding="output_serial", cascade=2, packing=1)})
    (found,) = of_schedule("net", chosen, load_board("xcvu9p"))
    assert isinstance(found, Join)
    assert (found.leaves, found.joined, found.cycles) == (4, 6, 1)
