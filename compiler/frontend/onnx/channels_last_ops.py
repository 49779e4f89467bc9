"""Operations of qonnx on images with channels last: those of ONNX between two transpositions, which cost nothing.

Source: qonnx 1.0, ``custom_op/channels_last/base_wrapped_op.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Constant, HostInput, Value, Wire


def channels_last(read: Callable[[NodeReader], Value], transposed: int) -> Callable[[NodeReader], Value]:
    """The reader of an operation of ONNX for images with channels last.

    Args:
        read: The reader for channels first.
        transposed: Number of inputs that are images or kernels, which have channels last too.
    """

    def read_last(node: NodeReader) -> Value:
        values = [first(value) if place < transposed else value for place, value in enumerate(node.values)]
        inner = replace(node, values=tuple(values))
        found = read(inner)
        node.seen |= inner.seen
        return replace(found, order=np.moveaxis(found.order, 0, -1)) if isinstance(found, Wire | HostInput) else found

    return read_last


def first(value: Value | None) -> Value | None:
    """A tensor with its last axis moved to directly after the batch axis."""
    if isinstance(value, Constant):
        return value.rearranged(lambda array: np.moveaxis(array, -1, 1))
    if isinstance(value, Wire | HostInput):
        return replace(value, order=np.moveaxis(value.order, -1, 0))
    return value
