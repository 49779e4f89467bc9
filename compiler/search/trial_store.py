"""The folder of a search: trials that are kept, and a journal by which an interrupted search goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from bxnn.compiler.errors import InputError
from bxnn.compiler.files import naming
from bxnn.compiler.search.sample import Sample
from bxnn.compiler.search.search_config import SearchConfig
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_run import TrialFiles

_ABOUT = "search.json"
_TRIALS = "trials"
_GROWS = {"trials", "verify", "seeds"}  # keys that may change in a search that goes on
ASKED, TOLD = "asked", "told"


class TrialStore:
    """Trials by key, with the files that they left; every file is written entirely or not at all.

    Args:
        folder: Created if missing.
        config: search.yaml.
        sample: All events.

    Raises:
        InputError: If the folder contains another search or anything else, or cannot be written.
    """

    def __init__(self, folder: Path, config: SearchConfig, sample: Sample) -> None:
        self.folder = folder
        about = _about(config, sample)
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / _ABOUT).is_file())):
            raise InputError(str(folder), "exists and is not a search; name another folder")
        try:
            (folder / _TRIALS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(folder), f"cannot be written: {error.strerror}") from None
        found = _read(folder / _ABOUT)
        for part, digest in about.items():
            if found is not None and found.get(part) != digest:
                problem = f"holds a search with other {part}; name another folder, or remove this one"
                raise InputError(str(folder), problem)
        self.write(_ABOUT, (json.dumps(about, indent=2) + "\n").encode())

    def get(self, key: str) -> Trial | None:
        """The stored trial; ``None`` if there is none or its file is damaged, so that it is run again."""
        try:
            return Trial.model_validate_json((self.folder / _TRIALS / f"{key}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def put(self, trial: Trial, files: TrialFiles | None) -> None:
        """Store a trial; its figures last, so that a trial with figures is whole."""
        if files is not None:
            self.write(f"{_TRIALS}/{trial.key}.onnx", files.onnx)
            self.write(f"{_TRIALS}/{trial.key}.keras", files.keras)
            self.write(f"{_TRIALS}/{trial.key}.yaml", files.formats.encode())
        self.write(f"{_TRIALS}/{trial.key}.json", (trial.model_dump_json(indent=2) + "\n").encode())

    def file(self, trial: Trial, suffix: str) -> Path:
        """A file that a trial left: ``.onnx``, ``.keras`` or ``.yaml``."""
        return self.folder / _TRIALS / f"{trial.key}{suffix}"

    def journal(self, seed: int) -> Iterator[tuple[str, str]]:
        """What was asked and told, in order: a word and the key of a trial."""
        try:
            lines = self._journal(seed).read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            word, _, key = line.partition(" ")
            if word not in (ASKED, TOLD) or not key:
                return
            yield word, key

    def note(self, seed: int, word: str, key: str) -> None:
        """Add a line to the journal."""
        with naming(self._journal(seed)), self._journal(seed).open("a", encoding="utf-8") as file:
            file.write(f"{word} {key}\n")

    def cut(self, seed: int, lines: int) -> None:
        """Keep only the first lines of the journal."""
        kept = [f"{word} {key}\n" for word, key in self.journal(seed)][:lines]
        self.write(self._journal(seed).name, "".join(kept).encode())

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of the folder in one step."""
        path = self.folder / name
        partial = path.with_name(f".{path.name}.partial")
        with naming(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(content)
            partial.replace(path)
        return path

    def _journal(self, seed: int) -> Path:
        return self.folder / f"journal_{seed}.txt"


def _about(config: SearchConfig, sample: Sample) -> Mapping[str, str]:
    """What trials depend on, by what a message would call it."""
    events = hashlib.sha256()
    for array in (sample.x, sample.y):
        events.update(str(array.shape).encode())
        events.update(np.ascontiguousarray(array).tobytes())
    keys = config.model_dump_json(exclude=_GROWS)
    return {
        "events": events.hexdigest(),
        "keys in search.yaml": hashlib.sha256(keys.encode()).hexdigest(),
        "version of bxnn": version("bxnn"),
    }


def _read(path: Path) -> Mapping[str, str] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else {}
