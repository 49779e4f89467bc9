"""Integer arrays as VHDL literals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

_DIGITS = 64  # hexadecimal digits on a line


def packed(codes: Int, bits: int) -> int:
    """Codes side by side as one unsigned number, element 0 in the least significant bits."""
    fields = (codes.ravel()[:, np.newaxis] >> np.arange(bits)) & 1
    return int.from_bytes(np.packbits(fields.astype(np.uint8).ravel(), bitorder="little").tobytes(), "little")


def bit_vector(codes: Int, bits: int, indent: str) -> str:
    """One row of codes as sized hexadecimal literals joined by ``&``, most significant first.

    Returns:
        E.g. ``12x"0F3"``; further lines start with ``indent``.
    """
    value, width = packed(codes, bits), int(codes.size) * bits
    pieces = []
    while width > 0:
        size = min(width, 4 * _DIGITS)
        pieces.append(f'{size}x"{value & ((1 << size) - 1):0{ceil_div(size, 4)}X}"')
        value >>= size
        width -= size
    return f"\n{indent}& ".join(reversed(pieces))


def rows(table: Int, bits: int, comments: Sequence[str], indent: str = "    ") -> str:
    """Rows of codes, row 0 in the least significant bits, one comment per row; without the final semicolon."""
    lines = []
    for index in range(len(table) - 1, -1, -1):
        joint = "  " if index == len(table) - 1 else "& "
        lines.append(f"{indent}-- {comments[index]}\n{indent}{joint}{bit_vector(table[index], bits, indent)}")
    return "\n".join(lines)


def integers(values: Int, indent: str = "    ") -> str:
    """An integer_vector aggregate, qualified to keep it compact; a single value needs named association."""
    flat = [str(int(value)) for value in values.ravel()]
    if len(flat) == 1:
        return f"integer_vector'(0 => {flat[0]})"
    lines = [", ".join(flat[start : start + 16]) for start in range(0, len(flat), 16)]
    return "integer_vector'(\n" + ",\n".join(indent + line for line in lines) + ")"


def signed_literal(value: int, bits: int) -> str:
    """A number as a two's complement literal, e.g. ``7x"1F"``."""
    return bit_vector(np.array([value], np.int64), bits, "")
