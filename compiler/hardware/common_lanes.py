"""One function for all elements in hardware: what its identical lanes consist of."""

from __future__ import annotations

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.half_added import HalfAddedQuantizer
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor


def common_lanes(function: FixedQuantizer | StepFunction, source: Tensor, lanes: int) -> Fabric:
    """Registers for the results and for valid, and the logic that compares, rounds and saturates.

    Args:
        function: The function of every lane.
        source: The input tensor.
        lanes: Elements processed at a time.
    """
    bits, grid = function.infer(source).bits, source.format.fraction_bits
    registers = Fabric.registers(lanes * bits + 1)
    if isinstance(function, StepFunction):
        steps = sum(threshold != 0 for threshold in function.integer_thresholds(grid))  # at 0 the sign bit decides
        return registers + Fabric(threshold_bits=lanes * steps * source.bits)
    dropped = grid - function.format.fraction_bits
    rounded = _rounded_bits(function, source, max(dropped, 0))
    # Clipping at zero alone is done by the reset of the register.
    at_zero = function.low == 0 and int(source.high.max()) <= function.high << max(dropped, 0)
    clamped = 0 if function.overflow is Overflow.WRAP or at_zero else bits
    return registers + Fabric(rounded_bits=lanes * rounded, clamped_bits=lanes * clamped)


def _rounded_bits(function: FixedQuantizer, source: Tensor, dropped: int) -> int:
    """Bits of an adder that rounds; if the input includes half an LSB, only the detection of ties is left."""
    if dropped == 0 or function.rounding is Rounding.TRN:
        return 0
    if isinstance(function, HalfAddedQuantizer):
        return dropped if function.rounding is Rounding.RND_CONV else 0
    return max(source.bits - dropped, 0)
