"""Quantizers of the host for inputs whose scale is not a power of two: float32 arithmetic, then fixed point."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes, round_real


class HostOperation(Enum):
    """One operation of float32 arithmetic."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"

    @property
    def inverse(self) -> HostOperation:
        """What undoes it."""
        return _INVERSES[self]


_INVERSES = {
    HostOperation.ADD: HostOperation.SUBTRACT,
    HostOperation.SUBTRACT: HostOperation.ADD,
    HostOperation.MULTIPLY: HostOperation.DIVIDE,
    HostOperation.DIVIDE: HostOperation.MULTIPLY,
}


@dataclass(frozen=True)
class HostStep:
    """``x operation value``, rounded to the type of ``x``.

    Attributes:
        operation: The operation.
        values: Exact values of numbers of that type: one for all elements, or one for each in row-major order.
    """

    operation: HostOperation
    values: tuple[float, ...]

    @property
    def several(self) -> bool:
        """Whether elements have different values."""
        return len(self.values) > 1

    def __call__(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """The results for events of float32 or float64 numbers."""
        values = np.array(self.values, numbers.dtype)
        operand = values[0] if values.size == 1 else values.reshape(numbers.shape[1:])
        if self.operation is HostOperation.ADD:
            return np.asarray(numbers + operand)
        if self.operation is HostOperation.SUBTRACT:
            return np.asarray(numbers - operand)
        if self.operation is HostOperation.MULTIPLY:
            return np.asarray(numbers * operand)
        return np.asarray(numbers / operand)


@dataclass(frozen=True)
class ScaledHostQuantizer:
    """``code = clip(round(steps(x)) - zero_point)``; the model multiplies codes by its scale.

    Attributes:
        steps: In order; the first reads the input.
        zero_point: Subtracted after rounding.
        quantizer: Rounding and bounds of the codes, whose grid is that of the integers.
        double: Whether the arithmetic is float64 instead of float32.

    Source: QONNX ``Quant`` and ONNX ``QuantizeLinear``, which divide by the scale in float32.
    """

    steps: tuple[HostStep, ...]
    zero_point: int
    quantizer: FixedQuantizer
    double: bool = False

    @property
    def format(self) -> FixedFormat:
        """Format of the codes on the port."""
        return self.quantizer.format

    @property
    def low(self) -> int:
        """Smallest code."""
        return self.quantizer.low

    @property
    def high(self) -> int:
        """Largest code."""
        return self.quantizer.high

    def scaled(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """What is rounded, for real values, batch axis first."""
        with np.errstate(over="ignore"):
            numbers = np.asarray(values).astype(np.float64 if self.double else np.float32)
            for step in self.steps:
                numbers = step(numbers)
        return numbers.astype(np.float64)

    def real_values(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        """The real values that codes stand for, batch axis first: all steps undone, in float64."""
        numbers = np.asarray(codes, np.float64) + self.zero_point
        for step in reversed(self.steps):
            numbers = replace(step, operation=step.operation.inverse)(numbers)
        return numbers

    def quantize_real(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Codes of real values, batch axis first."""
        rounded = round_real(self.scaled(values), self.quantizer.rounding) - self.zero_point
        return np.asarray(np.clip(rounded, self.low, self.high), np.int64)

    def quantize_into(self, values: NDArray[Any], dtype: np.dtype[Any]) -> Codes:
        """Like ``quantize_real``, in the type that carries codes."""
        return self.quantize_real(values).astype(dtype)
