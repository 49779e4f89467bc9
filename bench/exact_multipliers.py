"""How wide a multiplier must be that rounds sums to codes exactly as scales of float32 say.

    python -m bench.exact_multipliers [--bits 8 10 12 16]

Sums of 16 products of codes and weights of 8 bits are scaled by ``s_x * s_w / s_y``, three drawn numbers of float32,
and rounded half to even. The narrowest ``(A * M + C) >> S`` that gives the code of every sum is searched for. What
this prints is in docs/model_files.md.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

TERMS, WEIGHT_BITS, DRAWN = 16, 8, 3
HEAD = "| bits of codes | bits of sums | bits of the multiplier | bits of the product |\n|---:|---:|---:|---:|"


@dataclass(frozen=True)
class Width:
    """The narrowest exact multiplier for one drawn scale."""

    sum_bits: int
    factor_bits: int
    product_bits: int


def thresholds(slope: Fraction, most: int) -> list[int]:
    """The least integer that is rounded to each code from ``1 - most`` to ``most``, half to even."""
    found = []
    for code in range(1 - most, most + 1):
        numerator, divisor = (2 * code - 1) * slope.denominator, 2 * slope.numerator
        whole, rest = divmod(numerator, divisor)
        found.append(whole + (1 if rest or code % 2 else 0))
    return found


def narrowest(slope: Fraction, most: int, largest: int) -> Width:
    """The exact multiplier that drops the fewest bits, of sums up to ``largest`` in size."""
    pairs = zip(thresholds(slope, most), range(1 - most, most + 1), strict=True)
    inside = [(first, code) for first, code in pairs if -largest < first <= largest]
    firsts, codes = (np.array(column, object) for column in zip(*inside, strict=True))
    for dropped in range(100):
        nearest = round(slope * 2**dropped)
        for factor in (nearest, nearest - 1, nearest + 1):
            least = max(codes * 2**dropped - firsts * factor)
            if factor > 0 and least < min(codes * 2**dropped - (firsts - 1) * factor):
                bits = (largest.bit_length() + 1, factor.bit_length(), (largest * factor).bit_length() + 1)
                return Width(*bits)
    raise AssertionError(f"no multiplier for {slope}")


def widths(code_bits: int) -> Iterator[Width]:
    """Of drawn scales, for codes of as many bits on both sides."""
    draw = random.Random(code_bits)
    largest = TERMS << code_bits + WEIGHT_BITS - 2 >> 2  # a quarter of what could occur
    most = (1 << code_bits - 1) - 1
    for _ in range(DRAWN):
        scales = [Fraction(float(np.float32(draw.uniform(0.001, 0.01)))) for _ in range(2)]
        result = Fraction(float(np.float32(largest * float(scales[0] * scales[1]) / most)))
        yield narrowest(scales[0] * scales[1] / result, most, largest)


def row(code_bits: int) -> str:
    """A row of the table: from the narrowest to the widest drawn one."""
    found = list(widths(code_bits))
    columns = ([each.factor_bits for each in found], [each.product_bits for each in found])
    ranges = [f"{min(column)} to {max(column)}" for column in columns]
    return f"| {code_bits} | {found[0].sum_bits} | {ranges[0]} | {ranges[1]} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bits", type=int, nargs="+", default=[8, 10, 12, 16], help="of the codes")
    print(HEAD)
    for code_bits in parser.parse_args().bits:
        print(row(code_bits), flush=True)


if __name__ == "__main__":
    main()
