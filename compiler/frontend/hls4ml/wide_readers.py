"""Nodes other than linear layers that read wide values."""

from __future__ import annotations

from collections.abc import Callable

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.wide_cast import WideCast
from bxnn.compiler.frontend.hls4ml.wide_value import WideValue
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.layers.activation import ActivationLayer

_RECTIFIERS = "relu", "relu6"


def read_wide(made: NodeLayers, reader: Callable[[NodeLayers], None]) -> bool:
    """Append the layers of a node that reads a wide value, if it is a ReLU with a narrow result or moves elements.

    Args:
        made: The node.
        reader: What appends the layers of such a node for a narrow value.

    Returns:
        Whether anything was appended.
    """
    value = made.wide.get(made.inputs[0]) if made.inputs else None
    if value is None:
        return False
    if made.class_name == "Reshape":
        _both_halves(made, value, reader)
        return True
    if made.class_name == "Activation" and made.word("activation") in _RECTIFIERS:
        return _rectified(made, value, reader)
    return False


def _rectified(made: NodeLayers, value: WideValue, reader: Callable[[NodeLayers], None]) -> bool:
    """A ReLU of what its result depends on: a result that wraps does so after the ReLU, which needs the sign."""
    kind = made.declared_result
    if kind.width > MAX_BITS:
        return False
    name = WideCast(made, value).narrow(kind, keeps_sign=kind.overflow is Overflow.WRAP)
    if name == value.high:  # the bits below change nothing, and this tensor stands for itself
        same = FixedQuantizer(value.high_tensor.format, Rounding.TRN, Overflow.WRAP)
        name = made.append_beside(ActivationLayer, (name,), same).name
    made.inputs, made.sources = (name,), (made.node_tensor(name),)
    reader(made)
    return True


def _both_halves(made: NodeLayers, value: WideValue, reader: Callable[[NodeLayers], None]) -> None:
    """The same for the lower and the upper bits, each in layers without a type."""
    wide, made.wide = made.wide, {}
    name, before = made.name, (made.inputs, made.sources)
    made.name, made.inputs, made.sources = made.fresh(f"{name}_low"), (value.low,), (value.low_tensor,)
    reader(made)
    lower, tensors = list(made.layers), list(made.tensors)
    made.layers.clear()
    made.tensors.clear()
    made.name, (made.inputs, made.sources) = name, before
    reader(made)
    upper = made.layers[-1].name
    wide[upper] = WideValue(upper, lower[-1].name, made.tensors[-1], tensors[-1])
    made.layers[:0], made.tensors[:0] = lower, tensors
    made.wide = wide
