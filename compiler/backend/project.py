"""The build folder: written whole or not at all, and read back."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from compiler.errors import InputError
from compiler.ir.graph import Graph
from compiler.ir.text import parse_graph, print_graph

_MARK = "report.json"


@dataclass(frozen=True)
class Build:
    """A folder that ``bxnn compile`` has written.

    Attributes:
        folder: Its path. Inside: ``vhdl`` (files.txt in compile order), ``hls``, ``emulator``, ``ir`` (a dump per pass;
            graph.txt and constants.npz hold the final graph), ``sim`` (interface.json and what simulations leave),
            ``model`` (the files that were compiled), ``report.json``.
    """

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Build:
        """An existing build.

        Raises:
            InputError: If the folder holds none.
        """
        if not (folder / _MARK).is_file() or not (folder / "ir" / "graph.txt").is_file():
            raise InputError(str(folder), "is no build; make one with: bxnn compile MODEL -o BUILD")
        return cls(folder)

    @property
    def vhdl(self) -> Path:
        """Folder of the VHDL."""
        return self.folder / "vhdl"

    @property
    def hls(self) -> Path:
        """Folder of the HLS C++."""
        return self.folder / "hls"

    @property
    def emulator(self) -> Path:
        """Folder of the C++ emulator."""
        return self.folder / "emulator"

    @property
    def simulation(self) -> Path:
        """Folder of the bench."""
        return self.folder / "sim"

    @property
    def report(self) -> Path:
        """The report as data."""
        return self.folder / _MARK

    @property
    def interface(self) -> Path:
        """Ports and promises, for the bench."""
        return self.simulation / "interface.json"

    @property
    def model(self) -> tuple[Path, Path | None] | None:
        """The compiled model file and its weights file; ``None`` if the model came from no file."""
        names = json.loads((self.folder / "model" / "files.json").read_text(encoding="utf-8"))
        if names["model"] is None:
            return None
        weights = names["weights"]
        return self.folder / "model" / names["model"], weights and self.folder / "model" / weights

    @cached_property
    def graph(self) -> Graph:
        """The final graph."""
        folder = self.folder / "ir"
        try:
            with np.load(folder / "constants.npz", allow_pickle=False) as arrays:
                return parse_graph((folder / "graph.txt").read_text(encoding="utf-8"), dict(arrays))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(str(folder), f"is damaged ({error}); compile again") from None

    def write_graph(self, graph: Graph) -> None:
        """Store the final graph."""
        text, arrays = print_graph(graph)
        (self.folder / "ir" / "graph.txt").write_text(text, encoding="utf-8")
        np.savez(self.folder / "ir" / "constants.npz", **dict[str, Any](arrays))

    def write_model(self, files: tuple[Path, Path | None] | None) -> None:
        """Keep a copy of the files that were compiled, so that the comparison with them can be repeated."""
        folder = self.folder / "model"
        for path in filter(None, files or ()):
            shutil.copyfile(path, folder / path.name)
        model, weights = files or (None, None)
        names = {"model": model and model.name, "weights": weights and weights.name}
        (folder / "files.json").write_text(json.dumps(names) + "\n", encoding="utf-8")


def write_build(folder: Path, fill: Callable[[Build], None]) -> Build:
    """Write a build beside its place and move it there when it is complete.

    Args:
        folder: The place; may hold an older build, which is replaced, or nothing.
        fill: Writes the content.

    Raises:
        InputError: If the place holds something else or cannot be written.
    """
    if folder.exists() and not (folder / _MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(str(folder), "exists and is no build; name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}") from None
    try:
        for name in ("vhdl", "hls", "emulator", "ir", "sim", "model"):
            (partial / name).mkdir()
        fill(Build(partial))
        partial.chmod(0o777 & ~_umask())
        if folder.exists():
            shutil.rmtree(folder)
        partial.replace(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return Build(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
