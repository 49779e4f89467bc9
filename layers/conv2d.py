"""Convolutions of images, of sequences and of volumes, with or without an internal batch normalization."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from bxnn.compiler.hardware.convolution import Convolution
from bxnn.compiler.hardware.single_products import single_products
from bxnn.compiler.ir.layer import Example, Layer
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource, Parameter, Real
from bxnn.compiler.ir.window import Window, rank_of
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.activation import activation_layers
from bxnn.layers.batchnorm import folded_weights


@dataclass(frozen=True, eq=False)
class Conv2D(Convolution):
    """A filter bank over an image of shape (height, width, channels), a sequence (length, channels), or a volume.

    Attributes:
        kernel: Shape (*window, channels of a group, filters).
        bias: Shape (filters,), or ``None``.
        channel_groups: Groups of channels, each with its own filters.
    """

    kind: ClassVar[str] = "conv2d"
    keras_classes: ClassVar[tuple[str, ...]] = (
        *("Conv1D", "QConv1D", "Conv2D", "QConv2D"),
        *("QConv2DBatchnorm", "Conv3D"),
    )
    hls4ml_classes: ClassVar[tuple[str, ...]] = (
        *("Conv1D", "Conv2D", "Conv2DBatchnorm"),
        *("PointwiseConv1D", "PointwiseConv2D"),
    )

    channel_groups: int = field(default=1)

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        window = Window.from_keras(source, "kernel_size", rank_of(source))
        channels, filters, groups = source.input_shapes[0][-1], source.positive("filters"), _groups(source)
        source.expect("lora_rank", None, advice="merge the LoRA weights")
        source.expect("mask", None, advice="train without a mask, or set the weights outside it to zero")
        source.ignore("kernel_range", "bias_range", "lora_alpha", "quantization_config")
        source.ignore_training()
        if channels % groups or filters % groups:
            raise source.refuse("groups", f"it must divide {channels} channels and {filters} filters")
        stored = source.weight("kernel", (*window.size, channels // groups, filters))
        kernel, bias = (
            _folded(source, stored, filters)
            if source.class_name == "QConv2DBatchnorm"
            else (
                Parameter(stored, source.weight_quantizer("kernel_quantizer")),
                source.bias_parameter(filters),
            )
        )
        after = activation_layers(source, f"{source.name}_activation", source.name, filters)
        source.finish()
        return (cls(source.name, (name,), kernel, bias, window, groups), *after)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        window = Window.from_hls4ml(node, "filt")
        node.linear(cls, (*window.size, node.number("n_chan"), node.number("n_filt")), window)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        rng = np.random.default_rng(11)
        signed, unsigned = FixedFormat(True, 1, 3), FixedFormat(False, 0, 4)
        cases = [  # image, window, filters, groups, format
            ((4, 3, 1), Window((2, 2), (2, 1), (1, 1), (0, 0), (0, 0)), 3, 1, unsigned),
            ((3, 5, 2), Window((3, 3), (2, 2), (1, 1), (1, 1), (1, 1)), 2, 1, signed),
            ((7, 2), Window((3,), (1,), (2,), (4,), (0,)), 2, 2, signed),
            ((3, 2, 3, 1), Window((2, 1, 2), (1, 1, 2), (1, 1, 1), (0, 0, 1), (1, 0, 0)), 2, 1, signed),
        ]
        found = []
        for shape, window, filters, groups, number_format in cases:
            codes = rng.integers(-8, 8, (*window.size, shape[-1] // groups, filters))
            codes[rng.random(codes.shape) < 0.3] = 0
            bias = FixedTensor(rng.integers(-99, 99, filters), 5) if filters == 2 else None
            layer = cls("y", ("x",), FixedTensor(codes, 3), bias, window, groups)
            found.append(Example(layer, (Tensor.of_format(shape, number_format),)))
        zeros = cls("y", ("x",), FixedTensor(np.zeros((1, 2, 3), np.int64), 3), None, Window.pixel(1))
        return (*found, Example(zeros, (Tensor.of_format((4, 2), signed),)))

    def groups(self) -> int:
        return self.channel_groups

    def by_group(self, kernel: Codes) -> Codes:
        return kernel.reshape(-1, *kernel.shape[-2:])

    def over_outputs(self, channels: Codes) -> Codes:
        return channels

    def over_inputs(self, channels: Codes) -> Codes | None:
        used, filters = self.kernel.values.shape[-2:]
        if channels.size != used * self.channel_groups:
            return None
        return np.repeat(channels.reshape(self.channel_groups, used).T, filters // self.channel_groups, axis=1)

    def products_apart(self) -> tuple[Layer, Layer] | None:
        return convolution_apart(self, *self._exact())


def convolution_apart(layer: Convolution, kernel: FixedTensor, bias: FixedTensor | None) -> tuple[Conv2D, Conv2D]:
    """Any convolution as one filter for each of its products, and a convolution of single pixels that adds them up."""
    taps, channels, filters = layer.by_group(kernel.codes).shape
    by_group = layer.by_group(kernel.codes).reshape(taps * channels, layer.groups(), -1)
    apart = [single_products(by_group[:, group]) for group in range(layer.groups())]
    most, rank = max(len(sums) for _, sums in apart), len(layer.window.size)
    each = np.zeros((taps * channels, layer.groups(), most), np.int64)
    added = np.zeros((most, layer.groups(), by_group.shape[2]), np.int64)
    for group, (products, sums) in enumerate(apart):
        each[:, group, : len(sums)], added[: len(sums), group] = products, sums
    filters_of_products = FixedTensor(each.reshape(*layer.window.size, channels, -1), kernel.fraction_bits)
    ones = FixedTensor(added.reshape(*(1,) * rank, most, filters), 0)
    return (
        Conv2D(layer.name, layer.inputs, filters_of_products, None, layer.window, layer.groups()),
        Conv2D(layer.name, layer.inputs, ones, bias, Window.pixel(rank), layer.groups()),
    )


def _groups(source: LayerSource) -> int:
    return 1 if source.get("groups") is None else source.positive("groups")


def _folded(source: LayerSource, kernel: Real, filters: int) -> tuple[Parameter, Parameter]:
    """Kernel and bias of a convolution into which QKeras folds its batch normalization before quantizing."""
    bias = source.weight("bias", (filters,)) if source.flag("use_bias", True) else np.zeros(filters, np.float32)
    inverse, offset = folded_weights(source, bias)
    return (
        Parameter(inverse * kernel, source.weight_quantizer("kernel_quantizer")),
        Parameter(offset, source.weight_quantizer("bias_quantizer")),
    )
