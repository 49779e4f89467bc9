"""The paths through the logic of an activation, by its function."""

from __future__ import annotations

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.pipeline_stage import StageLogic
from bxnn.compiler.hardware.requantize_paths import RequantizePaths
from bxnn.compiler.hardware.threshold_paths import ThresholdPaths
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, StepFunction
from bxnn.compiler.numeric.tensor import Tensor


def activation_paths(function: ElementFunction, source: Tensor, out_bits: int, enabled: int) -> StageLogic:
    """The paths of one lane.

    Args:
        function: The function that it computes.
        source: The input tensor.
        out_bits: Bits of a result.
        enabled: Flip-flops that valid enables at once; 0 if none.

    Raises:
        InternalError: If no hardware computes the function.
    """
    if isinstance(function, FixedQuantizer):
        return RequantizePaths.of(function, source, out_bits, enabled)
    if isinstance(function, StepFunction):
        steps = len(function.integer_thresholds(source.format.fraction_bits))
        return ThresholdPaths(source.bits, steps, enabled)
    raise InternalError("activation", "has a function that no pass has resolved")
