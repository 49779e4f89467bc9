"""Quantizers of HGQ2: what configuration and variables in the file compute at inference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, FixedPointQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_real
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.compiler.plural import counted

_MOST_BITS = 48  # of one element, and of all elements on their common grid
_NEVER_TRACED = -1000  # integer bits that trace_minmax sets before it sees data are far below
_HARD = {"HardTanhConfig": (1, 0), "HardSigmoidConfig": (1, 1)}  # k0 and i0, which these omit from the file
_TRACE = "run trace_minmax(model, data) before you save it"

# Names of the variables in the order of the file, by type and overflow: integer bits that wrap are not trained.
_ORDERS = {
    ("kbi", True): ("b", "k", "i", "i_decay_speed"),
    ("kif", True): ("f", "k", "i", "i_decay_speed"),
    ("kbi", False): ("b", "i", "k"),
    ("kif", False): ("i", "f", "k"),
}


@dataclass(frozen=True, eq=False)
class QuantizerConfig:
    """The configuration of a quantizer.

    Attributes:
        subject: The layer, for errors.
        role: The attribute, e.g. ``iq_conf``.
        kind: ``kbi``, ``kif`` or ``dummy``, which changes nothing.
        rounding: Applied first.
        overflow: Applied to the rounded code.
        never_wraps: Whether codes are only rounded, like those of weights trained to wrap.
        scale_bits: The values are divided by ``2**scale_bits`` before and multiplied by it after.
        affine: Factor and shift applied after it, or ``None``.
    """

    subject: str
    role: str
    kind: str
    rounding: Rounding = Rounding.RND
    overflow: Overflow = Overflow.SAT
    never_wraps: bool = False
    scale_bits: int = 0
    affine: tuple[float, float] | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the variables in the order of the file."""
        return _ORDERS[self.kind, self.overflow is Overflow.WRAP]

    def error(self, problem: str) -> ModelError:
        """An error about this quantizer."""
        return ModelError(self.subject, f"{self.role}: {problem}")


@dataclass(frozen=True, eq=False)
class HgqQuantizer:
    """A quantizer with its variables; arrays are int64 and of one shape.

    Attributes:
        config: Its modes.
        keep_negative: 1 for two's complement.
        integer_bits: Integer bits without the sign.
        fraction_bits: Fraction bits of the result, less ``scale_bits``.
    """

    config: QuantizerConfig
    keep_negative: Int
    integer_bits: Int
    fraction_bits: Int

    @property
    def bits(self) -> Int:
        """Bits of every element; one of none or less is always zero."""
        return self.keep_negative + self.integer_bits + self.fraction_bits

    def expanded(self, axis: int) -> HgqQuantizer:
        """The quantizer with one more axis of size 1."""
        arrays = (self.keep_negative, self.integer_bits, self.fraction_bits)
        return HgqQuantizer(self.config, *(np.expand_dims(array, axis) for array in arrays))

    def columns(self) -> Int:
        """``fraction_bits``, smallest and largest code of every element, shape (3, ...); zeros where there are no bits.

        Raises:
            ModelError: If elements are too wide, individually or together.
        """
        present = self.bits > 0
        most = int(self.bits.max())
        if most > _MOST_BITS:
            raise self.config.error(f"has a format of {counted(most, 'bit')}; use at most {_MOST_BITS}")
        high = np.left_shift(1, np.where(present, self.integer_bits + self.fraction_bits, 0)) - 1
        low = -self.keep_negative * (high + (self.config.overflow is not Overflow.SAT_SYM))
        fraction_bits = self.fraction_bits - self.config.scale_bits
        if present.any():
            finest, reach = fraction_bits[present].max(), (self.integer_bits + self.config.scale_bits)[present].max()
            if finest + reach > _MOST_BITS:
                wide = f"{counted(int(finest + reach), 'bit')}, from 2**{reach} down to 2**{-finest}"
                raise self.config.error(f"its formats together need {wide}; use at most {_MOST_BITS}")
        return np.where(present, np.stack([fraction_bits, low, high]), 0)

    def activation(self) -> FixedPointQuantizer:
        """The function on codes, for a tensor of the arrays' rank."""
        columns = self.columns()
        wraps = self.config.overflow is Overflow.WRAP
        first = columns.reshape(3, -1)[:, 0].tolist()
        if (columns == np.reshape(first, (3, *[1] * (columns.ndim - 1)))).all() and first[1] != first[2]:
            signed = bool(self.keep_negative.flat[0])
            width = int(self.bits.flat[0])
            number_format = FixedFormat(signed, width - int(signed) - first[0], first[0])
            return FixedQuantizer(number_format, self.config.rounding, self.config.overflow)
        return ElementQuantizer.of_columns(columns, self.config.rounding, wraps)

    def weights(self, values: NDArray[np.float32]) -> FixedTensor:
        """Exact values of a trained tensor after the quantizer, rounded in float32 as HGQ2 does it.

        Raises:
            ModelError: If a value is not finite, or needs more than 62 bits.
        """
        own = self.fraction_bits - self.config.scale_bits
        with np.errstate(over="ignore"):
            scaled = np.ldexp(values, own)
        if not np.isfinite(scaled).all():
            raise self.config.error("its values are not finite")
        rounded = _rounded(scaled, self.config.rounding).astype(np.float64)
        if not self.config.never_wraps:
            _, low, high = self.columns()
            rounded = np.where(self.bits > 0, self._overflowed(rounded, low, high), 0)
        factor, shift = self.config.affine or (1.0, 0.0)
        try:
            return FixedTensor.from_real(np.ldexp(rounded, -own) * factor + shift)
        except OverflowError as error:
            raise self.config.error(f"{error}; use narrower formats") from error

    def _overflowed(self, codes: NDArray[np.float64], low: Int, high: Int) -> NDArray[np.float64]:
        if self.config.overflow is not Overflow.WRAP:
            return np.asarray(np.clip(codes, low, high))
        return np.asarray(np.mod(codes - low, high - low + 1) + low)


