"""Sum: the elements along axes of a tensor added up, times a power of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.partial_sums import partial_sum_bits
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.sum_trees import signed_bits_of
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.ir.layer import Example, stacked
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class Sum(HardwareLayer):
    """``y = 2**exponent * sum over axes of x``, exact: the format grows; a pipelined tree of adders per result.

    Attributes:
        axes: The axes summed over, counted from 0 without the batch axis, ascending.
        exponent: Moves the binary point of the result, which takes no hardware.
        keepdims: Whether the axes stay, with one element each.
    """

    kind: ClassVar[str] = "sum"
    takes_output: ClassVar[bool] = True

    axes: tuple[int, ...]
    exponent: int = 0
    keepdims: bool = False

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        return (
            Example(cls("y", ("x",), (0,), -2), (Tensor.of_format((5, 2), signed),)),
            Example(cls("y", ("x",), (0, 2), 0, True), (Tensor.of_format((2, 3, 2), unsigned),)),
            Example(cls("y", ("x",), (1,), 3), (Tensor.of_format((2, 9), signed),)),
            Example(cls("y", ("x",), (1,)), (Tensor.of_format((3, 1), signed),)),
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        shape = shapes[0]
        if not self.axes or self.axes[-1] >= len(shape):
            raise ModelError(self.describe(), f"sums axes {self.axes}, but its input has shape {tuple(shape)}")
        if self.keepdims:
            return tuple(1 if axis in self.axes else size for axis, size in enumerate(shape))
        return tuple(size for axis, size in enumerate(shape) if axis not in self.axes) or (1,)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        source, shape = sources[0], self.output_shape([sources[0].shape])
        terms = source.size // int(np.prod(shape))
        if source.bits + ceil_log2(terms) >= MAX_BITS:
            raise ModelError(self.describe(), f"needs more than {MAX_BITS} bits; quantize its input more coarsely")
        low, high = (codes.sum(axis=self.axes).reshape(shape) for codes in (source.low, source.high))
        return Tensor.of_range(low, high, source.format.fraction_bits - self.exponent)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        shape = self.output_shape([value.shape[1:]])
        return np.asarray(value.sum(axis=tuple(axis + 1 for axis in self.axes)).reshape(len(value), *shape))

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        reach = np.maximum(np.abs(sources[0].low), np.abs(sources[0].high))
        return int(reach.sum(axis=self.axes).max())

    def elements_read(self, read: NDArray[np.bool_], sources: Sequence[Tensor]) -> tuple[NDArray[np.bool_], ...]:
        places = self._places(sources[0].shape)
        found = np.zeros(sources[0].size, np.bool_)
        found[places[read.ravel()]] = True
        return (found.reshape(sources[0].shape),)

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if not layout.is_parallel:
            return None
        result = self.infer(sources)
        terms = sources[0].size // result.size
        stages = pipelining.tree_stages(terms)
        if stages == 0:
            return PipelineStage.wires(layout, Layout.parallel(result.size))
        fabric = Fabric.tree(np.ones((result.size, terms), bool), result.bits, pipelining) + Fabric.registers(stages)
        places = self._places(sources[0].shape)
        leaves = signed_bits_of(sources[0].low.ravel()[places], sources[0].high.ravel()[places])
        logic = TreePaths.of_codes(pipelining.registered_levels(terms), result.bits, leaves)
        return PipelineStage(layout, Layout.parallel(result.size), stages, fabric, logic, pipelining=pipelining)

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """``elements``: the terms of every result, result after result."""
        places = self._places(sources[0].shape)
        return {"elements": places.ravel(), "terms": places.shape[1]}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        """As for VHDL, and ``sum_bits``: of sums on the way, if their format does not hold every term; 0 if it does."""
        found, read = self.vhdl(binding, sources), sources[0].format
        term = FixedFormat(read.signed, read.integer_bits + self.exponent, read.fraction_bits - self.exponent)
        return {**found, "sum_bits": partial_sum_bits([term], found["terms"], self.infer(sources).format)}

    def _places(self, shape: tuple[int, ...]) -> Int:
        """The terms of every result; int64, shape (results, terms)."""
        kept = [axis for axis in range(len(shape)) if axis not in self.axes]
        places = np.arange(int(np.prod(shape))).reshape(shape).transpose(*kept, *self.axes)
        return places.reshape(-1, int(np.prod([shape[axis] for axis in self.axes])))
