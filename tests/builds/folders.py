"""Small builds of text files, and the contents of a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from bxnn.compiler.builds.manifest import MANIFEST
from bxnn.compiler.builds.operations import FileOperations
from bxnn.compiler.builds.update import replace_build

VERSION = "9.9.9"
OLD = {
    "report.json": "{}",
    "ir/graph.txt": "old graph",
    "vhdl/net.vhd": "old",
    "vhdl/net_fc9.vhd": "only old",
    "sim/ghdl/run.log": "old log",
}
NEW = {"report.json": '{"new": 1}', "ir/graph.txt": "new graph", "vhdl/net.vhd": "new", "hls/lib/net.h": "only new"}
USERS = {"notes.txt": "mine", "vhdl/notes.vhd": "mine, too", "vivado/run.tcl": "a project", "sim/ghdl/plot.py": "x = 1"}

# A build of 0.1.0, which had no manifest.
LEGACY = {
    "report.json": "{}",
    "report.html": "",
    "vhdl/files.txt": "net.vhd",
    "vhdl/net.vhd": "",
    "hls/lib/select.h": "",
    "emulator/CMakeLists.txt": "",
    "ir/00_frontend.txt": "",
    "ir/graph.txt": "",
    "ir/slots.npz": "",
    "sim/ghdl/work-obj08.cf": "",
    "sim/verilator/Vtop": "",
    "model/files.json": json.dumps({"model": "my model.h5", "weights": None}),
    "model/my model.h5": "",
}


def filled(files: Mapping[str, str]) -> Callable[[Path], None]:
    """A function that writes these files into the staging folder that it is given."""

    def fill(staging: Path) -> None:
        write(staging, files)

    return fill


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def build(
    folder: Path, files: Mapping[str, str], operations: FileOperations | None = None, force: bool = False
) -> Path:
    """Make a build of these files; returns its folder."""
    replace_build(folder, filled(files), VERSION, force, operations)
    return folder


def content(folder: Path) -> dict[str, str]:
    """Text of each file in a folder; folders without files, and links, by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_text(errors="surrogateescape")
        elif not any(path.iterdir()):
            found[f"{name}/"] = "empty"
    return found


def without_manifest(folder: Path) -> dict[str, str]:
    """The same without the manifest, which must exist."""
    found = content(folder)
    assert MANIFEST in found
    return {name: text for name, text in found.items() if name != MANIFEST}
