"""Parts of the codes of a tensor: ``x = sum_i x_i 2**low_i``, all but the highest without a sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.activation import ActivationLayer

if TYPE_CHECKING:
    from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers

Append = Callable[..., Layer]


def operand_parts(
    node: NodeLayers, append: Append, name: str, lows: Sequence[int], used: set[int] | None = None
) -> dict[int, str]:
    """The layers that have the parts of a tensor, by the lowest bit of each.

    Args:
        node: What layers are appended to.
        append: Its method that does so.
        name: The layer that has the tensor.
        lows: Lowest bits of the parts, from 0 up.
        used: Those of the parts that are wanted; all by default.
    """
    if len(lows) == 1:
        return {0: name}
    operand = node.node_tensor(name)
    bits, found = bits_with_sign(operand), dict[int, str]()
    for low, above in zip(lows, (*lows[1:], bits), strict=True):
        signed, fraction_bits = above == bits and int(operand.low.min()) < 0, operand.format.fraction_bits - low
        whole = (above if above < bits else bits - 1) - low - fraction_bits
        if used is None or low in used:
            found[low] = in_format(node, append, name, FixedFormat(signed, whole, fraction_bits))
    return found


def in_format(node: NodeLayers, append: Append, name: str, number_format: FixedFormat) -> str:
    """The layer that has a tensor in another format, from which the bits above and below are missing."""
    quantizer = FixedQuantizer(number_format, Rounding.TRN, Overflow.WRAP)
    if quantizer.keeps(node.node_tensor(name)):
        return name
    return append(ActivationLayer, (name,), quantizer).name


def bits_with_sign(operand: Tensor) -> int:
    """Bits of all codes of a tensor, as if it had a sign, at least 2."""
    return max(signed_bits(int(operand.low.min()), int(operand.high.max())), 2)
