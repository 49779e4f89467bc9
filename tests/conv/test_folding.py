"""Batch normalization and zero padding disappear into convolutions; the meaning stays, and the rewrite happened."""

from __future__ import annotations

import numpy as np
import pytest

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.passes import PassOptions
from bxnn.compiler.passes.fold import fold
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.batchnorm import BatchNorm
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.zero_padding import ZeroPadding
from bxnn.sim.reference import Reference
from tests.conv.networks import conv, window
from tests.ir.networks import network, source
from tests.layers.firmware import random_codes

RNG = np.random.default_rng(3)


def norm(name: str, reads: str, channels: int, shifted: bool = True) -> BatchNorm:
    shift = RNG.integers(-9, 9, channels) if shifted else np.zeros(channels, np.int64)
    return BatchNorm(name, (reads,), FixedTensor(RNG.integers(1, 8, channels), 2), FixedTensor(shift, 3))


def linear_layers(reads: str, image: tuple[int, int]) -> list[Layer]:
    """A layer of each kind that has channels, reading four channels."""
    grouped = FixedTensor(RNG.integers(-7, 8, (2, 2, 2, 6)), 3)
    depthwise = FixedTensor(RNG.integers(-7, 8, (2, 2, 4, 2)), 3)
    return [
        conv("y", reads, 4, 3, window(2, 2)),
        Conv2D("y", (reads,), grouped, FixedTensor(RNG.integers(-9, 9, 6), 4), window(2, 2, stride=2), 2),
        DepthwiseConv2D("y", (reads,), depthwise, None, window(2, 2)),
    ]


def average(reads: str) -> AveragePool2D:
    one = FixedTensor(np.ones((1, 1), np.int64), 0)
    return AveragePool2D("y", (reads,), one, None, window(2, 2, stride=2, after=1))


def values(graph: Graph, codes: dict[str, Int]) -> np.ndarray:
    reference = Reference(graph)
    (name,) = graph.outputs
    return np.asarray(reference.output_codes(codes)[name] * reference.tensors[name].format.lsb)


def check_same(before: Graph, kinds: list[str]) -> None:
    after = fold(before, PassOptions())
    assert [layer.kind for layer in after.layers] == kinds
    codes = random_codes(before, 20, 4)
    assert np.array_equal(values(before, codes), values(after, codes))


@pytest.mark.parametrize("number", range(3))
def test_into_the_producer(number: int) -> None:
    layer = linear_layers("x", (5, 4))[number]
    (channels,) = {tuple(layer.output_shape([(5, 4, 4)]))[-1]}
    check_same(network(source("x", 5, 4, 4), layer, norm("bn", "y", channels)), ["input", layer.kind])


def test_into_an_average() -> None:
    check_same(network(source("x", 3, 3, 2), average("x"), norm("bn", "y", 2)), ["input", "averagepool2d"])


@pytest.mark.parametrize("number", range(3))
def test_forward_into_the_consumer(number: int) -> None:
    layer = linear_layers("bn", (5, 4))[number]
    check_same(network(source("x", 5, 4, 4), norm("bn", "x", 4), layer), ["input", layer.kind])


@pytest.mark.parametrize("shifted", [False, True])
def test_a_shift_does_not_cross_a_border(shifted: bool) -> None:
    """Where taps are outside the image, the shift would be missing; a mere factor is allowed."""
    layer = conv("y", "bn", 4, 2, window(3, 3, before=1, after=1))
    kinds = ["input", "batchnorm", "conv2d"] if shifted else ["input", "conv2d"]
    check_same(network(source("x", 4, 3, 4), norm("bn", "x", 4, shifted), layer), kinds)


def test_a_pool_does_not_take_a_factor() -> None:
    graph = network(source("x", 4, 4, 2), MaxPool2D("y", ("x",), window(2, 2)), norm("bn", "y", 2))
    check_same(graph, ["input", "maxpool2d", "batchnorm"])
    assert (
        average("x").reading_scaled(FixedTensor(np.ones(2, np.int64), 0), FixedTensor(np.ones(2, np.int64), 0)) is None
    )
    assert isinstance(average("x"), Scalable)


def test_a_border_becomes_that_of_the_window() -> None:
    border = ZeroPadding("pad", ("x",), (1, 0), (2, 1))
    layer = conv("y", "pad", 2, 3, window(3, 3, before=1))
    check_same(network(source("x", 4, 3, 2), border, layer), ["input", "conv2d"])
    folded = border.folded_forward(layer)
    assert isinstance(folded, Conv2D)
    assert folded.window == Window((3, 3), (1, 1), (1, 1), (2, 1), (2, 1))


def test_a_border_counts_in_a_pool() -> None:
    graph = network(
        source("x", 2, 2, 1), ZeroPadding("pad", ("x",), (1, 1), (0, 0)), MaxPool2D("y", ("pad",), window(2, 2))
    )
    check_same(graph, ["input", "zero_padding", "maxpool2d"])
