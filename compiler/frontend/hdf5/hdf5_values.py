"""Data types, shapes and values of HDF5 datasets and attributes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler import limits
from bxnn.compiler.frontend.hdf5.hdf5_bytes import Bytes, Hdf5Error, decoded

_FLOATS = {(2, 5, 10, 15): "f2", (4, 8, 23, 127): "f4", (8, 11, 52, 1023): "f8"}


@dataclass(frozen=True)
class DataType:
    """An element type.

    Attributes:
        kind: ``number``, ``string`` (fixed length) or ``text`` (variable length, in a global heap).
        size: Bytes of one element in the file.
        dtype: NumPy notation of a number.
    """

    kind: str
    size: int
    dtype: str = ""


def data_type(file: Bytes, offset: int) -> DataType:
    """Read a datatype message.

    Source: HDF5 File Format Specification 3.0, IV.A.2.d "The Datatype Message".

    Raises:
        Hdf5Error: If it is neither a standard number nor a string.
    """
    kind, bits, size = file.uint(offset, 1) & 15, file.uint(offset + 1, 3), file.uint(offset + 4, 4)
    order = ">" if bits & 1 else "<"
    if kind == 0 and size in (1, 2, 4, 8):
        return DataType("number", size, f"{order}{'i' if bits & 8 else 'u'}{size}")
    if kind == 1:
        exponent, mantissa = file.uint(offset + 13, 1), file.uint(offset + 15, 1)
        spelled = _FLOATS.get((size, exponent, mantissa, file.uint(offset + 16, 4)))
        if spelled is not None and not bits & 0x40:
            return DataType("number", size, order + spelled)
    if kind == 3 and size > 0:
        return DataType("string", size)
    if kind == 9 and bits & 15 == 1 and size == 16:
        return DataType("text", size)
    raise Hdf5Error(f"a value in it has an HDF5 type (class {kind}, {size} bytes) that Keras does not write")


def data_shape(file: Bytes, offset: int) -> tuple[int, ...]:
    """Read a dataspace message; an empty dataspace is ``(0,)``.

    Source: HDF5 File Format Specification 3.0, IV.A.2.b "The Dataspace Message".

    Raises:
        Hdf5Error: If its version or size is invalid.
    """
    version, rank = file.uint(offset, 1), file.uint(offset + 1, 1)
    if version not in (1, 2) or rank > limits.HDF5_RANK:
        raise Hdf5Error("a value in it has a shape that cannot be read; it is damaged")
    if version == 2 and file.uint(offset + 3, 1) == 2:
        return (0,)
    start = offset + (8 if version == 1 else 4)
    return tuple(file.uint(start + 8 * axis, 8) for axis in range(rank))


def byte_count(shape: tuple[int, ...], element: DataType) -> int:
    """Bytes that a value takes up.

    Raises:
        Hdf5Error: If it claims more than a file may contain.
    """
    if math.prod(max(length, 1) for length in shape) * element.size > limits.MODEL_FILE_BYTES:
        raise Hdf5Error(f"a value of shape {shape} claims more than {limits.MODEL_FILE_BYTES >> 20} MiB")
    return math.prod(shape) * element.size


def value_at(file: Bytes, offset: int, shape: tuple[int, ...], element: DataType) -> Any:
    """The value of an attribute: an array of numbers, a string, or a list of strings."""
    raw = file.take(offset, byte_count(shape, element))
    if element.kind == "number":
        return numbers(raw, shape, element)
    items = [raw[at : at + element.size] for at in range(0, len(raw), element.size)]
    if element.kind == "string":
        texts = [decoded(item.split(b"\0", 1)[0]) for item in items]
    else:
        texts = [_heap_text(file, item) for item in items]
    return texts if shape else texts[0]


def numbers(raw: bytes, shape: tuple[int, ...], element: DataType) -> NDArray[Any]:
    """Raw bytes as an array in native byte order."""
    stored = np.frombuffer(raw, dtype=np.dtype(element.dtype)).reshape(shape)
    return stored.astype(stored.dtype.newbyteorder("="))


def _heap_text(file: Bytes, reference: bytes) -> str:
    """Text of variable length, from its global heap collection.

    Source: HDF5 File Format Specification 3.0, III.E "Global Heap".
    """
    length = int.from_bytes(reference[:4], "little")
    heap, wanted = int.from_bytes(reference[4:12], "little"), int.from_bytes(reference[12:], "little")
    if length == 0:
        return ""
    file.expect(heap, b"GCOL")
    at, end = heap + 16, heap + file.uint(heap + 8, 8)
    while at + 16 <= end:
        index, size = file.uint(at, 2), file.uint(at + 8, 8)
        if index == 0:
            break
        if index == wanted:
            return decoded(file.take(at + 16, min(length, size)))
        at += 16 + (size + 7) // 8 * 8
    raise Hdf5Error("a text in it is missing; it is damaged")
