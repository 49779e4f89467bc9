"""What bxnn 0.1.0, which wrote no manifest, left in a build."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bxnn.compiler.builds.manifest import Manifest, digest

VERSION = "0.1.0"

_NEEDED = ("report.json", "ir/graph.txt", "model/files.json")
_NAME = r"[A-Za-z0-9_]+"
_TOOLS = "(ghdl|verilator|csim|emulator|synthesis|float_model|layers)"
_LEFT = "json|npz|log|key|xml|cf|v|ys|o|so|d|a|gch|cpp|h|mk|dat|vlt"
_WRITTEN = re.compile(
    "|".join(
        (
            r"report\.(json|md|html)",
            rf"vhdl/(files\.txt|{_NAME}\.(vhd|vho))",
            rf"(hls|emulator)/((lib|layers)/)?{_NAME}\.(h|cpp|tcl|cfg)",
            r"hls/vectors\.txt",
            r"emulator/CMakeLists\.txt",
            rf"ir/(\d\d_{_NAME}\.txt|graph\.txt|constants\.npz|slots\.npz)",
            r"sim/interface\.json",
            # What tools leave in their work folders.
            rf"sim/{_TOOLS}/([-\w.]+\.({_LEFT})|{_NAME}|trace\.txt)",
            r"model/files\.json",
        )
    )
)


def adopted(folder: Path) -> tuple[Manifest | None, str | None]:
    """The manifest that a build of 0.1.0 would have.

    Returns:
        The manifest; or ``None`` and, if the folder contains anything, a file in it that 0.1.0 does not write.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    models = _models(folder)
    foreign = [name for name, path in names.items() if not _own(name, path, models)]
    if foreign or any(name not in names for name in _NEEDED):
        return None, next(iter(foreign or names), None)
    return Manifest(VERSION, {name: digest(path) for name, path in names.items()}), None


def _own(name: str, path: Path, models: frozenset[str]) -> bool:
    return not path.is_symlink() and path.is_file() and (name in models or _WRITTEN.fullmatch(name) is not None)


def _models(folder: Path) -> frozenset[str]:
    """The copies of the model's files, listed in `model/files.json`."""
    try:
        raw = json.loads((folder / "model" / "files.json").read_text(encoding="utf-8"))
        return frozenset(f"model/{raw[key]}" for key in ("model", "weights") if isinstance(raw[key], str))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return frozenset()
