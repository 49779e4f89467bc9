"""Where everything is in a build folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import InputError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.text import parse_graph, print_graph
from bxnn.compiler.over_turns import before_turns_end

_MARK = "report.json"
_FILES = "files.json"
_OTHERS = "others"


@dataclass(frozen=True)
class Build:
    """A folder that ``bxnn compile`` has written.

    Attributes:
        folder: Its path. It contains ``vhdl`` (files.txt in compile order), ``hls``, ``emulator``, ``ir`` (a dump per
            pass; graph.txt and constants.npz hold the final graph), ``sim`` (interface.json and what simulations
            leave), ``model`` (the files that were compiled), ``design.yaml``
            (the configuration, and ``formats.yaml`` if it names one),
            ``report.json``; ``software`` if weights are loaded at run time.
    """

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Build:
        """An existing build whose contents are as bxnn wrote them.

        Raises:
            InputError: If the folder is not a build, or its graph or report is not as bxnn wrote it.
        """
        with opened(folder, _MARK, "ir"):
            return cls(folder)

    @classmethod
    def create(cls, folder: Path) -> Build:
        """Creates the folders of a build, empty."""
        for name in ("vhdl", "hls", "emulator", "ir", "sim", "model"):
            (folder / name).mkdir()
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
        """Ports and guarantees, for the bench."""
        return self.simulation / "interface.json"

    @property
    def model(self) -> tuple[Path, Path | None] | None:
        """The compiled model file and its weights file; ``None`` if the model did not come from a file."""
        names = json.loads((self.folder / "model" / _FILES).read_text(encoding="utf-8"))
        if names["model"] is None:
            return None
        weights = names["weights"]
        return self.folder / "model" / names["model"], weights and self.folder / "model" / weights

    @property
    def models(self) -> tuple[tuple[Path, Path | None], ...]:
        """The same of all members of an ensemble; one pair if the network is none."""
        own = self.model
        names = json.loads((self.folder / "model" / _FILES).read_text(encoding="utf-8"))
        folder = self.folder / "model" / _OTHERS
        others = [(folder / model, weights and folder / weights) for model, weights in names.get(_OTHERS, [])]
        return () if own is None else (own, *others)

    @cached_property
    def graph(self) -> Graph:
        """The final graph."""
        return self._stored("graph", "constants")

    @property
    def summed_graph(self) -> Graph:
        """The graph with the layers that are built, of which an ensemble has one for members that take turns."""
        return self._stored("core", "core") if (self.folder / "ir" / "core.txt").is_file() else self.graph

    def _stored(self, name: str, constants: str) -> Graph:
        folder = self.folder / "ir"
        try:
            with np.load(folder / f"{constants}.npz", allow_pickle=False) as arrays:
                return parse_graph((folder / f"{name}.txt").read_text(encoding="utf-8"), dict(arrays))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(str(folder), f"is damaged ({error}); compile again") from None

    def write_graph(self, graph: Graph) -> None:
        """Store the final graph, and that of the core of an ensemble."""
        self._store(graph, "graph", "constants")
        if graph.core is not None:
            self._store(before_turns_end(graph.core), "core", "core")

    def _store(self, graph: Graph, name: str, constants: str) -> None:
        text, arrays = print_graph(graph)
        (self.folder / "ir" / f"{name}.txt").write_text(text, encoding="utf-8")
        np.savez(self.folder / "ir" / f"{constants}.npz", **dict[str, Any](arrays))

    def write_software(self, texts: Mapping[str, str]) -> None:
        """Write what software needs to talk to the firmware, by file name."""
        (self.folder / "software").mkdir()
        for name, text in texts.items():
            (self.folder / "software" / name).write_text(text, encoding="utf-8")

    def write_model(self, files: tuple[Path, Path | None] | None) -> None:
        """Keep a copy of the files that were compiled, so that the comparison with them can be repeated."""
        folder = self.folder / "model"
        names: dict[str, str | None] = {"model": None, "weights": None}
        for kind, path in zip(names, files or (), strict=False):
            if path is not None:
                # Two files with the same name, or one with a name that we use, are renamed.
                taken = path.name.casefold() in {_FILES, *(str(name).casefold() for name in names.values())}
                names[kind] = f"{kind}_{path.name}" if taken else path.name
                shutil.copyfile(path, folder / str(names[kind]))
        (folder / _FILES).write_text(json.dumps(names) + "\n", encoding="utf-8")

    def write_others(self, files: Sequence[tuple[Path, Path | None]]) -> None:
        """Keep those of the other members of an ensemble, after ``write_model``; each file in its own folder."""
        if not files:
            return
        folder, listed = self.folder / "model" / _OTHERS, self.folder / "model" / _FILES
        folder.mkdir()
        names = [
            [None if path is None else f"{index}_{kind}/{path.name}" for kind, path in zip("mw", pair, strict=True)]
            for index, pair in enumerate(files, start=1)
        ]
        for paths, copies in zip(files, names, strict=True):
            for path, copy in zip(paths, copies, strict=True):
                if path is not None:
                    (folder / str(copy)).parent.mkdir()
                    shutil.copyfile(path, folder / str(copy))
        own = json.loads(listed.read_text(encoding="utf-8"))
        listed.write_text(json.dumps({**own, _OTHERS: names}) + "\n", encoding="utf-8")
