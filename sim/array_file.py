"""Arrays of .npy and .npz files that may be damaged or hostile: their headers are checked before data is read."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from bxnn.compiler import limits
from bxnn.compiler.errors import DataError
from bxnn.compiler.zip_member import open_member

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_arrays(path: Path) -> Mapping[str, NDArray[Any]]:
    """All arrays of numbers in a file; that of a .npy file is called ``x``.

    Raises:
        DataError: If the file cannot be read, or claims more than it contains or than the limits allow.
    """
    if not path.is_file():
        raise DataError(str(path), "is not a file" if os.path.lexists(path) else "no such file")
    if path.suffix not in (".npy", ".npz"):
        raise DataError(str(path), "is neither .npy nor .npz")
    with _refusing(path):
        if path.suffix == ".npz":
            return _members(path)
        with path.open("rb") as file:
            size = _claimed(file, path.name)
            _check_size(size)
            if file.tell() + size > path.stat().st_size:
                raise ValueError(f"its array takes {size} bytes, but the file is shorter")
        mapped: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return {"x": mapped}


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # NumPy reads headers with Python's parser and tokenizer, which may raise anything
        raise DataError(str(path), f"cannot be read as {path.suffix}: {error}") from None


def _members(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a .npz; nothing is unpacked before all of them are known to be within the limits."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        if len(names) > limits.EVENTS_ARRAYS:
            raise ValueError(f"it contains more than {limits.EVENTS_ARRAYS} arrays")
        claimed = 0
        for name in names:
            with open_member(archive, name) as stream:
                size = _claimed(stream, name)
                if stream.tell() + size != archive.getinfo(name).file_size:
                    raise ValueError(f"its array {name} takes {size} bytes, but the file has a different number")
                claimed += size
                _check_size(claimed)
        return {name.removesuffix(".npy"): _unpacked(archive, name) for name in names}


def _unpacked(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with open_member(archive, name) as stream:
        array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
        return array


def _claimed(stream: IO[bytes], name: str) -> int:
    """Size of an array in bytes according to its header; the stream is left at its beginning."""
    version = npy.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"its array {name} is of version {version[0]}.{version[1]} of the format")
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.hasobject:
        raise ValueError(f"its array {name} contains Python objects, which are not read")
    if any(length < 0 for length in shape):
        raise ValueError(f"its array {name} has shape {shape}")
    return math.prod(shape) * dtype.itemsize


def _check_size(size: int) -> None:
    if size > limits.EVENTS_BYTES:
        raise ValueError(f"its arrays take {size} bytes; the limit is {limits.EVENTS_BYTES >> 30} GiB")
