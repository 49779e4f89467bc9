"""The tables with which hls4ml computes activations: where an element reads, and what is there.

A table of N entries covers an interval; an element reads the entry at ``N / interval * x``, rounded toward zero, and
the first or last one outside. Entries are computed in float32 as in hls4ml's C++, and converted to ``table_t``.

Source: nnet_activation.h of hls4ml 1.3.0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Rounding, round_fraction
from bxnn.compiler.numeric.tensor import Int, Tensor

_Single = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def _exponential(x: _Single) -> _Single:
    """``expf``, which is the exact value rounded once."""
    return np.exp(x.astype(np.float64)).astype(np.float32)


def _sigmoid(x: _Single) -> _Single:
    return (1.0 / (np.float32(1) + _exponential(-x)).astype(np.float64)).astype(np.float32)


def _softplus(x: _Single) -> _Single:
    return np.log(_exponential(x).astype(np.float64) + 1.0).astype(np.float32)


def _softsign(x: _Single) -> _Single:
    return (x / (np.abs(x).astype(np.float64) + 1.0)).astype(np.float32)


def _tanh(x: _Single) -> _Single:
    return np.tanh(x.astype(np.float64)).astype(np.float32)


def _elu(x: _Single) -> _Single:
    return (_exponential(x).astype(np.float64) - 1.0).astype(np.float32)


def _selu(x: _Single) -> _Single:
    below = 1.6732632423543772848170429916717 * (_exponential(x).astype(np.float64) - 1.0)
    return (1.0507009873554804934193349852946 * below).astype(np.float32)


@dataclass(frozen=True)
class ActivationTable:
    """The table of one activation.

    Attributes:
        function: What it holds.
        low: Beginning of its interval.
        high: End of its interval; 0 if a straight line is used from there on.
        slope: Of that line.
    """

    function: Callable[[_Single], _Single]
    low: int
    high: int
    slope: float = 1.0

    @property
    def one_sided(self) -> bool:
        """Whether entries are counted from zero downwards."""
        return self.high == 0

    def address_bits(self, size: int) -> int:
        """Fraction bits of the grid on which entries lie."""
        return ceil_log2(size) - ceil_log2(self.high - self.low)

    def entries(self, size: int) -> _Single:
        """All entries in the order of their indices."""
        index, span = np.arange(size), float(self.high - self.low)
        x = -span * index / size if self.one_sided else span * (index - size / 2) / size
        return self.function(x.astype(np.float32))

    def places(self, source: Tensor, size: int) -> Int:
        """The index that each raw code of a tensor reads, shape (2**bits,)."""
        step = Fraction(2) ** (self.address_bits(size) - source.format.fraction_bits)
        codes = source.format.by_address.tolist()
        steps = np.array([round_fraction(code * step, Rounding.TRN_ZERO) for code in codes], np.int64)
        return np.clip(-steps if self.one_sided else steps + size // 2, 0, size - 1)


TABLES: Mapping[str, ActivationTable] = {
    "sigmoid": ActivationTable(_sigmoid, -8, 8),
    "tanh": ActivationTable(_tanh, -4, 4),
    "softplus": ActivationTable(_softplus, -8, 8),
    "softsign": ActivationTable(_softsign, -8, 8),
    "elu": ActivationTable(_elu, -8, 0),
    "selu": ActivationTable(_selu, -8, 0, 1.0507009873554805),
}
