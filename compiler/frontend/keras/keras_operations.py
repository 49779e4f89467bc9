"""Operations on tensors in Keras models: those of ``keras.ops``, and the TensorFlow functions of older files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bxnn.compiler.frontend.keras.einsum import multiplied, read_equation
from bxnn.compiler.frontend.keras.keras_moves import (
    expand_dims,
    flip,
    item,
    moveaxis,
    repeat,
    reshape,
    squeeze,
    swapaxes,
    take,
    transpose,
)
from bxnn.compiler.frontend.keras.keras_operation import Operation
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Real
from bxnn.compiler.numeric.elementwise import Rectifier
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.maximum import Maximum
from bxnn.layers.minimum import Minimum
from bxnn.layers.multiply import Multiply
from bxnn.layers.subtract import Subtract
from bxnn.layers.sum import Sum

_HALF = 0.5  # the significand of a power of two
_CONSTANT_BITS = 18  # of a number that a tensor is multiplied by


def _pair(make: Callable[[str, tuple[str, ...]], Layer]) -> Callable[[Operation], None]:
    def read(op: Operation) -> None:
        if len(op.source.inputs) != 2:
            raise op.refuse("combines a tensor with a constant, which is not supported")
        op.add(make(op.name, tuple(op.broadcast(op.source.inputs))))

    return read


def _affine(combine: Callable[[Real, Real], tuple[Real, Real]], make: type[Add | Subtract | Multiply]) -> Any:
    """A sum, difference or product of two tensors, or of a tensor and a constant."""

    def read(op: Operation) -> None:
        if len(op.source.inputs) == 2:
            _pair(make)(op)
            return
        known = [np.asarray(value, np.float32) for value in op.operands if value is not None]
        name, shape = op.source.one_input(), op.source.input_shapes[0]
        if len(known) != 1:
            raise op.refuse("has arguments that are not supported")
        sign, first = np.ones(shape[-1], np.float32), op.operands[0] is not None
        constant = np.broadcast_to(known[0].reshape(known[0].shape[-1:] if known[0].ndim else ()), shape[-1:])
        factor, shift = combine(sign, constant)
        if first and make is Subtract:
            factor, shift = -factor, -shift
        codes = [FixedTensor.from_real(np.ascontiguousarray(values)).reduced() for values in (factor, shift)]
        if not np.isfinite(constant).all() or codes[0].bits > _CONSTANT_BITS:
            raise op.refuse(f"multiplies by a constant that has more than {_CONSTANT_BITS} bits")
        op.add(Affine(op.name, (name,), *codes))

    return read


def _sum(op: Operation) -> None:
    name, rank = op.source.one_input(), len(op.source.input_shapes[0])
    op.add(Sum(op.name, (name,), op.axes(op.get("axis"), rank), 0, bool(op.get("keepdims", False))))


def _mean(op: Operation) -> None:
    name, rank = op.source.one_input(), len(op.source.input_shapes[0])
    op.mean(op.name, name, op.axes(op.get("axis"), rank), bool(op.get("keepdims", False)))


def _max(op: Operation) -> None:
    name, rank = op.source.one_input(), len(op.source.input_shapes[0])
    op.largest(op.name, name, op.axes(op.get("axis"), rank), bool(op.get("keepdims", False)))


def _min(op: Operation) -> None:
    name, rank = op.source.one_input(), len(op.source.input_shapes[0])
    axes, keepdims = op.axes(op.get("axis"), rank), bool(op.get("keepdims", False))
    most = op.largest(op.named("most"), _opposite(op, op.named("opposite"), name), axes, keepdims)
    _opposite(op, op.name, most)


def _divide(op: Operation) -> None:
    """Division by a power of two, which is exact."""
    if len(op.source.inputs) != 1 or op.operands[:1] != (None,):
        raise op.refuse("divides by a tensor of the network, which is not supported")
    divisors = [np.asarray(value, np.float32) for value in op.operands[1:] if value is not None]
    if len(divisors) != 1 or not (np.abs(np.frexp(divisors[0])[0]) == _HALF).all():
        raise op.refuse("divides by what is not a power of two, which is not supported")
    _affine(lambda one, number: (one / number, 0 * one), Multiply)(op)


def _concatenate(op: Operation) -> None:
    (axis,) = op.axes(op.get("axis"), len(op.source.input_shapes[0]))
    op.add(Concatenate(op.name, op.source.inputs, axis))


def _stack(op: Operation) -> None:
    shape = op.source.input_shapes[0]
    (axis,) = op.axes(op.get("axis"), len(shape) + 1)
    rows = [
        op.reshaped(op.named(f"row{n}"), name, (*shape[:axis], 1, *shape[axis:]))
        for n, name in enumerate(op.source.inputs)
    ]
    op.add(Concatenate(op.name, tuple(rows), axis))


def _matmul(op: Operation) -> None:
    if len(op.source.inputs) != 2:
        raise op.refuse("combines a tensor with a constant, which is not supported")
    shapes = op.source.input_shapes
    if min(map(len, shapes)) < 2 or len(shapes[0]) != len(shapes[1]):
        raise op.refuse(f"multiplies shapes {shapes[0]} and {shapes[1]}, which is not supported")
    heads = "".join(chr(ord("c") + n) for n in range(len(shapes[0]) - 1))  # the batch axis first
    first, second = (
        spelled[::-1] if op.get(key) else spelled for spelled, key in (("xy", "transpose_a"), ("yz", "transpose_b"))
    )
    axes = read_equation(op, f"{heads}{first},{heads}{second}->{heads}xz", (len(shapes[0]), len(shapes[1])))
    multiplied(op, op.name, (op.source.inputs[0], op.source.inputs[1]), axes)


def _einsum(op: Operation) -> None:
    if len(op.source.inputs) != 2:
        raise op.refuse("is an einsum of another number of tensors than two, which is not supported")
    axes = read_equation(op, str(op.get("subscripts")), tuple(map(len, op.source.input_shapes)))
    multiplied(op, op.name, (op.source.inputs[0], op.source.inputs[1]), axes)


def _square(op: Operation) -> None:
    name = op.source.one_input()
    op.add(Multiply(op.name, (name, name)))


def _negative(op: Operation) -> None:
    _opposite(op, op.name, op.source.one_input())


def _opposite(op: Operation, result: str, name: str) -> str:
    return op.add(Affine(result, (name,), FixedTensor(np.full(op.shapes[name][-1], -1), 0), None))


def _absolute(op: Operation) -> None:
    name = op.source.one_input()
    op.add(Maximum(op.name, (name, _opposite(op, op.named("opposite"), name))))


def _relu(op: Operation) -> None:
    op.add(ActivationLayer(op.name, (op.source.one_input(),), Rectifier()))


_READERS: Mapping[str, Callable[[Operation], None]] = {
    "add": _affine(lambda one, number: (one, number), Add),
    "subtract": _affine(lambda one, number: (one, -number), Subtract),
    "multiply": _affine(lambda one, number: (number, 0 * one), Multiply),
    "maximum": _pair(Maximum),
    "minimum": _pair(Minimum),
    "getitem": item,
    "sum": _sum,
    "mean": _mean,
    "max": _max,
    "min": _min,
    "divide": _divide,
    "truedivide": _divide,
    "concatenate": _concatenate,
    "stack": _stack,
    "reshape": reshape,
    "transpose": transpose,
    "swapaxes": swapaxes,
    "moveaxis": moveaxis,
    "flip": flip,
    "take": take,
    "repeat": repeat,
    "expanddims": expand_dims,
    "squeeze": squeeze,
    "matmul": _matmul,
    "einsum": _einsum,
    "square": _square,
    "negative": _negative,
    "absolute": _absolute,
    "relu": _relu,
}
_TENSORFLOW = {
    **{f"math.{name}": name for name in ("add", "subtract", "multiply", "maximum", "minimum", "square", "negative")},
    **{f"math.reduce_{name}": name for name in ("sum", "mean", "max", "min")},
    **{name: name for name in ("stack", "reshape", "transpose", "squeeze", "einsum")},
    **{f"compat.v1.{name}": name for name in ("transpose", "squeeze")},
    **{
        "__operators__.add": "add",
        "__operators__.getitem": "getitem",
        "math.abs": "absolute",
        "math.truediv": "truedivide",
    },
    **{"concat": "concatenate", "expand_dims": "expanddims", "linalg.matmul": "matmul", "nn.relu": "relu"},
}


def operation_of(kind: str, item: Mapping[str, Any]) -> str | None:
    """The operation that a serialised layer stands for, or ``None``; ``item`` is untrusted."""
    config = item.get("config")
    if kind in ("TFOpLambda", "SlicingOpLambda"):
        function = config.get("function") if isinstance(config, Mapping) else None
        return _TENSORFLOW.get(function) if isinstance(function, str) else None
    module = item.get("module")
    # HDF5 files do not tell operations from layers of the same name, but only layers say whether they are trained.
    bare = module is None and isinstance(config, Mapping) and "trainable" not in config and "dtype" not in config
    own = str(module).startswith("keras.src.ops") or (bare and _has_keras3_calls(item))
    return kind.lower() if own and kind.lower() in _READERS else None


def _has_keras3_calls(item: Mapping[str, Any]) -> bool:
    nodes = item.get("inbound_nodes")
    return isinstance(nodes, list) and bool(nodes) and all(isinstance(node, dict) for node in nodes)


def read_operation(operation: str, op: Operation) -> Sequence[Layer]:
    """The layers of an operation; the last stands for its result.

    Raises:
        ModelError: If an argument is not supported exactly.
    """
    _READERS[operation](op)
    return op.made
