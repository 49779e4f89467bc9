"""How the control of a line buffer or a window is shared out: `bxnn_line_buffer.vhd` and `bxnn_window_former.vhd`."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.numeric.integers import ceil_div

LUT_MEMORY_BITS = 6  # that an AMD RAM32M holds side by side


@dataclass(frozen=True)
class StreamCopies:
    """Rows of words, cut into slices or grouped so that a copy of the control serves few enough bits.

    Attributes:
        slices: Slices of a row.
        copies: Copies of the control for all rows.
    """

    slices: int
    copies: int

    @classmethod
    def of(cls, rows: int, bits: int, most: int, unit: int = 1) -> StreamCopies:
        """The copies of ``rows`` words of ``bits`` bits.

        Args:
            rows: Rows.
            bits: Bits of a word.
            most: Bits that one copy may serve.
            unit: Bits that are not cut apart unless a copy may not even serve as many.
        """
        served = min(max(most, 1), rows * bits)
        each = bits if served >= bits else served if served < unit else served - served % unit
        slices = ceil_div(bits, each)
        together = max(1, served // (slices * each))
        return cls(slices, ceil_div(rows, together) * slices)
