"""Small convolutional networks with random weights, built layer by layer, for the cost model."""

from __future__ import annotations

from typing import Self

import numpy as np

from bench.layer_chain import LayerChain
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape

Sides = tuple[int, ...]


class ImageChain(LayerChain):
    """A network that grows by a layer with each call; every convolution and hidden Dense layer is followed by a ReLU.

    Args:
        shape: Shape of the input: (rows, columns, channels) or (length, channels).
        seed: Seed of all weights.
        bits: Bits of the input, the weights and the ReLUs.
        zeros: Fraction of the weights that are zero.
    """

    def __init__(self, shape: tuple[int, ...], seed: int, bits: int = 6, zeros: float = 0.1) -> None:
        self.bits, self.zeros = bits, zeros
        self.rng = np.random.default_rng(seed)
        signed = FixedQuantizer(FixedFormat(True, 2, bits - 3), Rounding.RND_CONV, Overflow.SAT)
        self.relu = FixedQuantizer(FixedFormat(False, 2, bits - 2), Rounding.RND_CONV, Overflow.SAT)
        super().__init__(Input("x", (), shape, signed), shape)

    def conv(
        self, filters: int, size: Sides, stride: Sides | None = None, border: Sides | None = None, dilation: int = 1
    ) -> Self:
        """A convolution; ``border`` pixels of zeros on both sides of an axis."""
        kernel = FixedTensor(self._codes((*size, self.shape[-1], filters)), self.bits - 2)
        window = _window(size, stride, border, dilation)
        return self._activated(Conv2D(self._name("conv"), (self._last,), kernel, self._bias(filters), window))

    def depthwise(self, size: Sides, stride: Sides | None = None, border: Sides | None = None) -> Self:
        """One filter for each channel."""
        kernel = FixedTensor(self._codes((*size, self.shape[-1], 1)), self.bits - 2)
        bias, window = self._bias(self.shape[-1]), _window(size, stride, border, 1)
        return self._activated(DepthwiseConv2D(self._name("depthwise"), (self._last,), kernel, bias, window))

    def pool(self, size: Sides, stride: Sides | None = None) -> Self:
        """A max pool."""
        return self._add(MaxPool2D(self._name("pool"), (self._last,), _window(size, stride or size, None, 1)))

    def dense(self, *outputs: int) -> Graph:
        """Dense layers on everything so far, with no ReLU after the last one; the network is then complete."""
        self._add(Reshape(self._name("flat"), (self._last,), (int(np.prod(self.shape)),)))
        for number, size in enumerate(outputs, 1):
            kernel = FixedTensor(self._codes((self.shape[0], size)), self.bits - 2)
            layer = Dense(self._name("dense"), (self._last,), kernel, self._bias(size))
            self._add(layer) if number == len(outputs) else self._activated(layer)
        return self.graph()

    def _codes(self, shape: tuple[int, ...]) -> Int:
        high = (1 << (self.bits - 1)) - 1
        codes = self.rng.integers(-high, high, shape, endpoint=True)
        codes[self.rng.random(shape) < self.zeros] = 0
        return codes

    def _bias(self, size: int) -> FixedTensor:
        high = (1 << (self.bits - 1)) - 1
        return FixedTensor(self.rng.integers(-high, high, size, endpoint=True), self.bits - 2)

    def _activated(self, layer: Layer) -> Self:
        self._add(layer)
        return self._add(ActivationLayer(self._name("relu"), (self._last,), self.relu))


def _window(size: Sides, stride: Sides | None, border: Sides | None, dilation: int) -> Window:
    ones, zeros = (1,) * len(size), (0,) * len(size)
    return Window(size, stride or ones, (dilation,) * len(size), border or zeros, border or zeros)
