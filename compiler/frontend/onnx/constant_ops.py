"""Nodes whose inputs are all known when the file is read: shape arithmetic and computed constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.onnx_tensor import KINDS, StoredTensor
from bxnn.compiler.frontend.onnx.values import Array, Constant, Value

_Function = Callable[..., Array]

_BINARY: Mapping[str, _Function] = MappingProxyType(
    {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Pow": np.power, "Equal": np.equal, "Div": np.divide}
)
_UNARY: Mapping[str, _Function] = MappingProxyType(
    {"Neg": np.negative, "Sqrt": np.sqrt, "Abs": np.abs, "Floor": np.floor, "Ceil": np.ceil, "Exp": np.exp}
)
FOLDED = frozenset((*_BINARY, *_UNARY))


def constant(node: NodeReader) -> Value:
    """``Constant``."""
    for key, kind in (("value_float", "float32"), ("value_floats", "float32"), ("value_int", "int64")):
        if (value := node.get(key)) is not None:
            return Constant(np.array(value, kind), kind=kind)
    if (values := node.get("value_ints")) is not None:
        return Constant(np.array(values, np.int64), kind="int64")
    stored = node.get("value")
    node.finish()
    if not isinstance(stored, StoredTensor):
        raise node.refuse("holds no tensor of numbers; the model file is damaged")
    return Constant(stored.values, kind=stored.kind)


def constant_of_shape(node: NodeReader) -> Value:
    """``ConstantOfShape``."""
    shape, stored = node.integers(0, "shape"), node.get("value")
    node.finish()
    if any(size < 0 for size in shape) or np.prod(np.array(shape, float)) > limits.TENSOR_ELEMENTS:
        raise node.refuse(f"shape {shape} has more than {limits.TENSOR_ELEMENTS} elements")
    if stored is None:
        return Constant(np.zeros(shape, np.float32))
    return Constant(np.full(shape, stored.values.ravel()[0]), kind=stored.kind)


def cast(node: NodeReader) -> Value:
    """``Cast`` of a constant; of the network's data, to the float type that it has already."""
    target = KINDS.get(node.number("to", 1))
    node.expect("saturate", 1, advice="saturate")
    node.finish()
    if target is None:
        raise node.refuse(f"casts to type {node.get('to')!r}; use float32 or integers")
    value = node.value(0)
    if isinstance(value, Constant):
        dtype = target if target.startswith("float") else "bool" if target == "bool" else "int64"
        return Constant(value.values.astype(dtype), kind=target)
    if target != "float32":
        raise node.refuse(f"casts the network's data to {target}; use a quantizer")
    return value


def folded(node: NodeReader) -> Value:
    """A node of ``FOLDED`` on constants, in their type."""
    node.finish()
    arrays = [node.constant(index, "operand").values for index in range(len(node.values))]
    operation = node.node.op
    try:
        function = _BINARY.get(operation) or _UNARY[operation]
        if operation == "Div" and all(array.dtype.kind in "iu" for array in arrays):
            function = np.floor_divide
        with np.errstate(all="ignore"):
            found = np.asarray(function(*arrays))
    except (TypeError, ValueError) as error:
        raise node.refuse(f"cannot be computed ({error}); the model file is damaged") from None
    if found.size > limits.TENSOR_ELEMENTS or (found.dtype.kind == "f" and not np.isfinite(found).all()):
        raise node.refuse("results in numbers that are not finite; the model file is damaged")
    return Constant(found, kind=str(found.dtype))