def read_config(subject: str, role: str, value: Any) -> QuantizerConfig:
    """The configuration of a quantizer.

    Args:
        subject: The layer, for errors.
        role: The attribute.
        value: Its value in the file; untrusted.

    Raises:
        ModelError: If it is not a quantizer of HGQ2, or one whose results are not exact in fixed point.
    """
    config = value.get("config") if isinstance(value, Mapping) else None
    if not isinstance(config, Mapping):
        raise ModelError(subject, f"{role} {str(value)[:60]!r} is not a quantizer of HGQ2; the model file is damaged")
    kind, plain = str(config.get("q_type")), QuantizerConfig(subject, role, "dummy")
    if kind == "dummy":
        return plain
    if kind not in ("kbi", "kif"):
        raise plain.error(f"q_type {kind!r} is not exact in fixed point; use 'kbi' or 'kif'")
    hard = str(value.get("class_name")) in _HARD
    spelled = str(config.get("overflow_mode", "SAT" if hard else None)).upper()
    rounding = str(config.get("round_mode")).upper().removeprefix("S_")
    if spelled not in Overflow.__members__:
        raise plain.error(f"overflow_mode {spelled!r} is not supported; use WRAP, SAT or SAT_SYM")
    if rounding not in Rounding.__members__:
        raise plain.error(f"round_mode {rounding!r} is not supported; use RND, RND_CONV or TRN")
    overflow = Overflow[spelled]
    trained = overflow is Overflow.WRAP and _flag(plain, config, "is_weight") and _flag(plain, config, "trainable")
    never_wraps = trained and (kind == "kif" or rounding == "RND")
    affine = (0.25, 0.5) if value.get("class_name") == "HardSigmoidConfig" else _affine(plain, config.get("affine"))
    scale_bits = _power_of_two(plain, "scaler", config.get("scaler"))
    return QuantizerConfig(subject, role, kind, Rounding[rounding], overflow, never_wraps, scale_bits, affine)


def read_quantizer(config: QuantizerConfig, arrays: Mapping[str, NDArray[Any]] | None) -> HgqQuantizer:
    """A quantizer with its variables.

    Raises:
        ModelError: If variables are missing, damaged, or were never traced.
    """
    needed = config.order[:3]
    if arrays is None or not set(needed) <= set(arrays):
        raise config.error(f"its variables {', '.join(needed)} are not in the file; the model file is damaged")
    keep = arrays["k"]
    if keep.dtype != np.uint8 or int(keep.max(initial=0)) > 1:
        raise config.error(f"its variable k is of type {keep.dtype}, not 0 and 1 as uint8; the model file is damaged")
    others = {name: _whole(config, name, arrays[name]) for name in needed if name != "k"}
    if len({array.shape for array in (keep, *others.values())}) != 1:
        raise config.error("its variables have different shapes; the model file is damaged")
    if int(others["i"].min(initial=0)) < _NEVER_TRACED:
        raise config.error(f"its integer bits were never traced; {_TRACE}")
    fraction_bits = others["f"] if "f" in others else others["b"] - others["i"]
    return HgqQuantizer(config, keep.astype(np.int64), others["i"], fraction_bits)


def _whole(config: QuantizerConfig, name: str, values: NDArray[Any]) -> Int:
    """Bits, rounded half to even."""
    if values.dtype.kind != "f" or not np.isfinite(values).all():
        raise config.error(f"its variable {name} is not finite floats; the model file is damaged")
    limit = 1e10 if name == "i" else 1e3
    if float(np.abs(values).max(initial=0)) > limit:
        raise config.error(f"its variable {name} is beyond {limit:g}; the model file is damaged")
    return np.asarray(np.rint(values), np.int64)


def _rounded(values: NDArray[np.float32], rounding: Rounding) -> NDArray[np.float32]:
    """Round floats; ``RND`` adds a half in float32, which rounds 0.5 - 2**-25 up."""
    if rounding is Rounding.RND:
        return np.asarray(np.floor(values + np.float32(0.5)))
    return np.asarray(round_real(values, rounding))


def _flag(config: QuantizerConfig, values: Mapping[str, Any], key: str) -> bool:
    value = values.get(key, key == "trainable")
    if not isinstance(value, bool):
        raise config.error(f"{key} {value!r} is not true or false; the model file is damaged")
    return value


def _power_of_two(config: QuantizerConfig, key: str, value: Any) -> int:
    """The exponent of a factor; 0 for none."""
    if value is None:
        return 0
    number = value if type(value) in (int, float) else math.nan
    if not number > 0 or not math.isfinite(number) or math.frexp(number)[0] != 0.5:
        raise config.error(f"{key} {value!r} is not a power of two; use one")
    return math.frexp(number)[1] - 1


def _affine(config: QuantizerConfig, value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(type(x) in (int, float) for x in value):
        raise config.error(f"affine {value!r} is not a factor and a shift; the model file is damaged")
    _power_of_two(config, "affine factor", value[0])
    return float(value[0]), float(value[1])
