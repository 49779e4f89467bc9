"""ReLUs with a threshold: an input above it is kept, any other becomes 0."""

from __future__ import annotations

from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add

_STEP_BITS = 31  # of the step, which is an integer of VHDL


def thresholded_relu(node: NodeSource, code: int, fraction_bits: int) -> None:
    """Append ``x > threshold ? x : 0`` for a threshold from 0 up, exactly.

    With the smallest code ``t`` above the threshold, that is the sum of ``max(x, t)`` and of a step from ``-t`` to 0.

    Args:
        node: What layers are appended to.
        code: The threshold's code.
        fraction_bits: Fraction bits of the code.

    Raises:
        ModelError: If the threshold is below 0 or has too many bits, or no input is above it.
    """
    source, own = node.sources[0], node.sources[0].format
    spelled = f"threshold {code * 2.0**-fraction_bits}"
    shift = own.fraction_bits - fraction_bits
    smallest = (code << shift if shift >= 0 else code >> -shift) + 1
    if code < 0:
        raise node.refuse(f"{spelled} is not supported; use 0, which is relu, or more")
    if smallest > int(source.high.max()):
        raise node.refuse(f"{spelled} is above all its inputs, of {own}, so that the result is 0; use a smaller one")
    if smallest >> _STEP_BITS:
        raise node.refuse(f"{spelled} has more than {_STEP_BITS} bits in codes of {own}; give its input a coarser type")
    kept = FixedQuantizer(own, Rounding.TRN, Overflow.SAT, smallest)
    step = StepFunction(
        FixedFormat.covering(-smallest, 0, own.fraction_bits), ((code, fraction_bits),), (True,), -smallest, smallest
    )
    clipped = node.append(ActivationLayer, node.inputs, kept)
    node.append(Add, (clipped.name, node.append(ActivationLayer, node.inputs, step).name))
