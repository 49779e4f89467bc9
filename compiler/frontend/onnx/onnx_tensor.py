"""Stored tensors of an ONNX file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.names import printable
from bxnn.compiler.frontend.onnx import protobuf

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """Elements of a stored tensor.

    Attributes:
        values: Integers as int64, floats as float32 or float64.
        kind: Type in the file, such as ``int8``.
    """

    values: Array
    kind: str


# TensorProto.DataType: little-endian dtype of the raw bytes, and the field that holds the elements otherwise.
_TYPES = {
    1: ("<f4", 4),
    2: ("u1", 5),
    3: ("i1", 5),
    4: ("<u2", 5),
    5: ("<i2", 5),
    6: ("<i4", 5),
    7: ("<i8", 7),
    9: ("?", 5),
    10: ("<f2", 5),
    11: ("<f8", 10),
    12: ("<u4", 11),
    13: ("<u8", 11),
    21: ("u1", 5),
    22: ("i1", 5),
}
KINDS = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    21: "uint4",
    22: "int4",
}
_OTHERS = {
    8: "strings",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8",
    18: "float8",
    19: "float8",
    20: "float8",
    23: "float4",
}
_NIBBLES = {21: False, 22: True}  # two elements per byte; whether they are signed


def read_tensor(subject: str, data: memoryview, most: int) -> tuple[str, StoredTensor]:
    """Name and elements of a TensorProto.

    Args:
        subject: Name of the file, for errors.
        data: The message.
        most: Elements that a tensor may have.

    Raises:
        ModelError: If it is damaged, too large, or not stored in the file itself.
    """
    name, kind, stored = "", 1, None
    dims: list[int] = []
    elements: dict[int, list[Any]] = {}
    for number, value in protobuf.fields(data):
        if number == 1:
            dims += protobuf.integers(value)
        elif number == 2:
            kind = protobuf.signed(value)
        elif number == 8:
            name = protobuf.text(value)
        elif number == 9:
            stored = protobuf.raw(value)
        elif number == 13 or (number == 14 and value == 1):
            raise ModelError(
                subject, f"tensor {printable(name)!r} is stored in another file; save the model in one file"
            )
        elif number in (4, 5, 7, 10, 11):
            elements.setdefault(number, []).append(value)
    what = f"tensor {printable(name)!r}"
    if kind not in _TYPES:
        raise ModelError(
            subject, f"{what} holds {_OTHERS.get(kind, f'elements of type {kind}')}; use float32 or integers"
        )
    if len(dims) > limits.TENSOR_RANK or any(size < 0 for size in dims) or math.prod(dims) > most:
        raise ModelError(subject, f"{what} has shape {tuple(dims)[:9]}; the limit is {most}")
    array = _elements(kind, math.prod(dims), stored, elements)
    if array is None or array.size != math.prod(dims):
        raise ModelError(
            subject, f"{what} does not have the elements of shape {tuple(dims)}; the model file is damaged"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(subject, f"{what} holds a number that is not finite; the model file is damaged")
    return name, StoredTensor(array.reshape(dims), KINDS[kind])


def _elements(kind: int, size: int, stored: memoryview | None, lists: dict[int, list[Any]]) -> Array | None:
    """The elements as int64, bool, float32 or float64; ``None`` if the number of bytes does not fit."""
    dtype, number = np.dtype(_TYPES[kind][0]), _TYPES[kind][1]
    if stored is None:
        parts = lists.get(number, [])
        if dtype.kind == "f" and kind != 10:
            reals = [protobuf.floats(part, dtype.str) for part in parts]
            return np.concatenate(reals).astype(dtype.newbyteorder("=")) if reals else np.empty(0, dtype)
        integers = [code for part in parts for code in protobuf.integers(part)]
        found: Array = np.array(integers, np.int64)
        if kind in _NIBBLES:
            found = found.astype(np.uint8)
        elif kind == 10:
            return found.astype(np.uint16).view(np.float16).astype(np.float32)
    elif len(stored) % dtype.itemsize:
        return None
    else:
        found = np.frombuffer(stored, dtype)
    if kind in _NIBBLES:
        found = _nibbles(found.view(np.uint8), size, _NIBBLES[kind])
    if dtype.kind == "f":
        return found.astype(np.float64 if dtype.itemsize == 8 else np.float32)
    return found.astype(np.bool_ if dtype.kind == "b" else np.int64)


def _nibbles(packed: Array, size: int, is_signed: bool) -> Array:
    """Elements of 4 bits, the first in the low half of a byte."""
    both = np.stack([packed & 15, packed >> 4], axis=1).ravel()[:size].astype(np.int64)
    return both - ((both >> 3) << 4) if is_signed else both
