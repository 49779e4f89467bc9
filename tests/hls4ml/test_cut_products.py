"""Accumulators with fewer fraction bits than the products: every product is rounded alone, and sums wrap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.hardware.single_products import single_products
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.sim.reference import Reference

X = FixedFormat(True, 2, 4)
WIDTH = Window((2, 3), (1, 2), (1, 1), (0, 1), (0, 1))


class Node(NodeLayers):
    """A node with a kernel, a bias and the accumulator's type."""

    def __init__(self, shape: tuple[int, ...], kernel: FixedTensor, bias: FixedTensor, accum: FixedQuantizer) -> None:
        super().__init__(None, "y", ("x",), (Tensor.of_format(shape, X),), lambda text: f"{text}{len(self.layers)}")
        self.given, self.accum = {"weight": kernel, "bias": bias}, accum

    subject = "y (Dense)"

    def weights(self, role: str) -> FixedTensor:
        return self.given[role]

    def type_of(self, role: str, grid: int | None = None) -> FixedQuantizer:
        return self.accum

    def read_signs(self) -> bool:
        return False

    def finish(self) -> None:
        """No result type: the sums are the output."""


def outputs(node: Node, layer: type[Layer], shape: tuple[int, ...], *arguments: Any) -> Any:
    """What the layers of a node give for 50 events, and the events."""
    node.linear(layer, shape, *arguments)
    inputs = node.sources[0]
    x = np.random.default_rng(1).integers(X.low, X.high, (50, *inputs.shape), endpoint=True)
    port = Input("x", (), inputs.shape, FixedQuantizer(X, Rounding.TRN, Overflow.WRAP))
    graph = Graph("net", (port, *node.layers), (node.layers[-1].name,))
    (found,) = Reference(graph).output_codes({"x": x}).values()
    return x, np.ldexp(found.astype(float), -node.tensors[-1].format.fraction_bits)


modes = st.sampled_from([Rounding.TRN, Rounding.RND, Rounding.RND_CONV, Rounding.TRN_ZERO])


@settings(max_examples=60, deadline=None)
@given(st.integers(-3, 7), st.integers(1, 4), modes, st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4))
def test_dense_is_the_sum_of_rounded_products(
    fraction: int, whole: int, rounding: Rounding, seed: int, inputs: int, units: int
) -> None:
    """hls4ml's own order of operations, product by product, in the accumulator's type."""
    rng = np.random.default_rng(seed)
    kernel, bias = FixedTensor(rng.integers(-9, 9, (inputs, units)), 3), FixedTensor(rng.integers(-30, 30, units), 4)
    accum = FixedQuantizer(FixedFormat(True, whole, max(fraction, 1 - whole)), rounding, Overflow.WRAP)
    x, found = outputs(Node((inputs,), kernel, bias, accum), Dense, (inputs, units))
    expected = np.tile(accum.evaluate(bias.codes, 4), (50, 1))
    for place in range(inputs):
        expected = expected + accum.evaluate(x[:, place, np.newaxis] * kernel.codes[place], X.fraction_bits + 3)
    expected = accum.evaluate(expected, accum.format.fraction_bits)
    assert np.array_equal(found, np.ldexp(expected.astype(float), -accum.format.fraction_bits))


@pytest.mark.parametrize(("layer", "last"), [(Conv2D, (2, 3)), (DepthwiseConv2D, (2, 2))])
def test_convolutions(layer: type[Layer], last: tuple[int, int]) -> None:
    """Windows, strides and padding: a convolution and a depthwise one, tap by tap."""
    rng, accum = np.random.default_rng(2), FixedQuantizer(FixedFormat(True, 3, 3), Rounding.TRN, Overflow.WRAP)
    kernel = FixedTensor(rng.integers(-9, 9, (*WIDTH.size, *last)), 3)
    filters = last[1] if layer is Conv2D else last[0] * last[1]
    bias = FixedTensor(rng.integers(-8, 8, filters), 3)
    x, found = outputs(Node((3, 5, 2), kernel, bias, accum), layer, kernel.codes.shape, WIDTH)
    pixels = np.concatenate([x.reshape(50, 15, 2), np.zeros((50, 1, 2), np.int64)], axis=1)
    total = np.zeros((50, found[0].size // filters, filters), np.int64) + bias.codes
    for tap, places in enumerate(WIDTH.taps((3, 5)).T):
        weights = kernel.codes.reshape(6, *last)[tap]
        for channel in range(2):
            product = accum.evaluate(pixels[:, places, channel, np.newaxis] * weights[channel], 7)
            if layer is Conv2D:
                total += product
            else:
                total[..., channel * last[1] : (channel + 1) * last[1]] += product
    expected = accum.evaluate(total.reshape(found.shape), 3)
    assert len(np.unique(found)) > 50 and np.array_equal(found, np.ldexp(expected.astype(float), -3))


def test_equal_weights_share_a_product() -> None:
    weights = np.array([[3, 3, 0], [3, -3, 5]])
    products, sums = single_products(weights)
    assert products.shape == (2, 4) and np.array_equal(products @ sums, weights)
    assert np.array_equal(single_products(np.zeros((2, 3), np.int64))[1], np.zeros((1, 3)))


def test_products_on_the_grid_stay_in_one_layer() -> None:
    """Nothing is rounded, so nothing is taken apart; with one bit less, it is."""
    kernel, bias = FixedTensor(np.array([[3], [-5]]), 3), FixedTensor(np.array([1]), 0)
    for fraction, layers in ((7, ["dense"]), (6, ["dense", "activation", "dense"])):
        node = Node((2,), kernel, bias, FixedQuantizer(FixedFormat(True, 9, fraction), Rounding.TRN, Overflow.WRAP))
        node.linear(Dense, (2, 1))
        assert [layer.kind for layer in node.layers] == layers


def test_saturating_sums_are_refused() -> None:
    """Their value depends on the order in which products are added."""
    kernel, bias = FixedTensor(np.array([[7], [-5]]), 3), FixedTensor(np.array([1]), 0)
    node = Node((2,), kernel, bias, FixedQuantizer(FixedFormat(True, 1, 2), Rounding.TRN, Overflow.SAT))
    with pytest.raises(ModelError) as caught:
        node.linear(Dense, (2, 1))
    assert str(caught.value) == (
        "y (Dense): accum fixed<4,2> can saturate on the way, which depends on the order of its terms; "
        "give Precision: {accum: auto}"
    )
