"""The line that says under which license an emitted file stands."""

from __future__ import annotations

from pathlib import PurePosixPath

from bxnn.compiler.errors import InternalError

LICENSE = "SPDX-License-Identifier: Apache-2.0"

_COMMENTS = {".vhd": "--", ".vho": "--", ".h": "//", ".cpp": "//", ".tcl": "#", ".cfg": "#"}
_COMMENTS_BY_NAME = {"CMakeLists.txt": "#"}


def licensed(name: str, text: str) -> str:
    """The text of an emitted file, its license line first.

    Args:
        name: Name of the file, which decides how comments look.
        text: Its text.

    Raises:
        InternalError: If it is not known how a comment looks in such a file.
    """
    path = PurePosixPath(name)
    comment = _COMMENTS_BY_NAME.get(path.name, _COMMENTS.get(path.suffix))
    if comment is None:
        raise InternalError(name, "is of a kind whose comments are not known, so its license cannot be written into it")
    return f"{comment} {LICENSE}\n{text}"
