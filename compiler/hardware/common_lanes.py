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
    added = isinstance(function, HalfAddedQuantizer) and function.rounding is Rounding.RND
    floor = function.rounding is Rounding.TRN or added  # detecting ties to even takes as many LUTs as an adder
    rounded = max(source.bits - dropped, 0) if dropped > 0 and not floor else 0
    # Clipping at zero alone is done by the reset of the register.
    at_zero = function.low == 0 and int(source.high.max()) <= function.high << max(dropped, 0)
    clamped = 0 if function.overflow is Overflow.WRAP or at_zero else bits
    return registers + Fabric(rounded_bits=lanes * rounded, clamped_bits=lanes * clamped)
