"""The line that states the license of an emitted file."""

from __future__ import annotations

from pathlib import PurePosixPath

from bxnn.compiler.errors import InternalError

LICENSE = "SPDX-License-Identifier: Apache-2.0"

_COMMENTS = {".vhd": "--", ".vho": "--", ".h": "//", ".cpp": "//", ".tcl": "#", ".cfg": "#"}
_COMMENTS_BY_NAME = {"CMakeLists.txt": "#"}


def licensed(name: str, text: str) -> str:
    """The text of an emitted file, its license line first.

    Args:
        name: Name of the file, which determines the comment syntax.
        text: Its text.

    Raises:
        InternalError: If the comment syntax of such a file is not known.
    """
    path = PurePosixPath(name)
    comment = _COMMENTS_BY_NAME.get(path.name, _COMMENTS.get(path.suffix))
    if comment is None:
        raise InternalError(name, "has an unknown comment syntax, so its license cannot be written into it")
    return f"{comment} {LICENSE}\n{text}"
