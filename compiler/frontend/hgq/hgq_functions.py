"""Functions of one number that HGQ2 tabulates, by the names that Keras gives them.

Source: ``keras.activations`` of Keras 3.15 with default arguments, and a few of ``keras.ops``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

_SELU_SCALE, _SELU_ALPHA = 1.05070098735548, 1.67326324235437

_Function = Callable[[Any], Any]


def _erf(x: Any) -> Any:
    return np.vectorize(math.erf)(x)


def _hard_sigmoid(x: Any) -> Any:
    return np.clip(x / 6 + 0.5, 0, 1)


def _sparse_plus(x: Any) -> Any:
    return np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x))


# Evaluated in double precision and rounded once to single.
FUNCTIONS: Mapping[str, _Function] = MappingProxyType(
    {
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        **dict.fromkeys(("exponential", "exp"), np.exp),
        **dict.fromkeys(("elu", "celu"), lambda x: np.where(x > 0, x, np.expm1(x))),
        "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(x)),
        **dict.fromkeys(("silu", "swish"), lambda x: x / (1 + np.exp(-x))),
        "gelu": lambda x: 0.5 * x * (1 + _erf(x / math.sqrt(2))),
        "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
        "softplus": lambda x: np.log1p(np.exp(x)),
        "softsign": lambda x: x / (1 + np.abs(x)),
        "log_sigmoid": lambda x: -np.log1p(np.exp(-x)),
        "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
        "sparse_plus": _sparse_plus,
        "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
        "hard_sigmoid": _hard_sigmoid,
        **dict.fromkeys(("hard_silu", "hard_swish"), lambda x: x * _hard_sigmoid(x)),
        "hard_tanh": lambda x: np.clip(x, -1, 1),
        "tanh_shrink": lambda x: x - np.tanh(x),
        "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
        "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
        "relu": lambda x: np.maximum(x, 0),
        "relu6": lambda x: np.clip(x, 0, 6),
        "leaky_relu": lambda x: np.where(x < 0, 0.2 * x, x),
        "linear": lambda x: x,
    }
)
# Other functions of keras.ops.
OPERATIONS: Mapping[str, _Function] = MappingProxyType(
    {
        "sin": np.sin,
        "cos": np.cos,
        "arctan": np.arctan,
        "square": np.square,
        **dict.fromkeys(("abs", "absolute"), np.abs),
    }
)
TABULATED: Mapping[str, _Function] = MappingProxyType({**FUNCTIONS, **OPERATIONS})
