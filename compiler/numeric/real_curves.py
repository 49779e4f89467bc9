"""Transcendental functions in float64, as the float model computes them; ``smooth.py`` has them exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.smooth import Curve, Smooth

_Reals = NDArray[Any]
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def real_curve(function: Smooth, values: _Reals) -> _Reals:
    """The function of each number."""
    if function.curve is Curve.ELU:
        return _elu(values, float(function.alpha))
    return np.asarray(_CURVES[function.curve](values))


def softmax(values: _Reals) -> _Reals:
    """``exp(x) / sum(exp(x))`` over the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def sigmoid(values: _Reals) -> _Reals:
    """``1 / (1 + exp(-x))``."""
    small = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1, small) / (1 + small))


def _elu(values: _Reals, alpha: float) -> _Reals:
    return np.where(values > 0, values, alpha * np.expm1(np.minimum(values, 0)))


def _gelu(values: _Reals) -> _Reals:
    return np.asarray(values / 2 * (1 + np.vectorize(math.erf, otypes=[float])(values / math.sqrt(2))))


def _gelu_tanh(values: _Reals) -> _Reals:
    return np.asarray(values / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (values + 0.044715 * values**3))))


_CURVES: Mapping[Curve, Callable[[_Reals], _Reals]] = MappingProxyType(
    {
        Curve.SIGMOID: sigmoid,
        Curve.TANH: np.tanh,
        Curve.SELU: lambda values: _SELU_SCALE * _elu(values, _SELU_ALPHA),
        Curve.SOFTPLUS: lambda values: np.logaddexp(values, 0),
        Curve.EXP: np.exp,
        Curve.SILU: lambda values: values * sigmoid(values),
        Curve.GELU: _gelu,
        Curve.GELU_TANH: _gelu_tanh,
        Curve.SOFTSIGN: lambda values: values / (1 + np.abs(values)),
        Curve.HARD_SILU: lambda values: values * np.clip(values + 3, 0, 6) / 6,
        Curve.ERF: np.vectorize(math.erf, otypes=[float]),
    }
)
