"""Rows that a file counts as events: ``(batch, rows, features)`` reshaped to ``(batch * rows, features)``.

PyTorch models reshape like this in front of a layer that all rows share, and onnxruntime's preparation of a model
writes such a pair of Reshapes around every matrix product of rank 3. Between the two, the first axis of a tensor here
is that of its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Constant, HostInput, Value, Wire
from bxnn.compiler.numeric.tensor import Int

_Reader = Callable[[NodeReader], Value | tuple[Value, ...]]
_SHAPES = frozenset({"Flatten", "Reshape"})  # which may end the rows, or keep them
_CURVES = {"Celu", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "Selu", "Sigmoid", "Softplus", "Tanh"}
_PIECEWISE = {"Abs", "Clip", "Dropout", "Identity", "LeakyRelu", "Neg", "PRelu", "Relu", "Softsign"}
_OF_TWO = {"Add", "Div", "Max", "Min", "Mul", "Sub"}
_QUANTIZERS = {"BipolarQuant", "Cast", "DequantizeLinear", "IntQuant", "Quant", "QuantizeLinear", "Trunc"}
_EACH_ELEMENT = frozenset(_CURVES | _PIECEWISE | _OF_TWO | _QUANTIZERS)
_LAST_AXIS = frozenset({"Gemm", "MatMul"})
_SECOND_AXIS = frozenset({"BatchNormalization"})  # which is the first of a row


def reads_rows(node: NodeReader) -> bool:
    """Whether the first axis of an input counts rows, not events."""
    return any(isinstance(value, HostInput | Wire) and value.rows for value in node.values)


def read_on_rows(node: NodeReader, read: _Reader) -> Value | tuple[Value, ...]:
    """What a node writes that reads rows.

    Args:
        node: The node.
        read: Reads it as if the rows were an axis of the event.

    Raises:
        ModelError: If it does not treat every row alike.
    """
    operation = node.node.op
    if operation in _SHAPES:
        return read(node)
    alike = all(value is None or isinstance(value, Constant) or value.rows for value in _known(node))
    if not alike or operation not in _EACH_ELEMENT | _LAST_AXIS | _SECOND_AXIS:
        raise node.refuse("reads rows of events that a Reshape made events of; reshape them to (batch, ...) before")
    if operation not in _SECOND_AXIS:
        return _marked(read(node), np.asarray)
    turned = tuple(_turned(value) for value in node.values)
    return _marked(read(replace(node, values=turned)), lambda order: np.moveaxis(order, -1, 0))


def _known(node: NodeReader) -> tuple[Constant | HostInput | Wire | None, ...]:
    """Its inputs."""
    return tuple(None if value is None else node.value(index) for index, value in enumerate(node.values))


def _turned(value: Value | None) -> Value | None:
    """A tensor whose rows are its last axis, so that the channels of each are the first."""
    if isinstance(value, HostInput | Wire):
        return replace(value, order=np.moveaxis(value.order, 0, -1))
    return value


def _marked(found: Value | tuple[Value, ...], turn: Callable[..., Int]) -> Value | tuple[Value, ...]:
    """What was read, as rows again."""
    if isinstance(found, tuple):
        return tuple(_row_value(value, turn) for value in found)
    return _row_value(found, turn)


def _row_value(value: Value, turn: Callable[..., Int]) -> Value:
    return replace(value, order=turn(value.order), rows=True) if isinstance(value, HostInput | Wire) else value
