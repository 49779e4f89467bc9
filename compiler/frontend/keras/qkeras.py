"""Activations of Keras and QKeras as exact functions on codes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bxnn.compiler.frontend.keras.keras_curves import NAMES, curved
from bxnn.compiler.frontend.keras.quantizer_spec import Spec, parse_spec
from bxnn.compiler.ir.notices import BoundNotInForce
from bxnn.compiler.ir.source import Activation, HalfSum, Sigmoid, Softmax
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted

SUPPORTED = "quantized_bits, quantized_linear, quantized_relu, quantized_tanh, ternary, binary"
_KERAS = f"quantized_sigmoid, linear, relu, relu6, sigmoid, softmax, {NAMES}"
_TERNARY_THRESHOLD = 0.33
_MAX_FRACTION_BITS = 40
ADVICE = {
    "sigmoid": "it is only an activation; use quantized_bits",
    "hard_sigmoid": "use quantized_sigmoid",
    "tanh": "use quantized_bits, which clips too",
    "leaky_relu": "its slope of 0.2 is not exact; use quantized_relu with negative_slope=0.25",
    "quantized_sigmoid": "it is only an activation; use quantized_bits",
    "bernoulli": "it is random even at inference; use binary()",
    "stochastic_ternary": "use ternary()",
    "stochastic_binary": "use binary()",
    "quantized_po2": "use quantized_bits",
    "quantized_relu_po2": "use quantized_relu",
}


def parse_activation(subject: str, key: str, value: Any) -> Activation:
    """Read an activation attribute.

    Args:
        subject: The layer, for error messages.
        key: The attribute, for error messages.
        value: The contents of the file; untrusted.

    Returns:
        ``None`` for a linear activation.

    Raises:
        ModelError: If it is unknown or not exact.
    """
    spec = parse_spec(subject, key, value)
    if spec is None:
        return None
    if spec.name in ("linear", "relu", "relu6", "sigmoid", "softmax"):
        if spec.arguments:
            raise spec.error(f"{spec.name} with arguments is not supported; use a separate layer")
        plain: dict[str, Activation] = {
            "relu": Rectifier(),
            "relu6": Rectifier(None, (6, 0)),
            "sigmoid": Sigmoid(),
            "softmax": Softmax(),
        }
        return plain.get(spec.name)
    if (curve := curved(spec, _real)) is not None:
        return curve
    if isinstance(spec.arguments.get("alpha"), str):
        raise spec.error(f"alpha={spec.arguments['alpha']!r} depends on the data; retrain with alpha=1")
    return HalfSum(_quantized_sigmoid(spec)) if spec.name == "quantized_sigmoid" else quantizer_function(spec)


def _real(spec: Spec) -> FixedQuantizer:
    """The rounding after the true tanh or sigmoid of QKeras, the same as after the hard one."""
    return _quantized_tanh(spec, True) if spec.name == "quantized_tanh" else _quantized_sigmoid(spec, True)


def quantizer_function(spec: Spec) -> ElementFunction:
    """The exact function of a quantizer whose scale does not depend on data.

    Raises:
        ModelError: If it is unknown or not exact.
    """
    if spec.name == "quantized_bits":
        return _quantized_bits(spec)
    if spec.name == "quantized_linear":
        return _quantized_linear(spec)
    if spec.name == "quantized_relu":
        return _quantized_relu(spec)
    if spec.name == "quantized_tanh":
        return _quantized_tanh(spec)
    if spec.name == "ternary":
        return _ternary(spec)
    if spec.name == "binary":
        return _binary(spec)
    advice = ADVICE.get(spec.name, f"use one of {SUPPORTED}" + ("" if "quantizer" in spec.role else f", {_KERAS}"))
    raise spec.error(f"{spec.name} is not supported; {advice}")


def alpha_of(spec: Spec, default: float = 1.0) -> FixedTensor:
    """A numeric ``alpha``, exactly.

    Raises:
        ModelError: If it is not a power of two (products in float32 are then not exact).
    """
    alpha = spec.number("alpha", None)
    value = default if alpha is None else alpha
    if value <= 0 or math.frexp(value)[0] != 0.5 or abs(math.log2(value)) > _MAX_FRACTION_BITS:
        raise spec.error(
            f"alpha={spec.arguments['alpha']!r} is not exact; retrain with alpha=1 or another power of two"
        )
    return FixedTensor.from_real(np.asarray(value))


def _quantized_bits(spec: Spec) -> ElementFunction:
    """Source: ``quantized_bits.__call__`` of QKeras 0.9 with numeric alpha."""
    bits, integer = spec.bits()
    keep_negative, symmetric = spec.flag("keep_negative", True), spec.flag("symmetric", False)
    scale = alpha_of(spec)
    if bits == 1 and keep_negative:
        return _sign(scale)
    if scale.values != 1:
        spec.refuse("alpha", "use alpha=1 for activations and set integer instead")
    return _grid(bits, integer, keep_negative, symmetric)


def _quantized_linear(spec: Spec) -> ElementFunction:
    """Source: ``quantized_linear.__call__`` of qkeras-v3 1.2; numeric alpha scales the grid itself.

    With one bit it is ``round(clip(x / s, -0.5, 0.5) - 0.5) + 0.5``; float32 rounds ``t - 0.5`` to -0.5,
    whose even neighbour is 0, for every ``t`` from ``-2**-25`` on.
    """
    bits, integer = spec.bits()
    keep_negative, symmetric = spec.flag("keep_negative", True), spec.flag("symmetric", True)
    exponent = -alpha_of(spec).reduced().fraction_bits
    if bits == 1 and keep_negative:
        fraction_bits = 1 - integer - exponent
        threshold = (-1, 25 - integer - exponent)
        return StepFunction(FixedFormat(True, 1 - fraction_bits, fraction_bits), (threshold,), (False,), -1, 2)
    return _grid(bits, integer + exponent, keep_negative, symmetric)


def _grid(bits: int, integer: int, keep_negative: bool, symmetric: bool) -> FixedQuantizer:
    overflow = Overflow.SAT_SYM if symmetric and keep_negative else Overflow.SAT
    number_format = FixedFormat(keep_negative, integer, bits - integer - int(keep_negative))
    return FixedQuantizer(number_format, Rounding.RND_CONV, overflow)


def _quantized_relu(spec: Spec) -> ElementFunction:
    """Source: ``quantized_relu.__call__`` of QKeras 0.9 without sigmoid."""
    bits, integer = spec.bits()
    if spec.flag("use_sigmoid", False):
        spec.refuse("use_sigmoid", "the file does not say which sigmoid it means; use 0")
    slope = spec.number("negative_slope", 0.0) or 0.0
    if slope == 0.0:
        number_format = FixedFormat(False, integer, bits - integer)
        high = _upper_bound(spec, number_format)
        return FixedQuantizer(number_format, Rounding.RND_CONV, Overflow.SAT, None, high)
    shift = -math.log2(slope) if slope > 0 else 0.5
    if not shift.is_integer() or shift < 0:
        spec.refuse("negative_slope", "use a power of two up to 1")
    if shift > bits - 1:
        spec.refuse("negative_slope", f"with {counted(bits, 'bit')} use at least {2.0 ** (1 - bits)}, or 0")
    number_format = FixedFormat(True, integer, bits - 1 - integer)
    low = -(1 << (bits - 1 - int(shift)))
    high = _upper_bound(spec, number_format)
    return FixedQuantizer(number_format, Rounding.RND_CONV, Overflow.SAT, low, high, int(shift))


def _quantized_tanh(spec: Spec, real: bool = False) -> FixedQuantizer:
    """``clip(round(clip(x, -1, 1) * m) / m, -1 + symmetric / m, 1 - 1 / m)``, ``m = 2**(bits - 1)``.

    Source: ``quantized_tanh.__call__`` of QKeras 0.9 with the hard sigmoid, its default.
    """
    bits, _ = spec.bits()
    if spec.flag("use_real_tanh", False) and not real:
        spec.refuse("use_real_tanh", "use 0, whose steps are exact")
    return _grid(bits, 0, True, spec.flag("symmetric", False))


def _quantized_sigmoid(spec: Spec, real: bool = False) -> FixedQuantizer:
    """``clip(round(p * m) / m, symmetric / m, 1 - 1 / m)``, ``m = 2**bits``, of ``p = (x + 1) / 2`` cut to 0 ... 1.

    Source: ``quantized_sigmoid.__call__`` of QKeras 0.9 with the hard sigmoid, its default.
    """
    bits, _ = spec.bits()
    if spec.flag("use_real_sigmoid", False) and not real:
        spec.refuse("use_real_sigmoid", "use 0, whose steps are exact")
    low = int(spec.flag("symmetric", False))
    return FixedQuantizer(FixedFormat(False, 0, bits), Rounding.RND_CONV, Overflow.SAT, low or None)


def _upper_bound(spec: Spec, number_format: FixedFormat) -> int | None:
    """The largest code, if ``relu_upper_bound`` applies and is below the format's own."""
    bound = spec.number("relu_upper_bound", None)
    if not bound or spec.flag("is_quantized_clip", True):
        return None
    code = math.ldexp(bound, number_format.fraction_bits)
    if code >= number_format.high:
        return None
    if code < 0 or not code.is_integer():
        spec.refuse("relu_upper_bound", f"use a multiple of {number_format.lsb}")
    return int(code)


