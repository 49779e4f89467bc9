"""GHDL = reference, bit for bit and cycle for cycle, for CNNs drawn at random; QKeras is next door."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.ir.convolution import Convolution
from compiler.schedule.option import LayerSettings
from layers.averagepool2d import AveragePool2D
from layers.maxpool2d import MaxPool2D
from tests.conv.drawn import Drawn, draw_networks, side_by_side
from tests.layers.firmware import check_firmware, schedule
from tests.vhdl.harness import seed_for

FEW, MANY = 4, 24
DRAWN = draw_networks(seed_for("drawn"), FEW + MANY)


@pytest.mark.parametrize("initiation_interval", [1, 7])
def test_few_in_hardware(initiation_interval: int, tmp_path: Path) -> None:
    graph = side_by_side(DRAWN[:FEW])
    check_firmware(graph, schedule(graph, initiation_interval), tmp_path, events=6)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FEW, FEW + MANY, 6))
def test_many_in_hardware(first: int, tmp_path: Path) -> None:
    """Six networks at a time; every other time all linear maps are adder graphs."""
    graph, lut = side_by_side(DRAWN[first : first + 6]), first % 12 < 6
    tensors = graph.tensors()
    linear = [layer.name for layer in graph.layers if isinstance(layer, Convolution | AveragePool2D)]
    chosen = schedule(graph, 3 + first % 5, dict.fromkeys(linear, LayerSettings(strategy="lut")) if lut else None)
    assert len(tensors) > 20
    check_firmware(graph, chosen, tmp_path, events=6)


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
