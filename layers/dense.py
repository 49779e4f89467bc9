"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from compiler.errors import InternalError, ModelError
from compiler.ir.binding import Binding
from compiler.ir.format import FixedFormat
from compiler.ir.layer import Example, HardwareLayer, Layer, stacked
from compiler.ir.layout import Layout
from compiler.ir.linear import LinearMap
from compiler.ir.linear_constants import linear_constants
from compiler.ir.rounding import Codes
from compiler.ir.source import LayerSource, Parameter
from compiler.ir.tensor import FixedTensor, Int, Tensor
from layers.activation import activation_layer

_MAX_BITS = 62
_LARGEST_SUM = 2.0 ** (_MAX_BITS - 1)


@dataclass(frozen=True, eq=False)
class Dense(HardwareLayer):
    """``y[o] = sum_i kernel[i, o] * x[i] + bias[o]``, exact at full accumulator width.

    Attributes:
        kernel: Shape (inputs, outputs).
        bias: Shape (outputs,), or ``None``.
    """

    kind: ClassVar[str] = "dense"
    keras_classes: ClassVar[tuple[str, ...]] = ("Dense", "QDense")

    kernel: FixedTensor | Parameter
    bias: FixedTensor | Parameter | None

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        shape = source.input_shapes[0]
        if len(shape) != 1:
            raise ModelError(source.subject, f"input of shape {shape} is not supported; flatten it first")
        units = source.positive("units")
        source.expect("lora_rank", None, advice="merge the LoRA weights")
        source.expect("quantization_mode", None, "", advice="quantize with QKeras")
        source.ignore("kernel_range", "bias_range", "lora_alpha", "quantization_config", "gptq_unpacked_column_size")
        ignore_training(source)
        kernel = Parameter(source.weight("kernel", (shape[0], units)), source.weight_quantizer("kernel_quantizer"))
        bias = bias_parameter(source, units)
        dense_name, after = source.name, activation_layer(source, f"{source.name}_activation", source.name)
        source.finish()
        return (cls(dense_name, (name,), kernel, bias), after)

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
        return tuple(found)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        inputs, outputs = self._kernel_shape()
        if tuple(shapes[0]) != (inputs,):
            raise ModelError(self.describe(), f"reads {inputs} elements, its input has shape {tuple(shapes[0])}")
        return (outputs,)

    def quantized(self) -> Dense:
        kernel = self.kernel.quantized() if isinstance(self.kernel, Parameter) else self.kernel
        bias = self.bias.quantized() if isinstance(self.bias, Parameter) else self.bias
        return replace(self, kernel=kernel.reduced(), bias=None if bias is None else bias.reduced())

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        linear = self.linear_map(sources)
        reach = np.maximum(np.abs(sources[0].low), np.abs(sources[0].high)).astype(np.float64)
        largest = np.abs(linear.weights).astype(np.float64) @ reach + np.abs(linear.bias)
        if float(largest.max()) >= _LARGEST_SUM:
            raise self._too_wide()
        low, high = linear.bounds(sources[0].low, sources[0].high)
        return Tensor.of_range(low, high, self._fraction_bits(sources))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        linear, value = self.linear_map(sources), stacked(values)
        return np.asarray(value @ linear.weights.T.astype(value.dtype) + linear.bias.astype(value.dtype))

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        low, high = self.linear_map(sources).partial_sum_bounds(sources[0].low, sources[0].high)
        return max(super().magnitude(sources), int(-low.min()), int(high.max()))

    def linear_map(self, sources: Sequence[Tensor]) -> LinearMap:
        kernel, bias = self._exact()
        fraction_bits = self._fraction_bits(sources)
        try:
            weights = kernel.aligned(fraction_bits - sources[0].format.fraction_bits).codes.T
            bias_codes = np.zeros(weights.shape[0], np.int64) if bias is None else bias.aligned(fraction_bits).codes
        except OverflowError:
            raise self._too_wide() from None
        return LinearMap(np.ascontiguousarray(weights), bias_codes, int(kernel.codes.size))

    def scaled(self, factor: FixedTensor, shift: FixedTensor) -> Dense:
        """This layer followed by ``y * factor + shift`` per output, exactly."""
        kernel, bias = self._exact()
        terms = [shift]
        if bias is not None:
            terms.append(self._product(bias, factor, factor.codes))
        scaled_kernel = self._product(kernel, factor, factor.codes)
        return replace(self, kernel=scaled_kernel.reduced(), bias=self._sum(terms).reduced())

    def reading_scaled(self, factor: FixedTensor, shift: FixedTensor) -> Dense:
        """This layer on inputs ``x * factor + shift`` per input, exactly."""
        kernel, bias = self._exact()
        scaled_kernel = self._product(kernel, factor, factor.codes[:, np.newaxis])
        shifted = self._product(kernel, shift, shift.codes[:, np.newaxis])
        terms = [FixedTensor(row, shifted.fraction_bits) for row in shifted.codes]
        if bias is not None:
            terms.append(bias)
        return replace(self, kernel=scaled_kernel.reduced(), bias=self._sum(terms).reduced())

    def stage(self, layout: Layout, sources: Sequence[Tensor]) -> Binding | None:
        return None

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return linear_constants(self.linear_map(sources), binding)

    def _kernel_shape(self) -> tuple[int, int]:
        array = self.kernel.values
        return int(array.shape[0]), int(array.shape[1])

    def _exact(self) -> tuple[FixedTensor, FixedTensor | None]:
        if isinstance(self.kernel, Parameter) or isinstance(self.bias, Parameter):
            raise InternalError(self.describe(), "used before the pass quantize")
        # A bias of zeros only must not make the grid finer.
        return self.kernel, self.bias if self.bias is not None and self.bias.codes.any() else None

    def _fraction_bits(self, sources: Sequence[Tensor]) -> int:
        """Grid of the sum: that of the products, or the bias's if that is finer."""
        kernel, bias = self._exact()
        products = sources[0].format.fraction_bits + kernel.fraction_bits
        return products if bias is None else max(products, bias.fraction_bits)

    def _product(self, a: FixedTensor, b: FixedTensor, b_codes: Int) -> FixedTensor:
        """``a * b`` element by element, the codes of ``b`` in a shape that broadcasts against ``a``."""
        if a.bits + b.bits > _MAX_BITS:
            raise self._too_wide()
        return FixedTensor(a.codes * b_codes, a.fraction_bits + b.fraction_bits)

    def _sum(self, terms: Sequence[FixedTensor]) -> FixedTensor:
        """The sum of constants of the same shape."""
        fraction_bits = max((term.fraction_bits for term in terms if term.codes.any()), default=0)
        try:
            codes = np.stack([term.aligned(fraction_bits).codes for term in terms])
        except OverflowError:
            raise self._too_wide() from None
        if float(np.abs(codes).astype(np.float64).sum(axis=0).max()) >= _LARGEST_SUM:
            raise self._too_wide()
        return FixedTensor(codes.sum(axis=0), fraction_bits)

    def _too_wide(self) -> ModelError:
        return ModelError(
            self.describe(),
            f"its weights, bias and input together need more than {_MAX_BITS} bits; use coarser quantizers",
        )


def bias_parameter(source: LayerSource, outputs: int) -> Parameter | None:
    """The bias of a Keras layer with ``use_bias``, or ``None``."""
    quantizer = source.weight_quantizer("bias_quantizer")
    if not source.flag("use_bias", True):
        return None
    return Parameter(source.weight("bias", (outputs,)), quantizer)


def ignore_training(source: LayerSource) -> None:
    """Account for the attributes of a layer with weights that matter in training only."""
    for weight in ("kernel", "bias"):
        source.ignore(f"{weight}_initializer", f"{weight}_regularizer", f"{weight}_constraint")
    source.ignore("activity_regularizer")
