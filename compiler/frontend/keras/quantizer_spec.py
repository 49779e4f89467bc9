"""Quantizers and activations as written in model files: a name with arguments, parsed and never evaluated."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, NoReturn

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.keras_class import class_name_of
from bxnn.compiler.plural import counted

_LONGEST = 1000
_MAX_BITS = 24  # a float32 significand; beyond it QKeras' rounding does nothing
_MAX_INTEGER = 32
_BITS = ("bits", "integer")
_COMMON = ("qnoise_factor", "var_name", "use_ste", "use_variables")
_PO2 = ("elements_per_scale", "min_po2_exponent", "max_po2_exponent")

# Positional parameters of QKeras 0.9 and qkeras-v3, in order.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "quantized_bits": (
        *(*_BITS, "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis"),
        *(*_COMMON, *_PO2, "post_training_scale"),
    ),
    "quantized_linear": (
        *(*_BITS, "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis"),
        *("qnoise_factor", "var_name", "use_variables"),
    ),
    "quantized_relu": (
        *(*_BITS, "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound"),
        *("is_quantized_clip", *_COMMON, "enable_fast_inference"),
    ),
    "quantized_tanh": ("bits", "use_stochastic_rounding", "symmetric", "use_real_tanh"),
    "quantized_sigmoid": ("bits", "symmetric", "use_real_sigmoid", "use_stochastic_rounding"),
    "ternary": ("alpha", "threshold", "use_stochastic_rounding", "number_of_unrolls"),
    "binary": ("use_01", "alpha", "use_stochastic_rounding", "scale_axis", *_PO2, "training"),
}
_MUST_BE_UNSET = ("scale_axis", "post_training_scale", *_PO2)


@dataclass(frozen=True)
class Spec:
    """A quantizer or activation with its arguments.

    Attributes:
        subject: The layer, e.g. ``fc1 (QDense)``.
        role: The attribute, e.g. ``kernel_quantizer``.
        name: Class or function, e.g. ``quantized_bits``.
        arguments: By parameter name; only those given in the file.
    """

    subject: str
    role: str
    name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items() if value is not None)
        return f"{self.name}({shown})"

    def error(self, problem: str) -> ModelError:
        """An error about this attribute of the layer."""
        return ModelError(self.subject, f"{self.role} {problem}")

    def refuse(self, key: str, advice: str) -> NoReturn:
        """Refuse the value of a parameter."""
        raise self.error(f"{self.name}: {key}={self.arguments.get(key)!r} is not supported; {advice}")

    def bits(self) -> tuple[int, int]:
        """``bits`` and ``integer``."""
        bits, integer = self._integer("bits", 8), self._integer("integer", 0)
        if not 1 <= bits <= _MAX_BITS:
            self.refuse("bits", f"use 1 to {_MAX_BITS}, what float32 can hold")
        if abs(integer) > _MAX_INTEGER:
            self.refuse("integer", f"use -{_MAX_INTEGER} to {_MAX_INTEGER}")
        return bits, integer

    def flag(self, key: str, default: bool) -> bool:
        """A boolean parameter; QKeras writes some of them as 0 and 1."""
        value = self.arguments.get(key, default)
        if value is None:
            return default
        if type(value) not in (bool, int) or value not in (0, 1):
            self.refuse(key, "use True or False")
        return bool(value)

    def number(self, key: str, default: float | None) -> float | None:
        """A real parameter, or ``None``."""
        value = self.arguments.get(key, default)
        if value is not None and type(value) not in (int, float):
            self.refuse(key, "use a number")
        return None if value is None else float(value)

    def _integer(self, key: str, default: int) -> int:
        value = self.arguments.get(key, default)
        if type(value) is not int:
            self.refuse(key, "use an integer")
        return int(value)


def parse_spec(subject: str, role: str, value: Any) -> Spec | None:
    """Read a quantizer or activation attribute.

    Args:
        subject: The layer, for error messages.
        role: The attribute, for error messages.
        value: ``None``, a string like ``quantized_bits(6,0,alpha=1)``, or a serialised Keras object;
            untrusted.

    Raises:
        ModelError: If it cannot be read.
    """
    if value is None:
        return None
    if isinstance(value, str):
        name, positional, named = _parse_text(subject, role, value)
    elif isinstance(value, dict):
        name, positional, named = _parse_object(subject, role, value)
    else:
        raise ModelError(subject, f"{role} {value!r} is not a quantizer or activation; the model file is damaged")
    spec = Spec(subject, role, name, named)
    known = PARAMETERS.get(name)
    if known is None:
        return spec
    if len(positional) > len(known):
        raise spec.error(f"{name} is given {counted(len(positional), 'argument')}; it takes at most {len(known)}")
    for key, argument in zip(known, positional, strict=False):
        if key in named:
            raise spec.error(f"{name} is given {key} twice")
        named[key] = argument
    for key in sorted(set(named) - set(known)):
        raise spec.error(f"{name}: parameter {key!r} is unknown; bxnn cannot tell what it does")
    _check_common(spec)
    return spec


def _parse_object(subject: str, role: str, value: dict[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """``{"class_name": ..., "config": ...}`` as name and arguments."""
    if not isinstance(value.get("class_name"), str):
        raise ModelError(subject, f"{role} has no class_name; the model file is damaged")
    name = class_name_of(f"{subject}: {role}", value)
    config = value.get("config", {})
    if name == "function" and isinstance(config, str):  # Keras 3 writes functions like this
        return _parse_text(subject, role, config)
    if config is not None and not isinstance(config, dict):
        raise ModelError(subject, f"{role} {name}: its config is not an object; the model file is damaged")
    return (
        name,
        [],
        {key: argument for key, argument in (config or {}).items() if key not in ("name", "dtype")},
    )


def _parse_text(subject: str, role: str, text: str) -> tuple[str, list[Any], dict[str, Any]]:
    """``name`` or ``name(1, key=2)`` with literal arguments."""
    problem = f"{role} {text[:80]!r} cannot be read; write it like quantized_bits(6,0,alpha=1)"
    if len(text) > _LONGEST:
        raise ModelError(subject, problem)
    try:
        node = ast.parse(text.strip(), mode="eval").body
        if isinstance(node, ast.Name):
            return node.id, [], {}
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            raise ValueError(text)
        positional = [ast.literal_eval(argument) for argument in node.args]
        named = {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in node.keywords}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ModelError(subject, problem) from error
    if len(named) != len(node.keywords) or "" in named:
        raise ModelError(subject, problem)
    return node.func.id, positional, named


def _check_common(spec: Spec) -> None:
    """Parameters that must have their default because the result would not be on a grid."""
    noise = spec.arguments.get("qnoise_factor", 1.0)
    if type(noise) not in (int, float) or noise != 1.0:
        spec.refuse("qnoise_factor", "use 1.0; other values blend in unquantized numbers")
    for key in _MUST_BE_UNSET:
        if spec.arguments.get(key) is not None:
            spec.refuse(key, "leave it out")
