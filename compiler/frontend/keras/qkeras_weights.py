"""Weight quantizers of QKeras: from trained floats to exact codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.auto_po2 import binary_po2, quantized_bits_po2, ternary_po2
from bxnn.compiler.frontend.keras.qkeras import alpha_of, quantizer_function
from bxnn.compiler.frontend.keras.quantizer_spec import Spec, parse_spec
from bxnn.compiler.ir.advice import give_formats
from bxnn.compiler.ir.source import Reals, WeightQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer, StepFunction
from bxnn.compiler.numeric.reloadable_tensor import CodeRange
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted

_EXACT_BITS, _EXACT_BIAS_BITS = 18, 32
_MAX_UNROLLS = 100
_MUTATED = ("quantized_bits", "quantized_linear", "ternary", "binary")
_RESCALED = ("kernel", "depthwise", "pointwise", "recurrent", "gamma", "variance")


@dataclass(frozen=True)
class ExactWeights:
    """The file has no quantizer: the floats must be short binary fractions as they are.

    Attributes:
        subject: The layer.
        role: Attribute that would hold the quantizer.
    """

    subject: str
    role: str

    def quantize(self, values: Reals) -> FixedTensor:
        weight = self.role.removesuffix("_quantizer")
        part = weight if weight == "bias" else "kernel"
        limit = _EXACT_BIAS_BITS if weight == "bias" else _EXACT_BITS
        try:
            exact = FixedTensor.from_real(values)
            needed = counted(exact.bits, "bit")
        except OverflowError:
            exact, needed = None, "more than 62 bits"
        if exact is None or exact.bits > limit:
            raise ModelError(
                self.subject,
                f"{weight} is not quantized and needs {needed} on one grid, "
                f"but at most {limit} are supported; "
                f"train with a {self.role}, or {give_formats(self.subject.partition(' (')[0], part)}",
            )
        return exact

    def every_code(self) -> None:
        return None

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True)
class FunctionWeights:
    """A quantizer that treats each weight independently.

    Attributes:
        spec: As given in the file.
        function: Maps values to codes.
        exponent: The result is scaled by ``2**exponent``.
    """

    spec: Spec
    function: FixedQuantizer | StepFunction
    exponent: int = 0

    def quantize(self, values: Reals) -> FixedTensor:
        codes = self.function.quantize_real(values)
        return FixedTensor(codes, self.function.format.fraction_bits - self.exponent).reduced()

    def every_code(self) -> CodeRange | None:
        function = self.function
        if not isinstance(function, FixedQuantizer):
            return None
        return CodeRange(function.low, function.high, function.format.fraction_bits - self.exponent)

    def __str__(self) -> str:
        return str(self.spec)


@dataclass(frozen=True)
class AutoPo2Weights:
    """A quantizer with one power-of-two scale per output channel, found by least squares on the weights.

    Attributes:
        spec: As given in the file.
    """

    spec: Spec

    def quantize(self, values: Reals) -> FixedTensor:
        try:
            return self._codes(values)
        except (ArithmeticError, ValueError) as error:
            raise self.spec.error(f"alpha='auto_po2': {error}; retrain with alpha=1") from error

    def every_code(self) -> None:
        return None

    def _codes(self, values: Reals) -> FixedTensor:
        spec = self.spec
        if spec.name == "ternary":
            return ternary_po2(values, int(spec.arguments.get("number_of_unrolls", 5)))
        if spec.name == "binary":
            return binary_po2(values, spec.flag("use_01", False))
        bits, integer = spec.bits()
        return quantized_bits_po2(values, bits, integer, rescaled="post_training_scale" in spec.arguments)

    def __str__(self) -> str:
        return str(self.spec)


def parse_weight_quantizer(subject: str, key: str, value: Any) -> WeightQuantizer:
    """Read the quantizer of a weight.

    QKeras layers replace an ``alpha`` of ``None`` by ``"auto_po2"`` for kernels, but not for biases, whenever a
    layer is created; ``None`` in a model file means the same.

    Args:
        subject: The layer, for error messages.
        key: The attribute, e.g. ``kernel_quantizer``.
        value: The contents of the file; untrusted.

    Raises:
        ModelError: If it is unknown or not exact.
    """
    spec = parse_spec(subject, key, value)
    if spec is None:
        return ExactWeights(subject, key)
    if _is_kernel(key) and spec.name in _MUTATED and spec.arguments.get("alpha") is None:
        spec = replace(spec, arguments={**spec.arguments, "alpha": "auto_po2"})
    alpha = spec.arguments.get("alpha")
    if isinstance(alpha, str):
        return _scaled_by_data(spec, alpha)
    if spec.name != "quantized_bits":
        return FunctionWeights(spec, _per_weight(spec))
    plain = replace(spec, arguments={**spec.arguments, "alpha": None})
    return FunctionWeights(spec, _per_weight(plain), -alpha_of(spec).fraction_bits)


def _is_kernel(key: str) -> bool:
    return any(part in key for part in _RESCALED)


def _per_weight(spec: Spec) -> FixedQuantizer | StepFunction:
    function = quantizer_function(spec)
    assert isinstance(function, FixedQuantizer | StepFunction)
    return function


def _scaled_by_data(spec: Spec, alpha: str) -> WeightQuantizer:
    if alpha == "auto":
        raise spec.error("alpha='auto' is not exact; retrain with alpha=1 or 'auto_po2'")
    if alpha != "auto_po2" or spec.name not in _MUTATED:
        spec.refuse("alpha", "use 1 or 'auto_po2'")
    if spec.name == "quantized_linear":
        spec.refuse("alpha", "use alpha=1, or quantized_bits")
    if spec.name == "quantized_bits" and spec.bits()[0] == 1:
        spec.refuse("bits", "with alpha='auto_po2' it makes every weight zero; use binary()")
    if spec.name == "ternary" and spec.arguments.get("threshold") is not None:
        spec.refuse("threshold", "QKeras does not allow it together with alpha='auto_po2'; leave it out")
    unrolls = spec.arguments.get("number_of_unrolls", 5)
    if type(unrolls) is not int or not 1 <= unrolls <= _MAX_UNROLLS:
        spec.refuse("number_of_unrolls", f"use 1 to {_MAX_UNROLLS}")
    spec.flag("use_01", False)
    return AutoPo2Weights(spec)
