"""Which form a network takes, and what is refused: whole messages."""

from __future__ import annotations

import gc

import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import InputError, ScheduleError
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.compiler.schedule.search import Search
from bxnn.compiler.schedule.stream.partition import partition
from bxnn.compiler.schedule.stream.stream_search import StreamSearch
from bxnn.layers.add import Add
from tests.layers.firmware import DSP48E2
from tests.streams.networks import SIGNED4, Chain


def plan(graph: Graph, text: str) -> Schedule | StreamSchedule:
    config = parse_config(text)
    return schedule_graph(graph, config, load_board(config.board))


def streaming(graph: Graph, text: str) -> StreamSchedule:
    found = plan(graph, text)
    assert isinstance(found, StreamSchedule)
    return found


def small() -> Graph:
    return Chain((6, 5, 1)).conv(2, (3, 3)).relu().pool((2, 2)).dense(2).graph()


def large() -> Graph:
    return Chain((16, 16, 1)).conv(1, (2, 2), (2, 2)).relu().dense(1).graph()


def two_stages() -> Graph:
    return Chain((6, 6, 1)).conv(2, (2, 2)).relu().conv(2, (2, 2)).relu().dense(2).graph()


@pytest.mark.parametrize(
    ("text", "beats"),
    [
        ("initiation_interval: 300", 256),
        ("initiation_interval: 130", 128),
        ("initiation_interval: 70", 64),
        ("initiation_interval: 300\nlayers: {conv1: {form: streaming}}", 256),
        ("initiation_interval: 300\npixels_per_cycle: 3", 96),
    ],
)
def test_a_large_image_streams(text: str, beats: int) -> None:
    assert streaming(large(), text).plan.beats == beats


@pytest.mark.parametrize(
    "text",
    [
        "initiation_interval: 63",
        "initiation_interval: 300\nform: frame_parallel",
        "initiation_interval: 300\nlayers: {conv1: {form: frame_parallel}}",
    ],
)
def test_a_large_image_comes_at_once(text: str) -> None:
    assert isinstance(plan(large(), text), Schedule)


def test_a_small_image_streams_if_asked() -> None:
    assert isinstance(plan(small(), "initiation_interval: 64"), Schedule)
    assert streaming(small(), "initiation_interval: 64\nform: streaming").plan.beats == 30


def test_a_layer_may_see_the_whole_frame() -> None:
    text = "initiation_interval: 64\nform: streaming\nlayers: {conv3: {form: frame_parallel}}"
    found = streaming(two_stages(), text)
    assert [segment.segment.layers for segment in found.segments] == [("conv1", "act2")]
    assert found.plan.tail is not None and found.plan.tail.layers[1].name == "conv3"


def test_wider_beats_where_a_border_leaves_no_time() -> None:
    graph = Chain((6, 6, 1)).conv(1, (3, 3), before=(1, 1)).relu().graph()
    assert streaming(graph, "initiation_interval: 36\nform: streaming").plan.pixels_per_cycle == 2
    assert streaming(graph, "initiation_interval: 37\nform: streaming").plan.pixels_per_cycle == 1


def skip_connection() -> Graph:
    chain = Chain((4, 4, 1)).conv(1, (1, 1)).relu()
    chain.layers.append(Add("sum", ("conv1", "act2")))
    return chain.graph()


def test_a_branch_is_computed_on_the_whole_frame() -> None:
    found = streaming(skip_connection(), "initiation_interval: 20\nform: streaming")
    assert [segment.segment.layers for segment in found.segments] == [("conv1",)]


