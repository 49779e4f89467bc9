"""Transcendental activations of Keras and QKeras, which become tables."""

from __future__ import annotations

from collections.abc import Callable

from bxnn.compiler.frontend.keras.quantizer_spec import Spec
from bxnn.compiler.ir.source import Curved
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.smooth import Curve, Smooth

NAMES = "tanh, elu, selu, swish, gelu, softplus, exponential"
_CURVES = {
    "tanh": Curve.TANH,
    "elu": Curve.ELU,
    "selu": Curve.SELU,
    "swish": Curve.SILU,
    "silu": Curve.SILU,
    "gelu": Curve.GELU,
    "softplus": Curve.SOFTPLUS,
    "exponential": Curve.EXP,
}
# Quantizers of QKeras that are hard by default, and the flag that asks for the true function.
_TRUE = {
    "quantized_tanh": ("use_real_tanh", Curve.TANH),
    "quantized_sigmoid": ("use_real_sigmoid", Curve.SIGMOID),
}


def curved(spec: Spec, rounding: Callable[[Spec], FixedQuantizer]) -> Curved | None:
    """The activation of a spec, if it is a transcendental function.

    Args:
        spec: The specification in the file.
        rounding: The quantizer of a QKeras spec, the same as in its hard form.

    Source: ``quantized_tanh`` and ``quantized_sigmoid`` of QKeras 0.9: the quantizer after ``K.tanh``, ``K.sigmoid``.
    """
    if spec.name in _CURVES and not spec.arguments:
        return Curved(Smooth(_CURVES[spec.name]))
    flag, curve = _TRUE.get(spec.name, ("", None))
    if curve is None or not spec.flag(flag, False):
        return None
    return Curved(Smooth(curve), rounding(spec))
