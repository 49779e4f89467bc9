"""`packing` in design.yaml: what it does, and what it refuses."""

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError, ScheduleError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.ir.networks import activation, dense, network, source


def two_layers(bits: int = 4) -> Graph:
    rng, high = np.random.default_rng(2), (1 << (bits - 1)) - 1
    return network(
        source("x", 6, integer_bits=1, fraction_bits=2),
        dense("fc1", "x", rng.integers(1, high, (6, 8), endpoint=True)),
        activation("relu", "fc1"),
        dense("fc2", "relu", rng.integers(1, high, (8, 4), endpoint=True)),
    )


def scheduled(graph: Graph, text: str, board: str = "xcvu9p") -> Schedule:
    config = parse_config(f"initiation_interval: 4\n{text}")
    found = schedule_graph(graph, config, load_board(board))
    assert isinstance(found, Schedule)
    return found


def products(found: Schedule) -> list[int]:
    return [step.binding.packing.products for step in found.steps if isinstance(step.binding, DspBinding)]


def test_packing_is_the_default() -> None:
    packed, plain = scheduled(two_layers(), ""), scheduled(two_layers(), "packing: none")
    assert min(products(packed)) >= 2 and products(plain) == [1, 1]
    assert packed.dsp < plain.dsp


def test_a_layer_says_otherwise() -> None:
    assert products(scheduled(two_layers(), "packing: none\nlayers: {fc1: {packing: 2}}")) == [2, 1]
    assert products(scheduled(two_layers(), "layers: {fc1: {packing: none}, fc2: {packing: 2}}")) == [1, 2]
    assert products(scheduled(two_layers(3), "layers: {fc1: {packing: 3, binding: output_serial}}"))[0] == 3
    assert products(scheduled(two_layers(3), "layers: {fc1: {packing: 4, binding: output_serial}}"))[0] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("packing: some", "design.yaml: packing: 'some' is not auto or none; did you mean 'none'?"),
        ("layers: {fc1: {packing: 5}}", "design.yaml: layers: fc1: packing: 5 is not none, 2, 3 or 4"),
        (
            "layers: {fc1: {packing: nine}}",
            "design.yaml: layers: fc1: packing: 'nine' is not none, 2, 3 or 4; did you mean 'none'?",
        ),
    ],
)
def test_wrong_values(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"initiation_interval: 4\n{text}")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("graph", "text", "message"),
    [
        (
            two_layers(8),
            "layers: {fc1: {packing: 3}}",
            "fc1 (dense): packing 3 needs 4x30-bit signed products (3 weights of 8 bits in lanes of 11), but a DSP48E2 "
            "multiplies 27x18; use fewer products or packing none",
        ),
        (
            network(source("x", 4), dense("fc1", "x", np.ones((4, 3), np.int64))),
            "layers: {fc1: {packing: 4}}",
            "fc1 (dense): packing 4 needs 4 outputs, but the layer has 3; use packing none",
        ),
        (
            two_layers(),
            "layers: {fc1: {packing: 2, strategy: lut}}",
            "fc1 (dense): packing applies to strategy dsp; remove one of the two",
        ),
        (
            two_layers(),
            "layers: {relu: {packing: 2}}",
            "relu (activation): has no multipliers; remove its settings from design.yaml",
        ),
    ],
)
def test_refusals(graph: Graph, text: str, message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        scheduled(graph, text)
    assert str(caught.value) == message


def test_what_the_device_allows() -> None:
    """Two 8-bit weights in lanes of 18: 26 bits, too wide for a DSP48E1, but not for a DSP48E2 or a DSP58."""
    weights = np.full((4, 4), -128)
    weights[0] = 127
    graph = network(source("x", 4, signed=False, integer_bits=8, fraction_bits=0), dense("fc1", "x", weights))
    two = "clock_mhz: 240\nlayers: {fc1: {packing: 2}}"
    for board in ("xcvu9p", "xcvc1902", "xc7vx690t"):
        assert products(scheduled(graph, two, board)) == [2], "a single product fits"
    cascade = "clock_mhz: 240\nlayers: {fc1: {packing: 2, cascade: 4}}"
    assert products(scheduled(graph, cascade)) == products(scheduled(graph, cascade, "xcvc1902")) == [2]
    with pytest.raises(ScheduleError) as caught:
        scheduled(graph, cascade, "xc7vx690t")
    assert str(caught.value) == (
        "fc1 (dense): packing 2 leaves 17-bit lanes in a 25x18-bit DSP48E1, too few for the sums of this binding; "
        "use a shorter cascade, another binding or packing none"
    )
