"""Layers that the Keras front end does not support: refused before their calls and attributes are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.bidirectional import BIDIRECTIONAL
from bxnn.compiler.frontend.keras.composed_layers import READERS
from bxnn.compiler.frontend.keras.keras_recurrent import RECURRENT
from bxnn.compiler.ir.registry import keras_layer_types

_OF_TRAINING = ("_initializer", "_regularizer", "_constraint")  # attributes that only training uses


def check_layer(subject: str, kind: str, item: Mapping[str, Any]) -> None:
    """Check that a layer is of a supported class and not quantized by Keras itself.

    Args:
        subject: The layer's name in error messages.
        kind: Its class without the package.
        item: The layer as the file describes it, with a ``config``; untrusted.

    Raises:
        ModelError: If it is not.
    """
    config: Mapping[str, Any] = item["config"]
    if kind in ("TFOpLambda", "TensorFlowOpLayer"):
        called = f"calls the TensorFlow function {str(config.get('function', config.get('node_def')))[:60]!r}"
        raise ModelError(subject, f"{called}, which is not supported; use a Keras layer, such as Add or Reshape")
    known = {*keras_layer_types(), *READERS, *RECURRENT, *BIDIRECTIONAL}
    if kind not in known:
        if str(item.get("module")).startswith("keras.src.ops"):
            problem = "is an operation on tensors, which is not supported; use a Keras layer, such as Add or Reshape"
            raise ModelError(subject, problem)
        raise ModelError(subject, f"layer type is not supported; supported: {', '.join(sorted(known))}")
    _check_dtype(subject, config)
    for key, value in config.items():
        if not key.endswith(_OF_TRAINING):
            _check_finite(subject, key, value)


def _check_dtype(subject: str, config: Mapping[str, Any]) -> None:
    """Refuse what ``Model.quantize`` of Keras 3 has changed."""
    policy = config.get("dtype")
    inner = policy.get("config") if isinstance(policy, Mapping) else None
    if isinstance(inner, Mapping) and inner.get("mode") is not None:
        mode = str(inner.get("mode"))[:40]
        problem = f"was changed by Keras's quantize({mode!r}), whose scales are not powers of two"
        raise ModelError(subject, f"{problem}; train the model with QKeras quantizers instead")


def _check_finite(subject: str, key: str, value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, float) and not math.isfinite(item):
            raise ModelError(subject, f"{key} holds {item}, which is not finite; leave it out, or give a finite number")
        waiting += item.values() if isinstance(item, Mapping) else item if isinstance(item, list) else []