def _ternary(spec: Spec) -> StepFunction:
    """``-alpha, 0, alpha`` by ``|x| >= threshold``. Source: ``ternary.__call__`` of QKeras 0.9."""
    threshold = spec.number("threshold", None)
    value = float(np.float32(_TERNARY_THRESHOLD if threshold is None else threshold))
    if not 0 < value < 2.0**31:
        spec.refuse("threshold", "use a positive number")
    try:
        exact = FixedTensor.from_real(np.asarray(value))
    except OverflowError:
        spec.refuse("threshold", "use a positive number")
    if exact.fraction_bits > _MAX_FRACTION_BITS:
        spec.refuse("threshold", "use a larger number")
    code, bits = int(exact.codes), exact.fraction_bits
    fraction_bits = alpha_of(spec).reduced().fraction_bits
    number_format = FixedFormat(True, 1 - fraction_bits, fraction_bits)
    return StepFunction(number_format, ((-code, bits), (code, bits)), (True, False), -1, 1)


def _binary(spec: Spec) -> StepFunction:
    """``+-alpha`` or ``0, alpha`` by sign, zero counting as positive.

    Source: ``binary.__call__`` of QKeras 0.9.
    """
    if not spec.flag("use_01", False):
        return _sign(alpha_of(spec))
    fraction_bits = alpha_of(spec).reduced().fraction_bits
    return StepFunction(FixedFormat(False, 1 - fraction_bits, fraction_bits), ((0, 0),), (False,), 0, 1)


def _sign(scale: FixedTensor) -> StepFunction:
    fraction_bits = scale.reduced().fraction_bits
    return StepFunction(FixedFormat(True, 1 - fraction_bits, fraction_bits), ((0, 0),), (False,), -1, 2)


def reload_notice(subject: str, key: str, value: Any) -> BoundNotInForce | None:
    """What Keras itself loses of an activation between training and file; ``None`` if nothing."""
    spec = parse_spec(subject, key, value) if "quantized_relu" in str(value) else None
    if spec is None or spec.name != "quantized_relu" or "is_quantized_clip" in spec.arguments:
        return None
    if spec.arguments.get("relu_upper_bound") is None:
        return None
    return BoundNotInForce(subject, key, repr(spec.arguments["relu_upper_bound"]))
