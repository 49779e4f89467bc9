"""Members of zip archives that may be damaged or hostile: only what Keras and NumPy write is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO

# What the reader raises for damaged archives, besides the errors of this module.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, LookupError)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def open_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A member, opened for reading; it never yields more than its declared size.

    Raises:
        ValueError: If it is compressed in a way that neither Keras nor NumPy uses.
        KeyError: If there is no member of that name.
    """
    method = archive.getinfo(name).compress_type
    if method not in _METHODS:
        raise ValueError(f"its {name} is compressed by method {method}, but only 0 and 8 are supported")
    return archive.open(name)
