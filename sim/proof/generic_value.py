"""Values of generics, in the notation of VHDL and of SystemVerilog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

INTEGER_BITS = 32


@dataclass(frozen=True)
class Bits:
    """A bit vector: the low ``width`` bits of ``value``, in two's complement if that is negative."""

    value: int
    width: int

    @property
    def digits(self) -> str:
        """Its bits, the highest first."""
        return f"{self.value & ((1 << self.width) - 1):0{self.width}b}"

    @classmethod
    def packed(cls, values: Sequence[int], width: int) -> Bits:
        """Elements of ``width`` bits, element 0 in the least significant ones."""
        digits = "".join(cls(value, width).digits for value in reversed(values))
        return cls(int(digits, 2), len(digits))


@dataclass(frozen=True)
class Integers:
    """A vector of integers, by index."""

    values: tuple[int, ...]

    @classmethod
    def of(cls, *values: int) -> Integers:
        """The vector with these elements."""
        return cls(values)


GenericValue = int | str | Bits | Integers  # bool is an int


def to_vhdl(value: GenericValue) -> str:
    """A value as an expression of its VHDL type."""
    if isinstance(value, Bits):
        return f'"{value.digits}"'
    if isinstance(value, Integers):
        return "(" + ", ".join(f"{index} => {element}" for index, element in enumerate(value.values)) + ")"
    return f'"{value}"' if isinstance(value, str) else str(value)


def to_verilog(value: GenericValue) -> str:
    """A value as yosys takes it for a parameter; vectors of integers become 32 bits per element, element 0 lowest."""
    if isinstance(value, Integers):
        return to_verilog(Bits.packed(value.values, INTEGER_BITS))
    if isinstance(value, Bits):
        return f"{value.width}'b{value.digits}"
    return f'"{value}"' if isinstance(value, str) else to_verilog(Bits(int(value), INTEGER_BITS))
