"""hls4ml's inputs: a port, or two for a type of more bits than a port has."""

from __future__ import annotations

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.wide_value import MOST_BITS, WideValue
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS, FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.plural import counted

INPUTS = "Input", "InputLayer"


def read_input(made: NodeLayers) -> None:
    """Append the input, or two inputs that take the upper and the lower bits of the same values.

    The bits of ``floor(x * 2**fraction_bits)`` below ``2**low`` are that number modulo ``2**low``, and those above are
    ``floor(x * 2**(fraction_bits - low))``: each port converts the value to a type as hls4ml's default, by itself.

    Raises:
        ModelError: If a type of more than 62 bits has other modes than that, or too many bits.
    """
    kind = made.declared_result
    if kind.width <= MAX_BITS:
        Input.from_hls4ml(made)
        return
    if kind.rounding is not Rounding.TRN or kind.overflow is not Overflow.WRAP or kind.width > MOST_BITS:
        problem = f"result {kind.text} has {counted(kind.width, 'bit')}"
        raise made.refuse(f"{problem}; more than {MAX_BITS}, up to {MOST_BITS}, are supported with TRN and WRAP")
    low_bits = kind.width // 2
    grid = kind.fraction_bits - low_bits
    low = FixedQuantizer(FixedFormat(False, -grid, kind.fraction_bits), Rounding.TRN, Overflow.WRAP)
    high = FixedQuantizer(FixedFormat(kind.signed, kind.whole, grid), Rounding.TRN, Overflow.WRAP)
    made.role = "low"
    lower = made.append_beside(Input, (), made.output_shape, low).name
    upper = made.append_as(Input(made.name, (), made.output_shape, high)).name
    made.wide[upper] = WideValue(upper, lower, made.tensors[1], made.tensors[0])
