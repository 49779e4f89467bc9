"""Depthwise convolutions, and separable ones: a depthwise convolution followed by a pointwise one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bxnn.compiler.hardware.convolution import Convolution
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource, Parameter
from bxnn.compiler.ir.window import Window, rank_of
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.activation import activation_layers
from bxnn.layers.batchnorm import folded_weights
from bxnn.layers.conv2d import Conv2D, convolution_apart

_SEPARABLE = ("SeparableConv1D", "QSeparableConv1D", "SeparableConv2D", "QSeparableConv2D")


@dataclass(frozen=True, eq=False)
class DepthwiseConv2D(Convolution):
    """``multiplier`` filters for each channel alone; output channel ``c * multiplier + m`` is filter m of channel c.

    Attributes:
        kernel: Shape (*window, channels, multiplier).
        bias: Shape (channels * multiplier,), or ``None``.
    """

    kind: ClassVar[str] = "depthwise_conv2d"
    keras_classes: ClassVar[tuple[str, ...]] = (
        *("DepthwiseConv1D", "DepthwiseConv2D", "QDepthwiseConv2D", "QDepthwiseConv2DBatchnorm"),
        *_SEPARABLE,
    )
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("DepthwiseConv1D", "DepthwiseConv2D")

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        window = Window.from_keras(source, "kernel_size", rank_of(source))
        multiplier, channels = source.positive("depth_multiplier"), source.input_shapes[0][-1]
        kernel, bias = _weights(source, (*window.size, channels, multiplier))
        source.expect("groups", 1)
        source.ignore("depthwise_range", "pointwise_range", "kernel_range", "bias_range", "quantization_config")
        source.ignore_training()
        for role in ("depthwise", "pointwise"):
            source.ignore(f"{role}_initializer", f"{role}_regularizer", f"{role}_constraint")
        if source.class_name in _SEPARABLE:
            depthwise = cls(f"{source.name}_depthwise", (name,), kernel, None, window)
            layers: tuple[Layer, ...] = (depthwise, _pointwise(source, depthwise.name, channels * multiplier))
        else:
            layers = (cls(source.name, (name,), kernel, bias, window),)
        filters = source.positive("filters") if source.class_name in _SEPARABLE else channels * multiplier
        after = activation_layers(source, f"{source.name}_activation", source.name, filters)
        source.finish()
        return (*layers, *after)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        window, channels = Window.from_hls4ml(node, "filt"), node.number("n_chan")
        node.linear(cls, (*window.size, channels, node.number("n_filt") // channels), window)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        rng = np.random.default_rng(13)
        window = Window((2, 3), (1, 2), (1, 1), (0, 1), (0, 1))
        bias = FixedTensor(rng.integers(-30, 30, 4), 5)
        layer = cls("y", ("x",), FixedTensor(rng.integers(-8, 8, (2, 3, 2, 2)), 3), bias, window)
        zeros = replace(layer, kernel=FixedTensor(np.zeros((2, 3, 2, 2), np.int64), 3))
        source = Tensor.of_format((3, 4, 2), FixedFormat(True, 1, 3))
        return Example(layer, (source,)), Example(zeros, (source,))

    def channels(self) -> int:
        return int(np.prod(self.kernel.values.shape[-2:]))

    def groups(self) -> int:
        return int(self.kernel.values.shape[-2])

    def by_group(self, kernel: Codes) -> Codes:
        return kernel.reshape(-1, 1, kernel.shape[-2] * kernel.shape[-1])

    def over_outputs(self, channels: Codes) -> Codes:
        return channels.reshape(self.kernel.values.shape[-2:])

    def over_inputs(self, channels: Codes) -> Codes | None:
        return channels[:, np.newaxis] if channels.size == self.groups() else None

    def products_apart(self) -> tuple[Layer, Layer] | None:
        return convolution_apart(self, *self._exact())


def _weights(source: LayerSource, shape: tuple[int, ...]) -> tuple[Parameter, Parameter | None]:
    """Kernel of the given shape, and bias; QKeras may fold a batch normalization into both."""
    kernel, outputs = source.weight("depthwise_kernel", shape), shape[-2] * shape[-1]
    quantizer = source.weight_quantizer("depthwise_quantizer")
    if source.class_name in _SEPARABLE:
        return Parameter(kernel, quantizer), None
    if source.class_name != "QDepthwiseConv2DBatchnorm":
        return Parameter(kernel, quantizer), source.bias_parameter(outputs)
    used = source.flag("use_bias", True)
    inverse, bias = folded_weights(source, source.weight("bias", (outputs,)) if used else np.zeros(outputs, np.float32))
    return (
        Parameter(inverse.reshape(shape[-2:]) * kernel, quantizer),
        Parameter(bias, source.weight_quantizer("bias_quantizer")),
    )


def _pointwise(source: LayerSource, input_name: str, channels: int) -> Conv2D:
    filters, rank = source.positive("filters"), rank_of(source)
    stored = source.weight("pointwise_kernel", (*(1,) * rank, channels, filters))
    kernel = Parameter(stored, source.weight_quantizer("pointwise_quantizer"))
    bias = source.bias_parameter(filters)
    return Conv2D(source.name, (input_name,), kernel, bias, Window.whole((1,) * rank))
