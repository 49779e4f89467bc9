"""A number type of hls4ml, of any width."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.plural import counted

_OVERFLOWS = ("WRAP", "SAT", "SAT_SYM")


@dataclass(frozen=True)
class Hls4mlType:
    """``fixed<W,I>`` or ``ufixed<W,I>`` with its modes.

    Attributes:
        text: As hls4ml spells it.
        signed: Whether it has a sign.
        whole: Bits left of the binary point, without the sign.
        fraction_bits: Bits right of it.
        rounding: What a conversion does to further fraction bits.
        overflow: What a conversion does to larger values.

    Source: ``model/types.py`` of hls4ml 1.3.0; Xilinx UG1399, "Arbitrary precision fixed-point data types".
    """

    text: str
    signed: bool
    whole: int
    fraction_bits: int
    rounding: Rounding
    overflow: Overflow

    @classmethod
    def of(cls, subject: str, role: str, precision: Any) -> Hls4mlType:
        """The type that an hls4ml ``PrecisionType`` is.

        Raises:
            ModelError: If it is neither fixed-point nor integer, or has an ap_fixed mode that bxnn does not support.
        """
        kind = type(precision).__name__
        if kind == "XnorPrecisionType":
            return cls(str(precision), False, 1, 0, Rounding.TRN, Overflow.WRAP)
        if kind not in ("FixedPrecisionType", "IntegerPrecisionType"):
            spelled = "an unspecified type" if kind == "UnspecifiedPrecisionType" else f"{precision} ({kind})"
            advice = "use fixed<W,I>, ufixed<W,I>, int<W> or uint<W>"
            raise ModelError(subject, f"{role} {spelled} is not supported; {advice}")
        overflow, signed = precision.saturation_mode.name, bool(precision.signed)
        if overflow not in _OVERFLOWS:
            raise ModelError(subject, f"{role} {precision}: {overflow} is not supported; use {', '.join(_OVERFLOWS)}")
        if precision.saturation_bits:
            raise ModelError(subject, f"{role} {precision}: saturation bits are not supported; use 0")
        whole, fraction = precision.integer - int(signed), precision.width - precision.integer
        modes = Rounding[precision.rounding_mode.name], Overflow[overflow]
        return cls(str(precision), signed, whole, fraction, *modes)

    @property
    def width(self) -> int:
        """Bits of a code, the sign included."""
        return int(self.signed) + self.whole + self.fraction_bits

    def quantizer(self, subject: str, role: str, grid: int | None = None) -> FixedQuantizer:
        """What a conversion does.

        Args:
            subject: The layer, for error messages.
            role: What the type is for: ``result``, ``accum``, ``weight``, ...
            grid: Fraction bits of the values that are converted, if they fit 62 bits. A wider type then does to them
                what a narrower one does: its further fraction bits are zeros, and no value reaches its further
                integer bits.

        Raises:
            ModelError: If the type is wider than any number here.
        """
        whole, fraction = self.whole, self.fraction_bits
        if grid is not None and self.signed and self.width > MAX_BITS:
            fraction = min(fraction, grid)
            whole = min(whole, MAX_BITS - 1 - fraction)
        try:
            number_format = FixedFormat(self.signed, whole, fraction)
        except ConfigError as error:
            problem = f"{role} {self.text} has {counted(self.width, 'bit')}; {error.problem}"
            raise ModelError(subject, problem) from error
        return FixedQuantizer(number_format, self.rounding, self.overflow)

    def holds(self, low: int, high: int, fraction_bits: int) -> bool:
        """Whether the codes of an interval, of any size, are values within its range; it may round them."""
        reach = Fraction(2) ** (self.whole + fraction_bits)
        return (-reach if self.signed else 0) <= low and high < reach
