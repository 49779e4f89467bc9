"""Fixed-point number formats."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.plural import counted

_TYPE = re.compile(r"\s*(u?)fixed\s*<\s*(0|[1-9][0-9]*)\s*,\s*(0|-?[1-9][0-9]*)\s*((?:,\s*\w+\s*)*)>\s*")
MAX_BITS = 62  # codes live in int64 and sums of two of them must too


@dataclass(frozen=True)
class FixedFormat:
    """The set of values ``code * 2**-fraction_bits`` with codes of ``bits`` bits.

    The sign bit is not included in ``integer_bits``, so ``quantized_bits(6, 0)`` is
    ``FixedFormat(True, 0, 5)``. Integer and fraction bits may be negative: ``FixedFormat(True, 8, -1)`` has an LSB
    of 2.

    Attributes:
        signed: Whether codes are two's complement.
        integer_bits: Bits left of the binary point, without the sign bit.
        fraction_bits: Bits right of the binary point; the LSB is ``2**-fraction_bits``.

    Source: Xilinx UG1399, "Arbitrary precision fixed-point data types" (``ap_fixed<W, I>`` has ``I`` = integer bits
    including the sign).
    """

    signed: bool
    integer_bits: int
    fraction_bits: int

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            raise ConfigError(f"format with {counted(self.bits, 'bit')}", f"a format has 1 to {MAX_BITS} bits")

    @property
    def bits(self) -> int:
        """Width of a code in bits, including the sign bit."""
        return int(self.signed) + self.integer_bits + self.fraction_bits

    @property
    def low(self) -> int:
        """Smallest code."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """Largest code."""
        return (1 << (self.bits - int(self.signed))) - 1

    @property
    def lsb(self) -> float:
        """Real value of one code step."""
        return 2.0**-self.fraction_bits

    @property
    def by_address(self) -> NDArray[np.int64]:
        """The code of every raw address: in two's complement, so negative codes are the second half."""
        raw = np.arange(1 << self.bits, dtype=np.int64)
        return np.where(raw > self.high, raw - raw.size, raw)

    def __str__(self) -> str:
        """The ap_fixed notation, e.g. ``fixed<8,4>`` or ``ufixed<6,0>``."""
        prefix, integer = ("", self.integer_bits + 1) if self.signed else ("u", self.integer_bits)
        return f"{prefix}fixed<{self.bits},{integer}>"

    @classmethod
    def covering(cls, low: int, high: int, fraction_bits: int) -> FixedFormat:
        """The narrowest format that holds all codes from ``low`` to ``high``."""
        signed = low < 0
        magnitude = signed_bits(int(low), int(high)) - 1
        if not signed:
            magnitude = max(magnitude, 1)
        return cls(signed, magnitude - fraction_bits, fraction_bits)


def parse_type(text: str) -> tuple[FixedFormat, tuple[str, ...]]:
    """Read ``fixed<W,I[,ROUNDING[,OVERFLOW]]>`` or ``ufixed<...>``.

    Returns:
        The format and the mode names that followed it, not yet checked.

    Raises:
        ConfigError: If the text is not such a type.
    """
    match = _TYPE.fullmatch(text)
    if match is None:
        raise ConfigError(f"type {text!r}", "is not fixed<W,I[,ROUNDING[,OVERFLOW]]> or ufixed<...>")
    unsigned, width, integer = match[1] == "u", int(match[2]), int(match[3])
    if not 1 <= width <= MAX_BITS:
        raise ConfigError(f"type {text!r}", f"width {width} is not in 1..{MAX_BITS}")
    modes = tuple(mode.strip() for mode in match[4].split(",") if mode.strip())
    return FixedFormat(not unsigned, integer if unsigned else integer - 1, width - integer), modes
