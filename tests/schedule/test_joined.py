"""When accumulators are joined by the W multiplexer: where slices have one and are instantiated, and it pays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.input_joined import InputJoined
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2, signed_bits
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.converters import cycles_of
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.compiler.schedule.search import Search
from tests.ir.networks import activation, dense, network, networks, source
from tests.packing.emulate import tensor_of
from tests.reload.networks import two_layers
from tests.schedule.brute_force import possible_forms
from tests.schedule.test_slot_tables import complaint, corrupted, dense_map, maps, nonzero, products, sums, unpacked

JOINING = Multiplier("DSP48E2", 27, 18, 48, instantiated=True)
GRAPH = network(source("x", 32), dense("fc", "x", np.arange(1, 257).reshape(32, 8) % 31 - 15))
FORCED = LayerSettings("input_joined")


def bind_joined(linear: LinearMap, source: Layout, interval: int, joined: int) -> InputJoined:
    binding = Accumulators(linear, source, 1, joined).bind(sums(linear, interval), unpacked(linear))
    assert isinstance(binding, InputJoined)
    return binding


@settings(max_examples=100)
@given(maps, st.integers(1, 40), st.sampled_from([2, 3]), st.data())
def test_tables(linear: LinearMap, initiation_interval: int, joined: int, data: st.DataObject) -> None:
    phases = data.draw(st.integers(1, min(initiation_interval, linear.inputs)))
    layout = Layout.serial(linear.inputs, phases)
    binding = bind_joined(linear, layout, initiation_interval, joined)
    binding.verify_slots("fc (dense)")
    assert products(binding) == nonzero(linear)
    leaves = ceil_div(layout.lanes, joined)
    assert binding.latency_cycles == layout.phases + joined - 1 + 2 + ceil_log2(leaves)
    assert binding.added.shape == (linear.outputs, leaves)
    lone = Accumulators(linear, layout, 1)
    assert binding.dsp == lone.dsp, "joining takes no slice more"
    ends = [binding.positions[group][binding.present[group] == 1] for group in range(len(binding.present))]
    assert all(own.max(initial=joined - 1) == joined - 1 for own in ends)


@settings(max_examples=100)
@given(maps, st.sampled_from([1, 2, 3]), st.integers(1, 2), st.data())
def test_lanes_hold_the_sums_of_their_cascades(
    linear: LinearMap, joined: int, packed: int, data: st.DataObject
) -> None:
    """The exact range of every sum of a cascade, from its products one by one."""
    layout = Layout.serial(linear.inputs, data.draw(st.integers(1, linear.inputs)))
    tensor = tensor_of(linear.inputs, 8, True)
    low, high = tensor.low.ravel(), tensor.high.ravel()
    form, lane = Accumulators(linear, layout, packed, joined), layout.position()[1]
    exists = np.zeros((ceil_div(linear.outputs, packed), ceil_div(layout.lanes, joined)), bool)
    for output, element in np.argwhere(linear.weights):
        exists[output // packed, lane[element] // joined] = True
    reached = [0]
    for output in range(linear.outputs):
        first = int(exists[output // packed].argmax())
        for leaf in range(exists.shape[1]):
            read = np.flatnonzero(lane // joined == leaf)
            ends = np.stack([linear.weights[output, read] * end[read] for end in (low, high)])
            bias = linear.bias[output] if leaf == first else 0
            reached += [int(ends.min(axis=0).sum() + bias), int(ends.max(axis=0).sum() + bias)]
    assert form.lane_bits(low, high) == signed_bits(min(reached), max(reached))


@pytest.mark.no_cover
@settings(max_examples=30, deadline=None)
@given(networks(2, 12), st.integers(1, 12))
def test_every_form_costs_what_was_estimated(graph: Graph, initiation_interval: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    found, tensors = Search(graph, initiation_interval, {}, JOINING), graph.tensors()
    for layer in graph.layers:
        if layer.name in found.options:
            for option in possible_forms(found.options[layer.name], Layout.parallel(tensors[layer.inputs[0]].size)):
                binding = option.realise()
                assert binding.dsp == option.dsp
                assert cycles_of(option.converters) + binding.latency_cycles == option.latency_cycles


def test_a_wrong_table_is_caught() -> None:
    binding = bind_joined(dense_map(4, 6), Layout.serial(6, 2), 4, 2)
    skew, chain = binding.slots.skew, binding.slots.chain
    assert complaint(binding, corrupted(binding, 1, skew=1 - int(skew[1]))) == (
        "a joined DSP does not run in the cycle of its position"
    )
    assert complaint(binding, corrupted(binding, 0, chain=int(chain[0]) + 1)) == (
        "a joined DSP adds to the sum of other lanes"
    )


def scheduled(text: str, graph: Graph = GRAPH) -> Schedule:
    config = parse_config(f"clock_mhz: 160\ninitiation_interval: 4\nstrategy: dsp\n{text}")
    found = schedule_graph(graph, config, load_board(config.board))
    assert isinstance(found, Schedule)
    return found


def bindings(schedule: Schedule) -> set[str]:
    return {step.binding.name for step in schedule.steps}


def test_a_budget_of_luts_joins_where_slices_are_instantiated() -> None:
    """Within as many LUTs, the same network takes more cycles where slices are inferred, or have no W multiplexer."""
    rng = np.random.default_rng(1)
    kernels = [rng.integers(-15, 16, shape) for shape in ((16, 24), (24, 16))]
    graph = network(
        source("x", 16), dense("fc1", "x", kernels[0]), activation("relu", "fc1"), dense("fc2", "relu", kernels[1])
    )
    least = "dsp: instantiated\nlayers: {fc2: {binding: input_joined, cascade: 2}}"
    forced = scheduled(least, graph)
    assert forced.cost is not None
    asked = f"budget: {{lut: {forced.cost.lut}, dsp: {forced.dsp}}}"
    found = scheduled(f"dsp: instantiated\n{asked}", graph)
    assert "input_joined" in bindings(found) and found.latency_cycles <= forced.latency_cycles
    for text in (asked, f"board: xc7vx690t\ndsp: instantiated\n{asked}"):
        other = scheduled(text, graph)
        assert "input_joined" not in bindings(other) and other.latency_cycles > found.latency_cycles


def told(text: str, graph: Graph = GRAPH) -> str:
    with pytest.raises(ScheduleError) as caught:
        scheduled(text, graph)
    return str(caught.value)


def test_refusals() -> None:
    layer = "layers: {fc: {binding: input_joined}}"
    assert told(layer) == (
        "fc (dense): binding input_joined takes the W multiplexer of a DSP48E2, which is only used if slices are "
        "instantiated; write dsp: instantiated, or use input_serial"
    )
    assert told(f"board: xc7vx690t\ndsp: instantiated\n{layer}") == (
        "fc (dense): binding input_joined takes the W multiplexer of a DSP48E2 or DSP58, but the device has DSP48E1s; "
        "use input_serial"
    )
    assert told("dsp: instantiated\nlayers: {fc: {binding: input_joined, cascade: 4}}") == (
        "fc (dense): cascade 4 with binding input_joined cannot be built; use 2 or 3"
    )


def test_weights_that_change_are_refused() -> None:
    graph = two_layers(1)
    with pytest.raises(ScheduleError) as caught:
        Search(graph, 4, {layer.name: FORCED for layer in graph.layers if layer.multiplies}, JOINING)
    assert str(caught.value).endswith(
        "binding input_joined needs constant weights, but they are loaded at run time; use input_serial"
    )
