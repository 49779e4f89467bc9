"""Operations of Keras models that only move elements: slices, reshapes, transpositions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bxnn.compiler.frontend.keras.keras_operation import Operation
from bxnn.compiler.numeric.tensor import Int
from bxnn.layers.gather import Gather
from bxnn.layers.reshape import Reshape


def item(op: Operation) -> None:
    """``x[...]`` with constant bounds; the batch axis is taken whole."""
    shape = op.source.input_shapes[0]
    spec = op.get("slice_spec", op.operands[1] if len(op.operands) > 1 else None)
    parts = [_bounds(op, part) for part in (spec if isinstance(spec, list) else [spec])]
    if parts and parts[0] not in (slice(None), Ellipsis):
        raise op.refuse("slices the batch axis, which is not supported")
    places: Int = np.arange(int(np.prod(shape))).reshape(1, *shape)
    try:
        picked = places[tuple(parts)]
    except IndexError as error:
        raise op.refuse(f"slices what its input of shape {shape} does not have ({error})") from None
    op.add(Gather.of(op.name, op.source.one_input(), picked[0] if picked.ndim > 1 else picked))


def _bounds(op: Operation, part: Any) -> Any:
    if isinstance(part, Mapping) and part.get("class_name") == "__ellipsis__":
        return Ellipsis
    if isinstance(part, Mapping):
        own = part.get("config", part)
        ends = [own.get(key) for key in ("start", "stop", "step")] if isinstance(own, Mapping) else [""]
        ends = list(own.get("value", ends)) if isinstance(own, Mapping) else ends
        if len(ends) == 3 and all(end is None or type(end) is int for end in ends):
            return slice(*ends)
    if type(part) is int or part is None:
        return part
    if part == "...":
        return Ellipsis
    raise op.refuse(f"index {part!r} is not supported")


def reshape(op: Operation) -> None:
    """Another shape, with the batch axis in front."""
    target = op.get("newshape", op.get("shape"))
    if (
        not isinstance(target, list | tuple)
        or not all(type(n) is int for n in target)
        or target[0] not in (-1, 1, None)
    ):
        raise op.refuse(f"shape {target!r} is not supported: the batch must stay the first axis")
    try:
        shape = np.empty(op.source.input_shapes[0], np.bool_).reshape(tuple(target[1:])).shape
    except ValueError as error:
        raise op.refuse(f"shape {target!r} does not fit its input ({error})") from None
    op.add(Reshape(op.name, (op.source.one_input(),), shape))


def _moved(change: Callable[[Operation, Int], Int]) -> Callable[[Operation], None]:
    """What only moves elements: a function of their places, with a batch axis."""

    def read(op: Operation) -> None:
        shape = op.source.input_shapes[0]
        try:
            places = change(op, np.arange(int(np.prod(shape))).reshape(1, *shape))
        except (ValueError, IndexError, TypeError, np.exceptions.AxisError) as error:
            raise op.refuse(f"does not fit its input of shape {shape} ({error})") from None
        if places.shape[:1] != (1,):
            raise op.refuse("moves the batch axis, which is not supported")
        op.add(Gather.of(op.name, op.source.one_input(), places[0]))

    return read


transpose = _moved(lambda op, places: np.transpose(places, op.get("axes", op.get("perm"))))
expand_dims = _moved(lambda op, places: np.expand_dims(places, op.get("axis")))
squeeze = _moved(lambda op, places: np.squeeze(places, _tuple(op.get("axis"))))
swapaxes = _moved(lambda op, places: np.swapaxes(places, _axis(op, "axis1"), _axis(op, "axis2")))
moveaxis = _moved(lambda op, places: np.moveaxis(places, _axis(op, "source"), _axis(op, "destination")))
flip = _moved(lambda op, places: np.flip(places, _axis(op, "axis")))
take = _moved(lambda op, places: np.take(places, _indices(op), _axis(op, "axis")))
repeat = _moved(lambda op, places: np.repeat(places, op.get("repeats"), _axis(op, "axis")))


def _axis(op: Operation, key: str) -> int:
    """One axis other than that of the batch, counted with it."""
    (axis,) = op.axes(op.get(key), len(op.source.input_shapes[0]))
    return axis + 1


def _indices(op: Operation) -> Int:
    """The constant indices of a ``take``."""
    value = op.operands[1] if len(op.operands) > 1 else op.get("indices")
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        value = value["config"].get("value")
    indices = np.asarray(value)
    if indices.dtype.kind not in "iu":
        raise op.refuse("has indices that are not constant integers, which is not supported")
    return indices.astype(np.int64)


def _tuple(axes: Any) -> Any:
    return tuple(axes) if isinstance(axes, list) else axes
