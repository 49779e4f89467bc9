"""The wire format of protocol buffers: the numbered fields of a message, without a schema.

Nothing is executed, only what is requested is copied, and every length is checked against the bytes there are.

Source: "Protocol Buffers: Encoding", protobuf.dev.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LONGEST = 10  # bytes of a 64-bit varint

Value = int | memoryview


class WireError(ValueError):
    """Bytes that are not a message."""


def fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """Number and value of every field, in order: an unsigned integer for a varint, otherwise the bytes.

    Raises:
        WireError: If the bytes end inside a field, or a field has an unknown type.
    """
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise WireError(f"field {number} has wire type {kind}")
        if size > len(message) - place:
            raise WireError(f"field {number} is cut short")
        yield number, message[place : place + size]
        place += size


def signed(value: Value) -> int:
    """An int32 or int64 field.

    Raises:
        WireError: If the field is not an integer.
    """
    if not isinstance(value, int):
        raise WireError("an integer is stored as bytes")
    low = value & ((1 << 64) - 1)
    return low - (low >> 63 << 64)


def raw(value: Value) -> memoryview:
    """A field of bytes.

    Raises:
        WireError: If it is an integer.
    """
    if isinstance(value, int):
        raise WireError("bytes are stored as an integer")
    return value


def text(value: Value) -> str:
    """A field of UTF-8."""
    return bytes(raw(value)).decode("utf-8", "replace")


def integers(value: Value) -> list[int]:
    """Elements of a repeated integer field, one or packed."""
    if isinstance(value, int):
        return [signed(value)]
    found, place = [], 0
    while place < len(value):
        element, place = _varint(value, place)
        found.append(signed(element))
    return found


def floats(value: Value, dtype: str) -> NDArray[np.floating]:
    """Elements of a repeated field of ``<f4`` or ``<f8``, one or packed."""
    data = raw(value)
    if len(data) % np.dtype(dtype).itemsize:
        raise WireError("a list of floats is cut short")
    return np.frombuffer(data, dtype)


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """An unsigned integer, and where it ends."""
    value = 0
    for count, byte in enumerate(message[place : place + _LONGEST]):
        value |= (byte & 127) << (7 * count)
        if byte < 128:
            return value, place + count + 1
    raise WireError("an integer is cut short or longer than 64 bits")
