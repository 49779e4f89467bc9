"""What a multiplier of the device can handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bxnn.boards.board import Board
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.tensor import Tensor

WITH_W = ("DSP48E2", "DSP58")  # slices whose adder has a W multiplexer (UG579, AM004)


class TooWideError(ScheduleError):
    """The operands or sums do not fit one DSP slice.

    Attributes:
        needs: What does not fit.
        advice: What to do about it.
    """

    def __init__(self, subject: str, needs: str, advice: str) -> None:
        self.needs, self.advice = needs, advice
        super().__init__(subject, f"{needs}; {advice}, or strategy lut")

    def and_no_adders(self, why: str) -> ScheduleError:
        """The error if strategy lut is impossible as well, because the layer ``why``."""
        return ScheduleError(self.subject, f"{self.needs}, and it {why}; {self.advice}")


@dataclass(frozen=True)
class Multiplier:
    """Port widths of one DSP slice, all signed.

    Attributes:
        name: E.g. ``DSP48E2``.
        wide_bits: Wider multiplier port.
        narrow_bits: Narrower multiplier port.
        accumulator_bits: Post-adder width.
        lut_price: How many LUTs saving one slice may cost; by default the number of LUTs per slice on the VU9P.
        longest_cascade: Slices of the longest cascade, a column of one SLR; by default that of the VU9P.
        instantiated: Whether the VHDL instantiates the slices; else the synthesis tool infers them.

    Source: AMD UG479 (DSP48E1), UG579 (DSP48E2), AM004 (DSP58); the boards' files repeat the numbers.
    """

    name: str
    wide_bits: int
    narrow_bits: int
    accumulator_bits: int
    lut_price: float = 1182240 / 6840
    longest_cascade: int = 120
    instantiated: bool = False

    @classmethod
    def of(cls, board: Board, instantiated: bool = False) -> Self:
        """The slices of a device."""
        return cls(
            board.dsp_type,
            board.operand_a_bits,
            board.operand_b_bits,
            board.accumulator_bits,
            board.lut / board.dsp,
            board.longest_cascade,
            instantiated,
        )

    @property
    def joins(self) -> bool:
        """Whether a slice adds a cascade to its own sum, which it takes at W."""
        return self.instantiated and self.name in WITH_W

    def fits(self, operand_bits: int, weight_bits: int) -> bool:
        """Whether the slice multiplies signed numbers of these widths."""
        narrow, wide = sorted((operand_bits, weight_bits))
        return narrow <= self.narrow_bits and wide <= self.wide_bits

    def check(self, subject: str, operand_bits: int, weight_bits: int, accum_bits: int) -> None:
        """Refuse operands that do not fit the slice.

        Raises:
            TooWideError: Naming the widths.
        """
        if not self.fits(operand_bits, weight_bits):
            raise TooWideError(
                subject,
                f"needs {operand_bits}x{weight_bits}-bit signed products (input x weight), but a {self.name} "
                f"multiplies {self.wide_bits}x{self.narrow_bits} and products are not split over several DSPs",
                "use fewer bits in the input quantizer or the weights",
            )
        if accum_bits > self.accumulator_bits:
            raise TooWideError(
                subject,
                f"needs {accum_bits} accumulator bits, but a {self.name} has {self.accumulator_bits}",
                "use fewer bits",
            )


def operand_bits(source: Tensor) -> int:
    """Width of an input element as a signed DSP operand."""
    return source.bits + int(not source.format.signed)


def accumulator_bits(linear: LinearMap, source: Tensor) -> int:
    """Signed width that holds every partial sum in any order, so that no overflow is possible.

    At least 2, so that even zero weights result in a legal vector.
    """
    low, high = linear.partial_sum_bounds(source.low.ravel(), source.high.ravel())
    return max(2, linear.least_bits, signed_bits(int(low.min()), int(high.max())))
