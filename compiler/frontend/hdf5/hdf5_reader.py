"""A reader of the HDF5 files that Keras writes, in Python, safe on damaged and hostile files.

libhdf5 (through h5py 3.14) hangs on about one in 500 randomly mutated model files and segfaults on some, so
it cannot be used to read an untrusted file. What Keras and h5py write by default is a small subset of HDF5:
version 1 object headers, symbol-table groups, contiguous numbers, string attributes. This module reads
exactly that and refuses the rest; links other than hard links are never followed.

Source: HDF5 File Format Specification Version 3.0, The HDF Group.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from bxnn.compiler import limits
from bxnn.compiler.frontend.hdf5.hdf5_bytes import UNDEFINED, Bytes, Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_values import byte_count, data_shape, data_type, numbers, value_at

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SPACE, _TYPE, _EXTERNAL, _LAYOUT, _FILTERS, _ATTRIBUTE, _CONTINUATION, _TABLE = 1, 3, 7, 8, 11, 12, 16, 17
_NEW_GROUP = (2, 6)  # link info, link
_SOFT_LINK = 2
_OTHER_LAYOUT = "it uses HDF5 features that Keras does not use by default; save the model again with Keras"


class Hdf5Object:
    """A group or a dataset.

    Attributes:
        path: Its name from the root, for error messages.
    """

    def __init__(self, file: Bytes, address: int, path: str, depth: int = 0) -> None:
        if depth > limits.HDF5_DEPTH:
            raise Hdf5Error(f"group {path[:80]!r} is nested deeper than {limits.HDF5_DEPTH} levels")
        self.path = path
        self._file, self._depth = file, depth
        self._messages = list(_messages(file, address))

    @property
    def is_group(self) -> bool:
        """Whether it contains other objects."""
        return any(kind == _TABLE for kind, _ in self._messages)

    def children(self) -> dict[str, Hdf5Object]:
        """The objects in a group, by name; empty for a dataset."""
        found: dict[str, Hdf5Object] = {}
        for kind, at in self._messages:
            if kind in _NEW_GROUP:
                raise Hdf5Error(_OTHER_LAYOUT)
            if kind != _TABLE:
                continue
            for name, address in _table_entries(self._file, self._file.uint(at, 8), self._file.uint(at + 8, 8)):
                found[name] = Hdf5Object(self._file, address, f"{self.path}/{name}".lstrip("/"), self._depth + 1)
        return found

    def group(self, name: str) -> Hdf5Object | None:
        """A group in this group, or ``None``."""
        child = self.children().get(name)
        return child if child is not None and child.is_group else None

    def attributes(self) -> dict[str, Any]:
        """Attributes by name: arrays of numbers, strings or lists of strings."""
        return dict(_attribute(self._file, at) for kind, at in self._messages if kind == _ATTRIBUTE)

    def array(self) -> NDArray[Any]:
        """The numbers of a dataset.

        Raises:
            Hdf5Error: If it is not a dataset, or is chunked, compressed or stored in another file.
        """
        parts = dict(self._messages)
        if not {_SPACE, _TYPE, _LAYOUT} <= set(parts):
            raise Hdf5Error(f"{self.path!r} is not a dataset")
        if _EXTERNAL in parts:
            raise Hdf5Error(f"{self.path!r} is stored in another file, which is not read")
        if _FILTERS in parts:
            raise Hdf5Error(f"{self.path!r} is compressed; {_OTHER_LAYOUT}")
        element, shape = data_type(self._file, parts[_TYPE]), data_shape(self._file, parts[_SPACE])
        if element.kind != "number":
            raise Hdf5Error(f"{self.path!r} holds text, not numbers")
        size = byte_count(shape, element)
        return numbers(self._stored(parts[_LAYOUT], size), shape, element)

    def _stored(self, layout: int, size: int) -> bytes:
        """The bytes of a contiguous or compact dataset."""
        version, kind = self._file.uint(layout, 1), self._file.uint(layout + 1, 1)
        if version not in (3, 4) or kind not in (0, 1):
            raise Hdf5Error(f"{self.path!r} is stored in chunks; {_OTHER_LAYOUT}")
        if kind == 0:
            return self._file.take(layout + 4, size)
        address = self._file.uint(layout + 2, 8)
        if address == UNDEFINED and size:
            raise Hdf5Error(f"{self.path!r} was never written")
        return self._file.take(address, size) if size else b""


def open_hdf5(data: bytes) -> Hdf5Object:
    """The root group of a file.

    Raises:
        Hdf5Error: If the bytes are not an HDF5 file, or have a layout that Keras does not write.
    """
    file = Bytes(data)
    if not data.startswith(_SIGNATURE):
        raise Hdf5Error("it is not an HDF5 file")
    if file.uint(8, 1) != 0 or file.uint(13, 2) != 0x0808 or file.uint(24, 8) != 0:
        raise Hdf5Error(_OTHER_LAYOUT)
    return Hdf5Object(file, file.uint(64, 8), "")


def _messages(file: Bytes, address: int) -> Iterator[tuple[int, int]]:
    """Kind and position of each message of a version 1 object header."""
    if file.take(address, 4) == b"OHDR":
        raise Hdf5Error(_OTHER_LAYOUT)
    if file.uint(address, 1) != 1:
        raise Hdf5Error(f"byte {address} should start an object; it is damaged")
    blocks, seen = [(address + 16, file.uint(address + 8, 4))], set()
    while blocks:
        at, size = blocks.pop(0)
        if at in seen:
            raise Hdf5Error("an object header refers to itself; it is damaged")
        seen.add(at)
        end = at + size
        while at + 8 <= end:
            kind, length, flags = file.uint(at, 2), file.uint(at + 2, 2), file.uint(at + 4, 1)
            if at + 8 + length > end:
                raise Hdf5Error("an object header is damaged")
            if kind == _CONTINUATION:
                blocks.append((file.uint(at + 8, 8), file.uint(at + 16, 8)))
            elif flags & 2:
                raise Hdf5Error(_OTHER_LAYOUT)
            else:
                yield kind, at + 8
            at += 8 + length


def _attribute(file: Bytes, at: int) -> tuple[str, Any]:
    """Name and value of an attribute message, versions 1 to 3."""
    version = file.uint(at, 1)
    if version not in (1, 2, 3) or (version > 1 and file.uint(at + 1, 1)):
        raise Hdf5Error(_OTHER_LAYOUT)
    sizes = [file.uint(at + 2 + 2 * part, 2) for part in range(3)]
    padded = [(size + 7) // 8 * 8 if version == 1 else size for size in sizes]
    name_at = at + (9 if version == 3 else 8)
    type_at = name_at + padded[0]
    space_at = type_at + padded[1]
    element, shape = data_type(file, type_at), data_shape(file, space_at)
    return file.name(name_at, name_at + sizes[0]), value_at(file, space_at + padded[2], shape, element)


def _table_entries(file: Bytes, tree: int, heap: int) -> Iterator[tuple[str, int]]:
    """Name and header address of each hard link of a symbol-table group."""
    file.expect(heap, b"HEAP")
    heap_size, names = file.uint(heap + 8, 8), file.uint(heap + 24, 8)
    nodes, seen = [tree], set()
    while nodes:
        node = nodes.pop()
        if node in seen:
            raise Hdf5Error("a group refers to itself; it is damaged")
        seen.add(node)
        if file.take(node, 4) == b"SNOD":
            for at in range(node + 8, node + 8 + 40 * file.uint(node + 6, 2), 40):
                if file.uint(at + 16, 4) != _SOFT_LINK:
                    yield file.name(names + file.uint(at, 8), names + heap_size), file.uint(at + 8, 8)
            continue
        file.expect(node, b"TREE")
        count = file.uint(node + 6, 2)
        nodes.extend(file.uint(node + 32 + 16 * child, 8) for child in range(count))
