"""What tables of functions of one code hold."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, round_fraction, sticky
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.lookup import FABRIC_BITS, TABLE_BITS, Lookup

_REACH = 1 << 62  # codes that are equal modulo this wrap to the same, in every format

Rows = Sequence[Sequence[Fraction]]


def check_room(subject: str, bits: int) -> None:
    """Refuse an input that is too long for a table.

    Args:
        subject: The layer, for errors.
        bits: Of the input.

    Raises:
        ModelError: If a table for it would be too large.
    """
    if bits > TABLE_BITS:
        problem = f"needs a table for {counted(bits, 'bit')}, but at most {TABLE_BITS} are supported"
        raise ModelError(subject, f"{problem}; put a quantizer of at most {FABRIC_BITS} bits in front")


def numbers(layer: Layer, source: Tensor, within: bool = False) -> list[Fraction]:
    """What every raw address of a layer's table stands for.

    Args:
        layer: For errors.
        source: What the layer reads.
        within: Whether codes out of its range are replaced by the nearest that is not.

    Raises:
        ModelError: If the table would be too large.
    """
    check_room(layer.describe(), source.bits)
    codes = source.format.by_address
    if within:
        codes = np.clip(codes, source.low.min(), source.high.max())
    unit = Fraction(2) ** source.format.fraction_bits
    return [code / unit for code in codes.tolist()]


def rounded(layer: Layer, rows: Rows, quantizer: FixedQuantizer) -> Lookup:
    """The table of exact results, each rounded once.

    Args:
        layer: The layer that becomes the table.
        rows: Exact results for every address, one row for each channel or one for all.
        quantizer: Rounds them.
    """
    bits = quantizer.format.fraction_bits
    whole = [[round_fraction(value * Fraction(2) ** bits, quantizer.rounding) for value in row] for row in rows]
    wraps = quantizer.overflow is Overflow.WRAP
    codes = np.array([[code % _REACH if wraps else max(min(code, _REACH), -_REACH) for code in row] for row in whole])
    return Lookup(layer.name, layer.inputs, FixedTensor(quantizer.evaluate(codes, bits), bits), quantizer.format)


def between_decisions(layer: Layer, rows: Rows, bits: int) -> Lookup:
    """The table for readers that decide at multiples of ``2**-bits``: numbers on the same side of all of them.

    Args:
        layer: The layer that becomes the table.
        rows: Exact results for every address, one row for each channel or one for all.
        bits: The largest number that any reader needs.
    """
    codes = np.array([[sticky(value, bits) for value in row] for row in rows], np.int64)
    result = FixedFormat.covering(int(codes.min()), int(codes.max()), bits + 1)
    return Lookup(layer.name, layer.inputs, FixedTensor(codes, bits + 1), result)
