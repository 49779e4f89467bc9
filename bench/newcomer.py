"""The newcomer's path as a newcomer has it: the wheel, an empty environment, and the blocks of docs/tutorial.md.

    python -m bench.newcomer [--page docs/tutorial.md]

Builds the wheel of this working copy, installs it with the extra `sim` from the package registry into a new virtual
environment, and runs every block of the page there, in order, on the model and the jets that it names. Prints what
takes how long. Exit 1 if a step fails, or if all of them together take more than ten minutes of machine time.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 600.0
MATERIAL = {"examples/own_model/model.keras": "model.keras", "examples/jet_tagger/jets.npz": "events.npz"}
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
Step = tuple[str, Sequence[str]]


def installation(folder: Path) -> Iterator[Step]:
    """What comes before the page's first block: the wheel, the environment, and what `pip install` says."""
    wheels, python = folder / "wheels", str(folder / "venv/bin/python")
    yield "build the wheel", [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels), str(ROOT)]
    yield "make an environment", [sys.executable, "-m", "venv", str(folder / "venv")]
    quiet = ["--quiet", "--disable-pip-version-check", "--find-links", str(wheels)]
    yield 'pip install "bxnn[sim]"', [python, "-m", "pip", "install", *quiet, "bxnn[sim]"]


def page_steps(page: str, folder: Path) -> Iterator[Step]:
    """The blocks of a page; a block of commands is a step."""
    for language, text in _BLOCK.findall(page):
        name = text.strip().splitlines()[0]
        if language == "sh":
            yield name, ["sh", "-ec", text]
        else:
            yield f"python: {name}", [str(folder / "venv/bin/python"), "-c", text]


def run(steps: Iterator[Step], place: Path, programs: Path) -> float | None:
    """Run steps in a folder and print how long each takes.

    Returns:
        Seconds of all of them; ``None`` if one fails, whose last words are printed.
    """
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(place), "LANG": "C.UTF-8"}
    environment |= {key: os.environ[key] for key in os.environ if key.startswith("PIP_") or key.endswith("_proxy")}
    total = 0.0
    for name, command in steps:
        started = time.monotonic()
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        spent = time.monotonic() - started
        total += spent
        print(f"{spent:7.1f} s  {name}", flush=True)
        if done.returncode:
            print((done.stderr or done.stdout).strip()[-2000:])
            return None
    return total


def main(argv: list[str] | None = None) -> int:
    """Install, and follow the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "tutorial.md")
    page = parser.parse_args(argv).page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        place = folder / "work"
        place.mkdir()
        for source, name in MATERIAL.items():
            shutil.copy(ROOT / source, place / name)
        steps = (step for part in (installation(folder), page_steps(page, folder)) for step in part)
        total = run(steps, place, folder / "venv/bin")
    if total is None:
        return 1
    print(f"{total:7.1f} s  in all; the promise is {LONGEST_SECONDS:.0f} s")
    return int(total > LONGEST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
