"""What all constant linear maps share: exact ranges, the map for the scheduler, scaling."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.errors import FrameTooLargeError, InternalError, TooWideError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.sums_of_products import ends_of_sums, is_shift, magnitude, mapped, plus, varies
from bxnn.compiler.ir.layer import Layer, stacked
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.ir.real_layer import Reads, real_values
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.ir.source import Parameter, Reals, exact_parts
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted

_MAX_BITS = 62
_NO_BIAS = FixedTensor(np.zeros(1, np.int64), 0)
LARGEST_SUM = 2.0 ** (_MAX_BITS - 1)


@dataclass(frozen=True, eq=False)
class LinearLayer(HardwareLayer, Scalable):
    """``y = sums(kernel, x) + bias`` with ``sums`` linear in both, exact at full accumulator width.

    Attributes:
        kernel: The shape depends on the layer type.
        bias: Shape (output channels,), or ``None``; channels are the last axis of the output.
    """

    multiplies: ClassVar[bool] = True
    reads: ClassVar[Reads] = Reads.FEW_BITS

    kernel: FixedTensor | Parameter
    bias: FixedTensor | Parameter | None

    @abstractmethod
    def sums(self, kernel: Codes, value: Codes) -> Codes:
        """The products of kernel codes and input codes, added up; batch axis first, dtype of ``value`` preserved."""

    @abstractmethod
    def matrix(self, kernel: Int, shape: tuple[int, ...]) -> Int:
        """``sums`` as a matrix, shape (outputs, inputs), for inputs of ``shape``."""

    @abstractmethod
    def macs(self, shape: tuple[int, ...]) -> int: ...

    @abstractmethod
    def over_outputs(self, channels: Codes) -> Codes:
        """One number per output channel, shaped to multiply the kernel."""

    def over_inputs(self, channels: Codes) -> Codes | None:
        """One number per input channel, shaped to multiply the kernel; ``None`` if that is not possible."""
        return None

    def responses(self, products: Codes) -> Codes | None:
        """Kernel-shaped products as rows of terms that add up per output channel; ``None`` if position matters."""
        return None

    def dropped_bits(self, sources: Sequence[Tensor]) -> int:
        """Low bits of the map's sums that are not part of the result."""
        return 0

    def quantized(self) -> Self:
        return self.with_constants(exact_parts(self.constants()))

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        sums = self.sums(real_values(self.kernel), stacked(values))
        return np.asarray(sums if self.bias is None else sums + real_values(self.bias))

    def constants(self) -> Mapping[str, Parameter | FixedTensor]:
        """Of a layer with its own weights; an average has none."""
        own: Mapping[str, Parameter | FixedTensor] = {"kernel": self.kernel}
        return own if self.bias is None else {**own, "bias": self.bias}

    def channels(self) -> int:
        return int(self.kernel.values.shape[-1])

    def with_constants(self, constants: Mapping[str, Parameter | FixedTensor]) -> Self:
        return replace(self, **dict[str, Any](constants))

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([sources[0].shape])
        kernel, bias = self._aligned(sources)
        low, high = sources[0].low[np.newaxis], sources[0].high[np.newaxis]
        reach = np.maximum(np.abs(low), np.abs(high)).astype(np.float64)
        largest = self.sums(magnitude(kernel), reach) + magnitude(bias)
        if float(largest.max()) >= LARGEST_SUM:
            raise self._too_wide()
        lowest, highest = ends_of_sums(self.sums, kernel, low, high)
        return Tensor.of_range((lowest + bias.least)[0], (highest + bias.most)[0], self._fraction_bits(sources))

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        kernel, bias = self._codes(sources)
        return np.asarray(self.sums(kernel.astype(value.dtype), value) + bias.astype(value.dtype))

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        """Bound on every partial sum, for any order of the products, with or without the bias."""
        kernel, bias = self._aligned(sources)
        low, high = np.minimum(sources[0].low, 0)[np.newaxis], np.maximum(sources[0].high, 0)[np.newaxis]
        lowest, highest = ends_of_sums(self.sums, kernel, low, high)
        lowest, highest = lowest + np.minimum(bias.least, 0), highest + np.maximum(bias.most, 0)
        return max(super().magnitude(sources), int(-lowest.min()), int(highest.max()))

    def linear_map(self, sources: Sequence[Tensor]) -> LinearMap:
        shape = sources[0].shape
        outputs, inputs = int(np.prod(self.output_shape([shape]))), sources[0].size
        if outputs * inputs > limits.FRAME_CONNECTIONS:
            finding = f"connects {counted(inputs, 'input')} with {counted(outputs, 'output')} at once"
            most = f"at most {limits.FRAME_CONNECTIONS:,} connections are supported"
            raise FrameTooLargeError(self.describe(), self.name, f"{finding}, {most}")
        kernel, bias = self._aligned(sources)
        found = mapped(lambda numbers: self.matrix(numbers, shape), kernel, bias, outputs, self.macs(shape))
        return found.with_constants(sources[0].low.ravel(), sources[0].high.ravel())

    def scaled(self, factor: FixedTensor, shift: FixedTensor) -> Layer | None:
        kernel, bias = self._exact()
        if varies(kernel) or varies(bias):
            return replace(self, kernel=kernel, bias=plus(bias, shift)) if is_shift(factor, shift) else None
        terms = [shift]
        if bias is not None:
            terms.append(self._product(bias, factor, factor.codes))
        return self._with(self._product(kernel, factor, self.over_outputs(factor.codes)), terms)

    def reading_scaled(self, factor: FixedTensor, shift: FixedTensor) -> Layer | None:
        kernel, bias = self._exact()
        factors, shifts = self.over_inputs(factor.codes), self.over_inputs(shift.codes)
        if factors is None or shifts is None or varies(kernel) or varies(bias):
            return None
        terms = [] if bias is None else [bias]
        if shift.codes.any():
            shifted = self._product(kernel, shift, shifts)
            rows = self.responses(shifted.codes)
            if rows is None:
                return None
            terms.extend(FixedTensor(row, shifted.fraction_bits) for row in rows)
        return self._with(self._product(kernel, factor, factors), terms)

    def scaled_reals(self, factor: Reals, shift: Reals) -> Layer | None:
        if not isinstance(self.kernel, Parameter):
            return None
        return self._with_reals(self.kernel.real * self.over_outputs(factor), self._real_bias() * factor + shift)

    def reading_scaled_reals(self, factor: Reals, shift: Reals) -> Layer | None:
        factors, shifts = self.over_inputs(factor), self.over_inputs(shift)
        if not isinstance(self.kernel, Parameter) or factors is None or shifts is None:
            return None
        rows = self.responses(self.kernel.real * shifts)
        if rows is None and shift.any():
            return None
        return self._with_reals(
            self.kernel.real * factors, self._real_bias() + (0 if rows is None else rows.sum(axis=0))
        )

    def _real_bias(self) -> Reals:
        return np.zeros(self.channels()) if self.bias is None else real_values(self.bias)

    def _with_reals(self, kernel: Reals, bias: Reals) -> Layer:
        """The layer with other numbers, which its quantizer has not rounded."""
        assert isinstance(self.kernel, Parameter)
        quantizer = self.kernel.quantizer
        return replace(self, kernel=Parameter(kernel, quantizer), bias=Parameter(bias, quantizer))

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        return None

    def sum_bits(self, sources: Sequence[Tensor]) -> int:
        return self.infer(sources).bits + self.dropped_bits(sources)

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return {**binding.constants(), "dropped_bits": self.dropped_bits(sources)}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``kernel`` in the layer's shape, ``bias`` per output channel, on the grids of the sums; sets in front."""
        channels = self.infer(sources).shape[-1]
        found = [self.of_set(number)._codes(sources) for number in range(self.sets)]
        kernel = np.stack([codes for codes, _ in found])
        bias = np.stack([np.resize(codes, channels) for _, codes in found])
        if self.sets == 1:
            kernel, bias = kernel[0], bias[0]
        return {"kernel": kernel, "bias": bias, "dropped_bits": self.dropped_bits(sources)}

    def _with(self, kernel: FixedTensor, terms: Sequence[FixedTensor]) -> Self:
        """The layer with a new kernel and the sum of ``terms`` as its bias."""
        return replace(self, kernel=kernel.reduced(), bias=self._sum(terms).reduced() if terms else None)

    def _exact(self) -> tuple[FixedTensor, FixedTensor | None]:
        if isinstance(self.kernel, Parameter) or isinstance(self.bias, Parameter):
            raise InternalError(self.describe(), "used before the pass quantize")
        # A bias of all zeros must not make the grid finer.
        return self.kernel, self.bias if self.bias is not None and not self.bias.is_zero else None

    def _codes(self, sources: Sequence[Tensor]) -> tuple[Int, Int]:
        """Codes of kernel and bias on grids that make all terms of a sum multiples of one LSB."""
        kernel, bias = self._aligned(sources)
        return kernel.codes, bias.codes

    def _aligned(self, sources: Sequence[Tensor]) -> tuple[FixedTensor, FixedTensor]:
        """Kernel and bias on these grids."""
        kernel, bias = self._exact()
        fraction_bits = self._fraction_bits(sources)
        try:
            aligned = kernel.aligned(fraction_bits - sources[0].format.fraction_bits)
            return aligned, _NO_BIAS if bias is None else bias.aligned(fraction_bits)
        except OverflowError:
            raise self._too_wide() from None

    def _fraction_bits(self, sources: Sequence[Tensor]) -> int:
        """Grid of the sum: that of the products, or that of the bias if it is finer."""
        kernel, bias = self._exact()
        products = sources[0].format.fraction_bits + kernel.fraction_bits
        return products if bias is None else max(products, bias.fraction_bits)

    def _product(self, a: FixedTensor, b: FixedTensor, b_codes: Int) -> FixedTensor:
        """``a * b`` element by element, with the codes of ``b`` in a shape that broadcasts against ``a``."""
        if a.bits + b.bits > _MAX_BITS:
            raise self._too_wide()
        return FixedTensor(a.codes * b_codes, a.fraction_bits + b.fraction_bits)

    def _sum(self, terms: Sequence[FixedTensor]) -> FixedTensor:
        """The sum of constants of equal shape."""
        fraction_bits = max((term.fraction_bits for term in terms if term.codes.any()), default=0)
        try:
            codes = np.stack([term.aligned(fraction_bits).codes for term in terms])
        except OverflowError:
            raise self._too_wide() from None
        if float(np.abs(codes).astype(np.float64).sum(axis=0).max()) >= LARGEST_SUM:
            raise self._too_wide()
        return FixedTensor(codes.sum(axis=0), fraction_bits)

    def _too_wide(self) -> TooWideError:
        return TooWideError(
            self.describe(),
            f"its weights, bias and input together need more than {_MAX_BITS} bits; "
            f"{self.width_advice() or 'use coarser quantizers'}",
        )
