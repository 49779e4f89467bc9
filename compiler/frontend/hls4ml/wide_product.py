"""Products of tensors that are wider than the ports of a DSP slice: the sum of the products of their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.operand_parts import bits_with_sign, in_format, operand_parts
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2, signed_bits
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.add import Add
from bxnn.layers.multiply import PORTS, Multiply, operand_bits

# Adding a multiple of 2 * 2**W to a code that is rounded in one of these and wraps to W bits changes nothing.
_PERIODIC = (Rounding.TRN, Rounding.RND, Rounding.RND_MIN_INF, Rounding.RND_CONV)


@dataclass(frozen=True)
class Kept:
    """Which bits of a product are needed.

    Attributes:
        top: Those from ``2**top`` on may be any; ``None`` if all are needed.
        fraction_bits: Those below ``2**-fraction_bits`` may be dropped, toward minus infinity; ``None`` if none may.
    """

    top: int | None
    fraction_bits: int | None

    @classmethod
    def by(cls, quantizer: FixedQuantizer, alone: bool) -> Kept:
        """What a conversion needs of a product.

        Args:
            quantizer: The conversion, to a type of hls4ml.
            alone: Whether it reads the product itself, not a sum with others.
        """
        wraps = quantizer.overflow is Overflow.WRAP and quantizer.rounding in _PERIODIC
        result = quantizer.format
        return cls(
            result.bits - result.fraction_bits if wraps else None,
            result.fraction_bits if alone and quantizer.rounding is Rounding.TRN else None,
        )


@dataclass(frozen=True)
class _Result:
    """The bits of a product that are computed: those below ``2**top`` on a grid.

    Attributes:
        top: Above the bits, the sign included.
        fraction_bits: Of the grid.
        signed: Whether products may be negative.
        exact: Whether no product has other bits above.
    """

    top: int
    fraction_bits: int
    signed: bool
    exact: bool

    @property
    def bits(self) -> int:
        """Number of the bits."""
        return self.top + self.fraction_bits

    @property
    def covering(self) -> FixedFormat:
        """The format of exact products; of one bit if they are all 0."""
        return FixedFormat(self.signed or self.bits < 2, self.top - 1, self.fraction_bits)

    def format_on(self, fraction_bits: int) -> FixedFormat:
        """The format of terms on a given grid, if that is coarser."""
        return FixedFormat(True, self.top - 1, min(self.fraction_bits, fraction_bits))


def multiply(node: NodeLayers, names: Sequence[str], kept: Kept) -> str:
    """Append the product of two tensors, element by element; returns the name of the layer that has it.

    Operands that fit the ports of a slice are multiplied as they are. Wider ones are cut, ``x = sum_i x_i 2**low_i``,
    all parts but the highest without a sign, and the products of the parts are added up. Where bits of the sum are
    above those that are needed, all terms are taken modulo a power of two, which wraps the sum in the same way.

    Args:
        node: What layers are appended to.
        names: Names of the layers that have the operands.
        kept: Which bits of the product are needed. It has them all unless that would be too wide for an integer of
            the compiler, or take more logic.

    Raises:
        ModelError: If the bits that are needed are too many.
    """
    operands = [node.node_tensor(name) for name in names]
    widths = [int(operand_bits(operand).max()) for operand in operands]
    if min(widths) <= PORTS[0] and max(widths) <= PORTS[1]:
        return node.append(Multiply, names).name
    lows = _cuts([bits_with_sign(operand) for operand in operands])
    grid = sum(operand.format.fraction_bits for operand in operands)
    result = _result(operands, grid, kept, min(low for low in (*lows[0], *lows[1]) if low))
    most = MAX_BITS - 1 - ceil_log2(len(lows[0]) * len(lows[1]))
    if result.bits > most:
        raise node.refuse(
            f"multiplies {counted(widths[0], 'bit')} by {counted(widths[1], 'bit')} and needs {result.bits} of their "
            f"bits, more than {most}; quantize its inputs, or give its result a type with TRN and WRAP"
        )
    pairs = [(low, other) for low in lows[0] for other in lows[1] if low + other - grid < result.top]
    first, second = (
        operand_parts(node, node.append, name, own, {pair[place] for pair in pairs})
        for place, (name, own) in enumerate(zip(names, lows, strict=True))
    )
    terms = [_term(node, (first[low], second[other]), grid - low - other, result) for low, other in pairs]
    total = terms[0] if len(terms) == 1 else node.append(Add, terms).name
    if not result.exact:
        return total
    return in_format(node, node.append, total, result.covering)


def _cuts(bits: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where to cut two operands of these bits: the lowest bit of every part, for as few products as possible."""
    choices = [tuple(_lows(own, port) for own, port in zip(bits, ports, strict=True)) for ports in (PORTS, PORTS[::-1])]
    first, second = min(choices, key=lambda lows: len(lows[0]) * len(lows[1]))
    return first, second


def _lows(bits: int, port: int) -> list[int]:
    """Lowest bits of parts: signed ones of a port's width, the lower ones a bit narrower, since they have no sign."""
    return [0, *range(port - 1, bits - 1, port - 1)] if bits > port else [0]


def _result(operands: Sequence[Tensor], grid: int, kept: Kept, lowest: int) -> _Result:
    """The bits to compute.

    Args:
        operands: The operands.
        grid: Fraction bits of their products.
        kept: The bits that are needed.
        lowest: Bits of a product that come from the product of the lowest parts alone, so that they may be dropped
            before the sum.
    """
    (low, high), (other_low, other_high) = ((int(x.low.min()), int(x.high.max())) for x in operands)
    corners = [a * b for a in (low, high) for b in (other_low, other_high)]
    top = signed_bits(min(corners), max(corners)) - grid
    exact = kept.top is None or top <= kept.top
    dropped = 0 if kept.fraction_bits is None else min(max(grid - kept.fraction_bits, 0), lowest)
    needed = top if kept.top is None else min(top, kept.top)
    return _Result(max(needed, 1 - (grid - dropped)), grid - dropped, min(corners) < 0, exact)


def _term(node: NodeLayers, names: Sequence[str], fraction_bits: int, result: _Result) -> str:
    """The product of two parts, in the bits that are computed."""
    return in_format(node, node.append, node.append(Multiply, names).name, result.format_on(fraction_bits))
