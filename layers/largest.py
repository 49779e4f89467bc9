"""The largest element along some axes, as layers that exist."""

from __future__ import annotations

import math
from collections.abc import Callable

from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.layers.gather import Gather
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape


def largest(
    read: str,
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    named: Callable[[str], str],
    add: Callable[[Layer], str],
) -> str:
    """Append layers that give every position the largest element along axes; returns the name of the last.

    Args:
        read: The tensor.
        shape: Its shape, without the batch axis.
        axes: Of ``shape``, ascending.
        named: A name for a part.
        add: Appends a layer and returns its name.
    """
    kept = tuple(axis for axis in range(len(shape)) if axis not in axes)
    pixels, channels = (math.prod(shape[axis] for axis in part) for part in (axes, kept))
    if channels > 1 and (*axes, *kept) != tuple(range(len(shape))):
        read = add(Permute(named("max_in"), (read,), (*axes, *kept)))
    rows = add(Reshape(named("max_rows"), (read,), (pixels, channels)))
    most = add(MaxPool2D(named("max"), (rows,), Window.whole((pixels,)), False))
    one = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return add(Gather.broadcast(named("max_wide"), most, one, shape))
