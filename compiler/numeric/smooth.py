"""Transcendental functions of one number, to 60 digits: activations that become tables or thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from bxnn.compiler.numeric.monotone import MonotoneStep, Numbers, Ray

_DIGITS = Context(prec=60, Emax=10**6, Emin=-(10**6))
_SERIES_DIGITS = Context(prec=160)  # for the alternating series of the error function
_FAR = 12  # the error function is 1 to 60 digits beyond this
_TINY = Decimal(10) ** -58  # minimum distance to 1 of a function that approaches it
_TABLE_ENTRIES = 1 << 15  # values that are kept
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")
# Source: G. Klambauer et al., "Self-Normalizing Neural Networks", NIPS 2017, as Keras and ONNX store them.
_SELU_ALPHA, _SELU_SCALE = Decimal("1.67326324235437728481"), Decimal("1.05070098735548049342")

_Function = Callable[[Decimal], Decimal]


class Curve(Enum):
    """A function, by its name in Keras."""

    SIGMOID = "sigmoid"
    TANH = "tanh"
    ELU = "elu"
    SELU = "selu"
    SOFTPLUS = "softplus"
    EXP = "exp"
    SILU = "silu"
    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    SOFTSIGN = "softsign"
    HARD_SILU = "hard_silu"
    ERF = "erf"

    @property
    def rises(self) -> bool:
        """Whether a larger number never has a smaller result."""
        return self in _INVERSES


@dataclass(frozen=True)
class Smooth(MonotoneStep):
    """A curve at a fraction, exact where the result is a fraction, else to 60 digits.

    Attributes:
        curve: The curve.
        alpha: For ``elu``: minus its limit at the lower end.
    """

    curve: Curve
    alpha: Fraction = Fraction(1)

    @property
    def is_monotone(self) -> bool:
        return self.curve.rises

    def __call__(self, number: Fraction) -> Fraction:
        return _value(self, number)

    def exact(self, number: Fraction) -> Fraction:
        """The value, computed anew."""
        if number == 0 and self.curve in _AT_ZERO:
            return _AT_ZERO[self.curve]
        if self.curve is Curve.ELU and number > 0:
            return number
        with localcontext(_DIGITS):
            result = Fraction(_FORWARD[self.curve](_decimal(number)))
        return result * self.alpha if self.curve is Curve.ELU else result

    def before(self, ray: Ray) -> Numbers:
        if ray.end == _AT_ZERO.get(self.curve):
            return Ray(ray.direction, Fraction(0), ray.open)
        low, high = (-self.alpha, None) if self.curve is Curve.ELU else _LIMITS[self.curve]
        if low is not None and ray.end <= low:
            return ray.direction > 0
        if high is not None and ray.end >= high:
            return ray.direction < 0
        if self.curve is Curve.ELU and ray.end > 0:
            return ray
        end = ray.end / self.alpha if self.curve is Curve.ELU else ray.end
        with localcontext(_DIGITS):
            return Ray(ray.direction, Fraction(_INVERSES[self.curve](_decimal(end))), ray.open)


@lru_cache(maxsize=_TABLE_ENTRIES)
def _value(function: Smooth, number: Fraction) -> Fraction:
    """Values are kept: a table is made once for its range, and once to be written."""
    return function.exact(number)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _sigmoid(x: Decimal) -> Decimal:
    if x > 0:
        small = (-x).exp()
        return 1 - max(small / (1 + small), _TINY)
    large = x.exp()
    return large / (1 + large)


def _tanh(x: Decimal) -> Decimal:
    return 2 * _sigmoid(2 * x) - 1


def _selu(x: Decimal) -> Decimal:
    return _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * (x.exp() - 1))


def _selu_inverse(y: Decimal) -> Decimal:
    return y / _SELU_SCALE if y > 0 else (y / (_SELU_SCALE * _SELU_ALPHA) + 1).ln()


def _softplus(x: Decimal) -> Decimal:
    small = (-abs(x)).exp()
    return max(x, Decimal(0)) + ((1 + small).ln() if small > _TINY else small)


def _erf(x: Decimal) -> Decimal:
    """The error function, which is odd."""
    return _positive_erf(abs(x)).copy_sign(x)


@lru_cache(maxsize=_TABLE_ENTRIES)
def _positive_erf(x: Decimal) -> Decimal:
    """Its series, which loses about ``x**2 / ln 10`` digits."""
    if x > _FAR:
        return 1 - _TINY
    with localcontext(_SERIES_DIGITS):
        square, term, total, n = x * x, x, x, 0
        while abs(term) > Decimal(10) ** -90:
            n += 1
            term *= -square / n
            total += term / (2 * n + 1)
        return total * 2 / _PI.sqrt()


def _gelu(x: Decimal) -> Decimal:
    return x / 2 * (1 + _erf(x / Decimal(2).sqrt()))


def _gelu_tanh(x: Decimal) -> Decimal:
    return x / 2 * (1 + _tanh((2 / _PI).sqrt() * (x + Decimal("0.044715") * x**3)))


def _hard_silu(x: Decimal) -> Decimal:
    return x * min(max(x + 3, Decimal(0)), Decimal(6)) / 6


_FORWARD: Mapping[Curve, _Function] = MappingProxyType(
    {
        Curve.SIGMOID: _sigmoid,
        Curve.TANH: _tanh,
        Curve.ELU: lambda x: x.exp() - 1,  # the lower half, for alpha 1
        Curve.SELU: _selu,
        Curve.SOFTPLUS: _softplus,
        Curve.EXP: Decimal.exp,
        Curve.SILU: lambda x: x * _sigmoid(x),
        Curve.GELU: _gelu,
        Curve.GELU_TANH: _gelu_tanh,
        Curve.SOFTSIGN: lambda x: x / (1 + abs(x)),
        Curve.HARD_SILU: _hard_silu,
        Curve.ERF: _erf,
    }
)
_INVERSES: Mapping[Curve, _Function] = MappingProxyType(
    {
        Curve.SIGMOID: lambda y: (y / (1 - y)).ln(),
        Curve.TANH: lambda y: ((1 + y) / (1 - y)).ln() / 2,
        Curve.ELU: lambda y: (y + 1).ln(),
        Curve.SELU: _selu_inverse,
        Curve.SOFTPLUS: lambda y: y + (1 - (-y).exp()).ln(),
        Curve.EXP: Decimal.ln,
        Curve.SOFTSIGN: lambda y: y / (1 - abs(y)),
    }
)
_AT_ZERO: Mapping[Curve, Fraction] = MappingProxyType(
    {
        Curve.SIGMOID: Fraction(1, 2),
        Curve.EXP: Fraction(1),
        **dict.fromkeys((Curve.TANH, Curve.ELU, Curve.SELU, Curve.SILU, Curve.GELU, Curve.GELU_TANH), Fraction(0)),
        **dict.fromkeys((Curve.SOFTSIGN, Curve.HARD_SILU, Curve.ERF), Fraction(0)),
    }
)
# What a curve approaches and never reaches.
_LIMITS: Mapping[Curve, tuple[Fraction | None, Fraction | None]] = MappingProxyType(
    {
        Curve.SIGMOID: (Fraction(0), Fraction(1)),
        Curve.TANH: (Fraction(-1), Fraction(1)),
        Curve.SELU: (-Fraction(_SELU_ALPHA) * Fraction(_SELU_SCALE), None),
        Curve.SOFTPLUS: (Fraction(0), None),
        Curve.EXP: (Fraction(0), None),
        Curve.SOFTSIGN: (Fraction(-1), Fraction(1)),
    }
)
