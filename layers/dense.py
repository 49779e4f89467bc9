"""Fully connected layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.linear_layer import LinearLayer
from bxnn.compiler.hardware.single_products import single_products
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource, Parameter, Reals
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import activation_layers
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.reshape import Reshape

_LARGEST_IMAGE = 2  # dimensions that a convolution slides over


@dataclass(frozen=True, eq=False)
class Dense(LinearLayer):
    """``y[o] = sum_i kernel[i, o] * x[i] + bias[o]``, exact at full accumulator width.

    Attributes:
        kernel: Shape (inputs, outputs).
        bias: Shape (outputs,), or ``None``.
    """

    kind: ClassVar[str] = "dense"
    keras_classes: ClassVar[tuple[str, ...]] = ("Dense", "QDense")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Dense",)

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        shape = source.input_shapes[0]
        units = source.positive("units")
        source.expect("lora_rank", None, advice="merge the LoRA weights")
        source.expect("quantization_mode", None, "", advice="quantize with QKeras")
        source.ignore("kernel_range", "bias_range", "lora_alpha", "quantization_config", "gptq_unpacked_column_size")
        source.ignore_training()
        kernel = Parameter(source.weight("kernel", (shape[-1], units)), source.weight_quantizer("kernel_quantizer"))
        bias = source.bias_parameter(units)
        after = activation_layers(source, f"{source.name}_activation", source.name, units)
        source.finish()
        if len(shape) == 1:
            return (cls(source.name, (name,), kernel, bias), *after)
        return (*_at_every_position(source, kernel, bias, units), *after)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        node.linear(cls, (node.number("n_in"), node.number("n_out")))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        rng = np.random.default_rng(7)
        signed, unsigned = FixedFormat(True, 2, 3), FixedFormat(False, 0, 4)
        shapes = [(1, 1, signed), (5, 3, signed), (4, 9, unsigned), (9, 2, unsigned), (13, 11, signed)]
        found = []
        for inputs, outputs, number_format in shapes:
            codes = rng.integers(-8, 8, (inputs, outputs))
            codes[rng.random(codes.shape) < 0.3] = 0
            bias = FixedTensor(rng.integers(-99, 99, outputs), 5)
            layer = cls("y", ("x",), FixedTensor(codes, 3), bias if outputs != 3 else None)
            found.append(Example(layer, (Tensor.of_format((inputs,), number_format),)))
        zeros = FixedTensor(np.zeros((3, 2), np.int64), 3)
        for offset in (FixedTensor(np.array([5, -9]), 2), None):
            found.append(Example(cls("y", ("x",), zeros, offset), (Tensor.of_format((3,), signed),)))
        return tuple(found)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        inputs, outputs = self.kernel.values.shape
        if tuple(shapes[0]) != (inputs,):
            raise ModelError(
                self.describe(), f"reads {counted(inputs, 'element')}, but its input has shape {tuple(shapes[0])}"
            )
        return (outputs,)

    def sums(self, kernel: Codes, value: Codes) -> Codes:
        return value @ kernel

    def matrix(self, kernel: Int, shape: tuple[int, ...]) -> Int:
        return kernel.T

    def factors(self, value: Reals) -> Reals | None:
        return value[np.newaxis]

    def macs(self, shape: tuple[int, ...]) -> int:
        return int(self.kernel.values.size)

    def over_outputs(self, channels: Codes) -> Codes:
        return channels

    def over_inputs(self, channels: Codes) -> Codes | None:
        return channels[:, np.newaxis] if channels.size == len(self.kernel.values) else None

    def responses(self, products: Codes) -> Codes | None:
        return products

    def products_apart(self) -> tuple[Layer, Layer] | None:
        kernel, _ = self._exact()
        products, sums = single_products(kernel.codes)
        each = replace(self, kernel=FixedTensor(products, kernel.fraction_bits), bias=None)
        return each, replace(self, kernel=FixedTensor(sums, 0))


def _at_every_position(
    source: LayerSource, kernel: Parameter, bias: Parameter | None, units: int
) -> tuple[HardwareLayer, ...]:
    """The layers for an input with more than one axis: a convolution of kernel size 1, as Keras acts on the last axis.

    Convolutions take images of one or two dimensions; more dimensions are merged into one, which needs only wires.
    """
    *image, channels = source.input_shapes[0]
    rank = len(image) if len(image) <= _LARGEST_IMAGE else 1
    values = kernel.values.reshape((1,) * rank + kernel.values.shape)
    flat, name = source.one_input(), source.name
    if rank == len(image):
        return (Conv2D(name, (flat,), Parameter(values, kernel.quantizer), bias, Window.pixel(rank)),)
    row = Reshape(f"{name}_row", (flat,), (math.prod(image), channels))
    inner = Conv2D(f"{name}_positions", (row.name,), Parameter(values, kernel.quantizer), bias, Window.pixel(rank))
    return row, inner, Reshape(name, (inner.name,), (*image, units))
