"""A factor and a shift per channel, where neither can be folded into a neighbour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.linear_layer import LinearLayer
from bxnn.compiler.ir.layer import Example
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor


@dataclass(frozen=True, eq=False)
class Affine(LinearLayer):
    """``y[..., c] = kernel[c] * x[..., c] + bias[c]`` over the last axis, exact at full accumulator width.

    Attributes:
        kernel: Shape (channels,).
        bias: Shape (channels,), or ``None``.
    """

    kind: ClassVar[str] = "affine"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 2, 3), FixedFormat(False, 1, 4)
        kernel, bias = FixedTensor(np.array([3, -5, 0, 8]), 2), FixedTensor(np.array([-7, 0, 9, 100]), 6)
        return (
            Example(cls("y", ("x",), kernel, bias), (Tensor.of_format((4,), signed),)),
            Example(cls("y", ("x",), kernel, None), (Tensor.of_format((2, 3, 4), unsigned),)),
            Example(cls("y", ("x",), FixedTensor(np.zeros(3, np.int64), 0), None), (Tensor.of_format((3,), signed),)),
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        channels = self.kernel.values.size
        if not shapes[0] or shapes[0][-1] != channels:
            raise ModelError(self.describe(), f"has {channels} channels, but its input has shape {tuple(shapes[0])}")
        return tuple(shapes[0])

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        return Window.pixel(len(sources[0].shape) - 1)

    def sums(self, kernel: Codes, value: Codes) -> Codes:
        return np.asarray(value * kernel)

    def matrix(self, kernel: Int, shape: tuple[int, ...]) -> Int:
        return np.diag(np.resize(kernel, int(np.prod(shape))))

    def macs(self, shape: tuple[int, ...]) -> int:
        return int(np.prod(shape))

    def over_outputs(self, channels: Codes) -> Codes:
        return channels

    def over_inputs(self, channels: Codes) -> Codes | None:
        return channels if channels.size == self.kernel.values.size else None

    def responses(self, products: Codes) -> Codes | None:
        return products[np.newaxis]
