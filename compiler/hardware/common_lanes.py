"""One quantizer for all elements in hardware: what its identical lanes consist of."""

from __future__ import annotations

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.half_added import HalfAddedQuantizer
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor


def common_lanes(function: FixedQuantizer, source: Tensor, lanes: int) -> Fabric:
    """Registers for the results and for valid, and the logic that rounds and saturates.

    Args:
        function: The function of every lane.
        source: The input tensor.
        lanes: Elements processed at a time.
    """
    bits, grid = function.infer(source).bits, source.format.fraction_bits
    registers = Fabric.registers(lanes * bits + 1)
    dropped = grid - function.format.fraction_bits
    rounded = _rounded_bits(function, source, max(dropped, 0))
    clamped = _clamped_bits(function, source, bits, max(dropped, 0))
    return registers + Fabric(rounded_bits=lanes * rounded, clamped_bits=lanes * clamped)


def _clamped_bits(function: FixedQuantizer, source: Tensor, bits: int, dropped: int) -> int:
    """Bits of a result that saturation may change: synthesis knows the bits of the code, not its range."""
    if function.overflow is Overflow.WRAP:
        return 0
    if function.overflow_behaviour(Tensor.of_format((1,), source.format)) is OverflowBehaviour.PROVEN:
        return 0
    # Clipping at zero alone is done by the reset of the register.
    if function.low == 0 and int(source.high.max()) <= function.high << dropped:
        return 0
    lowest = function.format.low << dropped <= source.format.low and source.format.high <= function.format.high
    same = dropped == 0 and lowest and source.format.signed == function.format.signed and not function.slope_shift
    return 1 if same and function.low == function.format.low + 1 and function.high == function.format.high else bits


def _rounded_bits(function: FixedQuantizer, source: Tensor, dropped: int) -> int:
    """Bits of an adder that rounds; if the input includes half an LSB, only the detection of ties is left."""
    if dropped == 0 or function.rounding is Rounding.TRN:
        return 0
    if isinstance(function, HalfAddedQuantizer):
        return dropped if function.rounding is Rounding.RND_CONV else 0
    return max(source.bits - dropped, 0)