REFUSED = {
    "no time for the beats": (
        small(),
        "initiation_interval: 5\nform: streaming",
        "x (input): arrives in 6 beats of 5 pixels, but initiation_interval 5 is smaller; use at least 6",
    ),
    "no time for these beats": (
        small(),
        "initiation_interval: 20\npixels_per_cycle: 1",
        "x (input): arrives in 30 beats of 1 pixel, but initiation_interval 20 is smaller; use at least 30, or "
        "pixels_per_cycle 2",
    ),
    "longer than a row": (
        small(),
        "initiation_interval: 64\npixels_per_cycle: 6",
        "x (input): has rows of 5 pixels, but pixels_per_cycle 6 is more than a row; use at most 5",
    ),
    "no time for the tiles": (
        Chain((6, 6, 1)).conv(1, (3, 3), before=(1, 1)).relu().graph(),
        "initiation_interval: 36\npixels_per_cycle: 1",
        "conv1 (conv2d): needs 37 cycles per frame for its 36 tiles, but initiation_interval is 36; use at least 37, "
        "or a larger pixels_per_cycle",
    ),
    "after the whole frame": (
        two_stages(),
        "initiation_interval: 64\nlayers: {conv1: {form: frame_parallel}, conv3: {form: streaming}}",
        "conv3 (conv2d): cannot stream: it, or a layer before it, needs the whole frame; remove form: streaming",
    ),
    "dense": (
        two_stages(),
        "initiation_interval: 64\nlayers: {dense6: {form: streaming}}",
        "dense6 (dense): cannot stream: it, or a layer before it, needs the whole frame; remove form: streaming",
    ),
    "contradiction": (
        small(),
        "initiation_interval: 64\nform: frame_parallel\npixels_per_cycle: 2",
        "design.yaml: pixels_per_cycle: needs the streaming form; remove it or form: frame_parallel",
    ),
    "contradiction of a layer": (
        small(),
        "initiation_interval: 64\nform: frame_parallel\nlayers: {conv1: {form: streaming}}",
        "design.yaml: layers: conv1: needs the streaming form; remove it or form: frame_parallel",
    ),
    "two inputs": (
        Graph("net", (*small().layers, Input("z", (), (2,), SIGNED4), Add("sum", ("dense5", "z"))), ("sum",)),
        "initiation_interval: 64\nform: streaming",
        "net: has the inputs x, z; the streaming form takes one input, use form: frame_parallel",
    ),
    "no image": (
        Chain((6,)).dense(2).graph(),
        "initiation_interval: 64\nform: streaming",
        "x (input): has shape (6,); the streaming form takes (height, width, channels) or (length, channels), use "
        "form: frame_parallel",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    graph, text, message = REFUSED[case]
    with pytest.raises(InputError) as caught:
        plan(graph, text)
    assert str(caught.value) == message


def test_a_budget_that_no_design_fits() -> None:
    fastest = StreamSearch(partition(large(), 1), 300, {}, DSP48E2).pareto_front()[-1]
    with pytest.raises(ScheduleError) as caught:
        plan(large(), "initiation_interval: 300\nbudget: {latency_ns: 100}")
    assert str(caught.value) == (
        "design.yaml: budget: latency_ns: 100 is out of reach: every design of net at initiation_interval 300 in 256 "
        "beats per frame needs at least 256 cycles, 798.43 ns at 320.632 MHz; raise or remove the limit, or use a "
        "larger pixels_per_cycle"
    )
    with pytest.raises(ScheduleError) as caught:
        # A device without delays: every register.
        plan(large(), "board: xcku115\ninitiation_interval: 300\nbudget: {latency_ns: 800}")
    assert str(caught.value) == (
        f"net at initiation_interval 300: no design fits 256 cycles; the closest needs {fastest.dsp} DSPs "
        f"and {fastest.latency_cycles} cycles ({fastest.latency_cycles - 256} cycles too many)"
    )


def test_a_budget_of_luts_that_no_design_fits() -> None:
    """What the message says is true: with this number of LUTs there is a design."""
    with pytest.raises(ScheduleError) as caught:
        plan(small(), "initiation_interval: 64\nform: streaming\nbudget: {lut: 3}")
    needed = int(str(caught.value).rsplit("(", 1)[1].split(" ")[0]) + 3
    found = plan(small(), f"initiation_interval: 64\nform: streaming\nbudget: {{lut: {needed}}}")
    assert found.cost is not None and found.cost.lut == needed
    assert str(caught.value) == (
        f"net at initiation_interval 64: no design fits 3 LUTs; the closest needs {found.dsp} DSPs, "
        f"{needed} LUTs and {found.latency_cycles} cycles ({needed - 3} LUTs too many)"
    )


def test_of_the_search_for_a_tile_only_its_designs_are_kept() -> None:
    """All that it tried would take gigabytes where tiles have thousands of elements."""
    search = StreamSearch(partition(large(), 1), 300, {}, DSP48E2)
    assert search.pareto_front()
    gc.collect()
    kept = [one.graph for one in gc.get_objects() if type(one) is Search]
    tiles = [segment.graph for segment in search.plan.segments]
    assert not [graph for graph in kept if any(graph is own for own in tiles)]
