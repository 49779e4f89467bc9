"""``bxnn.lock``: what a package was made from, and what it consists of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bxnn.compiler.delivery.drop import Drop
from bxnn.compiler.errors import InputError

LOCK = "bxnn.lock"

_SCHEMA_VERSION = 1


def lock_text(drop: Drop, target: str, files: Mapping[str, str]) -> str:
    """The lock file of a package: no date and no command, so that the same build gives the same bytes.

    Args:
        drop: The build.
        target: Kind of package.
        files: Text of every other file, by path.
    """
    lock = {
        "schema_version": _SCHEMA_VERSION,
        "bxnn_version": drop.report.bxnn_version,
        "target": target,
        "top": drop.top,
        "library": drop.library,
        "prefix": drop.report.prefix,
        "model": {file.name: file.sha256 for file in drop.report.files},
        "build": dict(sorted(drop.origin.items())),
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())},
    }
    return json.dumps(lock, indent=1) + "\n"


def locked_target(folder: Path) -> str:
    """The kind of package that a folder holds.

    Raises:
        InputError: If it holds none.
    """
    problem = "is not a package; make one with: bxnn package BUILD --for TARGET -o DIR"
    try:
        raw: Any = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(str(folder), problem) from None
    except (OSError, ValueError, RecursionError):
        raise InputError(str(folder / LOCK), "is damaged; package again into another folder") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("target"), str):
        raise InputError(str(folder / LOCK), "is damaged; package again into another folder")
    return str(raw["target"])
