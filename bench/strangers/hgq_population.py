"""The HGQ2 part of the population, written by HGQ2 and compared with its answers.

The files and answers are kept in ``tests/strangers``, so the comparison can be repeated without HGQ2.
"""

from __future__ import annotations

import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.environments import ROOT, ensure
from bench.process import run
from bench.strangers.outcome import Outcome, outcome

KEPT = ROOT / "tests" / "strangers" / "hgq2.tar.xz"
_SECONDS = 3600.0


def population(folder: Path) -> Iterator[Outcome]:
    """All files, written in the environment of ``peers/requirements-hgq.txt``, and kept.

    Raises:
        SystemExit: If they could not be written.
    """
    place = folder / "hgq"
    place.mkdir()
    finished = run(
        [str(ensure("hgq")), "-m", "bench.peers.hgq_population", str(place)], _SECONDS, {"PYTHONPATH": str(ROOT)}
    )
    if finished.returncode:
        raise SystemExit(f"HGQ2: {finished.complaint}")
    _keep(place)
    yield from written(place)


def kept(folder: Path) -> Iterator[Outcome]:
    """All files as they are kept."""
    with tarfile.open(KEPT) as archive:
        archive.extractall(folder, filter="data")
    yield from written(folder)


def _keep(place: Path) -> None:
    """Pack a folder; like files side by side, and nothing of the machine."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime, member.uid, member.gid, member.uname, member.gname, member.mode = 0, 0, 0, "", "", 0o644
        return member

    preset = 9 | lzma.PRESET_EXTREME
    with lzma.open(KEPT, "wb", preset=preset) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(place.iterdir(), key=lambda path: (path.suffix, path.name)):
            archive.add(path, path.name, filter=anonymous)


def written(place: Path) -> Iterator[Outcome]:
    """The files of a folder."""
    files: dict[str, str] = json.loads((place / "files.json").read_text(encoding="utf-8"))
    for name, file in files.items():
        if file.startswith("HGQ2: "):
            yield Outcome(name, message=f"({file.removeprefix('HGQ2: ')} in HGQ2 itself)")
            continue
        path = place / file
        with np.load(f"{path}.npz", allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        inputs, answers = ([arrays[key] for key in sorted(arrays) if key.startswith(letter)] for letter in "xy")
        yield outcome(name, path, inputs, lambda _, own=answers: own)  # type: ignore[misc]
