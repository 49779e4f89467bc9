"""Attributes of layers as keys of dictionaries: equal attributes are equal keys."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from bxnn.compiler.ir.layer import Layer


def frozen_layer(layer: Layer) -> Hashable:
    """What a layer computes from its inputs, whatever it and these are called."""
    own = (field.name for field in fields(layer) if field.name not in ("name", "inputs"))
    return type(layer), tuple(frozen_value(getattr(layer, name)) for name in own)


def frozen_value(value: Any) -> Hashable:
    """An attribute with its arrays as bytes."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if is_dataclass(value):
        return type(value), tuple(frozen_value(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple):
        return tuple(frozen_value(item) for item in value)
    found: Hashable = value
    return found
