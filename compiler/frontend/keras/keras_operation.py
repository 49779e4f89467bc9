"""One operation on tensors of a Keras model while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.layer_parts import LayerParts


@dataclass
class Operation(LayerParts):
    """One operation.

    Attributes:
        operands: Its positional arguments; ``None`` for a tensor.
        attributes: All others; untrusted.
    """

    operands: tuple[Any, ...]
    attributes: Mapping[str, Any]

    def refuse(self, problem: str) -> ModelError:
        """The error for what is not supported."""
        return ModelError(self.subject, f"{problem}; use a Keras layer, such as Add or Reshape")

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(key, default)

    def axes(self, value: Any, rank: int) -> tuple[int, ...]:
        """Axes counted from 0 without the batch axis, from one or several that count it."""
        listed = value if isinstance(value, list | tuple) else [value]
        if not listed or not all(type(axis) is int and -rank <= axis <= rank and axis != 0 for axis in listed):
            raise self.refuse(f"axis {value!r} is not supported: the batch must stay the first axis")
        return tuple(sorted({axis - 1 if axis > 0 else rank + axis for axis in listed}))
