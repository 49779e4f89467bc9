"""GHDL = reference, bit for bit and cycle for cycle, for random CNNs; QKeras is tested in a neighbouring file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.backend.hls.hls_stream import hls_backend
from bxnn.compiler.hardware.convolution import Convolution
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.maxpool2d import MaxPool2D
from tests.conv.drawn import Drawn, draw_networks, side_by_side
from tests.conv.networks import conv, window
from tests.hls.project import HLS_FACTS, run_project
from tests.ir.networks import activation, network, sat, source
from tests.layers.firmware import check_firmware, schedule
from tests.streams.networks import check_stream
from tests.streams.networks import schedule as streaming
from tests.vhdl.harness import seed_for

ONE = FixedTensor(np.ones((1, 1), np.int64), 0)
FEW, MANY = 2, 24
DRAWN = draw_networks(seed_for("drawn"), FEW + MANY)


@pytest.mark.parametrize("initiation_interval", [1, 7])
def test_few_in_hardware(initiation_interval: int, tmp_path: Path) -> None:
    graph = side_by_side(DRAWN[:FEW])
    check_firmware(graph, schedule(graph, initiation_interval), tmp_path, events=6)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(FEW, FEW + MANY, 6))
def test_many_in_hardware(first: int, tmp_path: Path) -> None:
    """Six networks at a time; every other time, all linear maps are adder graphs."""
    graph, lut = side_by_side(DRAWN[first : first + 6]), first % 12 < 6
    tensors = graph.tensors()
    linear = [layer.name for layer in graph.layers if isinstance(layer, Convolution | AveragePool2D)]
    chosen = schedule(graph, 3 + first % 5, dict.fromkeys(linear, LayerSettings(strategy="lut")) if lut else None)
    assert len(tensors) > 20
    check_firmware(graph, chosen, tmp_path, events=6)


def check_streaming(one: Drawn, folder: Path) -> None:
    """Stream a drawing, with as many pixels per cycle as its seed says, at the smallest spare II that works."""
    graph = one.graph()
    chosen = streaming(graph, 1 + one.seed % 3, spare=12)
    assert {step.layer for step in chosen.steps} == {layer.name for layer in graph.layers if layer.inputs}
    check_stream(graph, chosen, folder)


@pytest.mark.parametrize("number", range(2))
def test_few_streaming(number: int, tmp_path: Path) -> None:
    check_streaming(DRAWN[number], tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(2, 12))
def test_many_streaming(number: int, tmp_path: Path) -> None:
    check_streaming(DRAWN[number], tmp_path)


def averages() -> Graph:
    """Nine pixels, after a convolution and with a separate line buffer; the edges of a padded pool need the frame."""
    layers: list[Layer] = [
        source("x", 8, 7, 1, integer_bits=1, fraction_bits=3),
        conv("c", "x", 1, 2, window(2, 2)),
        activation("relu", "c", sat(False, 2, 3)),
        AveragePool2D("tile", ("relu",), ONE, None, window(3, 3, stride=3)),
        activation("a", "tile", sat(False, 2, 3)),
        AveragePool2D("own", ("a",), ONE, None, window(1, 2)),
        activation("b", "own", sat(False, 2, 3)),
        AveragePool2D("edge", ("b",), ONE, None, Window((3, 1), (1, 1), (1, 1), (1, 0), (1, 0))),
        activation("y", "edge", sat(False, 2, 3)),
    ]
    return run(network(*layers), PIPELINE, PassOptions())


def test_averages_in_tiles(tmp_path: Path) -> None:
    graph = averages()
    chosen = streaming(graph, 1, spare=8)
    assert [segment.layers for segment in chosen.plan.segments] == [("c", "relu", "tile", "a"), ("own", "b")]
    check_stream(graph, chosen, tmp_path)


def test_averages_in_tiles_through_gxx(tmp_path: Path) -> None:
    graph = averages()
    hls_backend(graph, streaming(graph, 1, spare=8), HLS_FACTS).write(tmp_path / "hls")
    result = run_project(graph, tmp_path, 40)
    assert result.first_difference is None, result.first_difference
    assert (result.passed, result.mismatches, result.events) == (True, 0, 40)


def test_the_drawings_cover_what_they_should() -> None:
    """Strides, borders, both pools, averages of three, six or nine pixels, sequences and images."""
    layers = [layer for one in DRAWN for layer in one.graph().layers]
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    averages = [layer for layer in layers if isinstance(layer, AveragePool2D)]
    assert {len(layer.window.size) for layer in convolutions} == {1, 2}
    assert {max(layer.window.stride) for layer in convolutions} == {1, 2}
    assert {layer.window.padded for layer in convolutions} == {True, False}
    assert {layer.kind for layer in convolutions} == {"conv2d", "depthwise_conv2d"}
    assert sum(isinstance(layer, MaxPool2D) for layer in layers) > 5
    assert sum(layer.decision_bits is not None for layer in averages) > 10
    assert any(layer.window.padded for layer in averages)


def test_a_drawing_depends_on_its_seed_only() -> None:
    again = draw_networks(seed_for("drawn"), FEW)
    assert again == DRAWN[:FEW] and isinstance(again[0], Drawn)
    assert again[0].chain["name"] == f"drawn_{again[0].seed}"
