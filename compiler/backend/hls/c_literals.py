"""Types and integer arrays as C++ text."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.tensor import Int, Tensor

_LINE = 100
_ROM_BITS = (8, 16, 32, 64)


def code_type(tensor: Tensor) -> str:
    """The type of one code of a tensor, e.g. ``ap_uint<6>``."""
    return f"ap_{'' if tensor.format.signed else 'u'}int<{tensor.bits}>"


def rom_type(values: Int) -> str:
    """The narrowest plain signed type for a constant array.

    Plain types have no constructors, so any compiler treats an array of them as a constant; ``ap_int`` would be filled
    in element by element at program start.
    """
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    bits = next(bits for bits in _ROM_BITS if -(1 << (bits - 1)) <= low and high < 1 << (bits - 1))
    return f"int{bits}_t"


def literal(values: NDArray[np.int64], indent: str = "") -> str:
    """A brace-enclosed array; the last axis is broken into lines of at most 100 characters."""
    inner = indent + "    "
    if values.ndim > 1:
        rows = ",\n".join(inner + literal(row, inner) for row in values)
        return f"{{\n{rows}\n{indent}}}"
    return _row(tuple(values.tolist()), "LL" if rom_type(values) == "int64_t" else "", indent)


@lru_cache(maxsize=1024)
def _row(values: tuple[int, ...], suffix: str, indent: str) -> str:
    """One row; those of large matrices of zeros and ones are often equal."""
    inner = indent + "    "
    words = [f"{value}{suffix}" for value in values]
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) + 2 > _LINE:
            lines.append(line)
            line = ""
        line = f"{line}, {word}" if line else word
    lines.append(line)
    if len(lines) == 1:
        return f"{{{line}}}"
    return "{\n" + ",\n".join(inner + text for text in lines) + f"\n{indent}}}"


def pair(sizes: tuple[int, ...], row: int = 1) -> str:
    """Rows and columns of a window; a sequence is an image with one row, for which ``row`` is given."""
    return ", ".join(map(str, sizes if len(sizes) > 1 else (row, *sizes)))


def double_literal(value: float) -> str:
    """An exact double, in hexadecimal."""
    return value.hex()


def float_literal(value: float) -> str:
    """An exact float, in hexadecimal."""
    return f"{value.hex()}f"
