"""A newcomer's path: every block of docs/tutorial.md, in an environment with the wheel and what it declares."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, requires
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bxnn.compiler.pages.notebook_file import notebook_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
BUILT_FROM = ("LICENSE", "README.md", "NOTICE", "pyproject.toml")
LINKED = ("boards", "compiler", "hls_templates", "layers", "sim")
KERNEL = "newcomer"
LONGEST_SECONDS = 600  # the promise of the page's title; a minute on an idle machine
CI_SECONDS = 180  # of all processes: what else runs meanwhile does not count


def declared(*extras: str) -> set[str]:
    """Distributions that ``pip install "bxnn[EXTRAS]"`` installs."""
    found, waiting = set[str](), ["bxnn"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for text in requires(name) or ():
            requirement, wanted = Requirement(text), extras if name == "bxnn" else ()
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                waiting.append(canonicalize_name(requirement.name))
    return found - {"bxnn"}


def wheel(folder: Path) -> Path:
    """The wheel of this working copy."""
    source = folder / "source"
    source.mkdir()
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, source)
    for name in ("src", *LINKED):
        skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=skip)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True, timeout=600)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``bin`` of a virtual environment into which the wheel and its extra ``sim`` are installed."""
    folder = tmp_path_factory.mktemp("newcomer")
    place = folder / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    (site,) = (place / "lib").glob("python3*/site-packages")
    with zipfile.ZipFile(wheel(folder)) as archive:
        archive.extractall(site)
    for name in declared("sim"):
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(found.locate_file(top))))
    script = place / "bin" / "bxnn"
    script.write_text(f"#!{place}/bin/python\nfrom bxnn.compiler.start import main\n\nmain()\n")
    script.chmod(0o755)
    return place / "bin"


def blocks() -> Iterator[tuple[str, str]]:
    """Language and text of every block to be run."""
    for language, text in re.findall(r"^```(sh|python)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        yield str(language), str(text)


def test_the_page_has_the_whole_path() -> None:
    commands = re.findall(
        r"^bxnn (\w+)", "\n".join(text for language, text in blocks() if language == "sh"), re.MULTILINE
    )
    assert commands == ["init", "calibrate", "compile", "simulate", "report", "package", "package"]
    assert [language for language, _ in blocks()].count("python") == 1


def test_the_notebook_has_the_same_blocks() -> None:
    notebook = json.loads(notebook_text(PAGE))
    cells = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert ["\n".join(line.removeprefix("!") for line in cell.split("\n")) + "\n" for cell in cells] == [
        text for _, text in blocks()
    ]
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"]) > 10


def kernel(folder: Path, programs: Path) -> None:
    """A kernel for notebooks in the newcomer's environment; of ours, it has Jupyter's own packages only."""
    ours = str(Path(str(distribution("ipykernel").locate_file(""))))
    start = f"import sys; sys.path.append({ours!r}); from ipykernel.kernelapp import launch_new_instance as run; run()"
    place = folder / "kernels" / KERNEL
    place.mkdir(parents=True)
    spec = {
        "argv": [str(programs / "python"), "-c", start, "-f", "{connection_file}", "--log-level=ERROR"],
        "display_name": KERNEL,
        "language": "python",
        "env": {"PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": "", "VIRTUAL_ENV": ""},
    }
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def checked(cell: str) -> str:
    """The cell, which fails if one of its commands does: Jupyter itself goes on."""
    lines = cell.split("\n")
    return "\n".join(f"{line}\nassert _exit_code == 0, {line!r}" if line.startswith("!") else line for line in lines)


def processes_seconds() -> float:
    """Processor time of processes that have ended."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


@pytest.mark.slow
def test_the_notebook_runs(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "examples/own_model/model.keras", tmp_path / "model.keras")
    shutil.copy(ROOT / "examples/jet_tagger/jets.npz", tmp_path / "events.npz")
    kernel(tmp_path / "jupyter", programs)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    notebook: Any = nbformat.from_dict(json.loads(notebook_text(PAGE)))
    for cell in notebook.cells:
        cell.source = checked(cell.source) if cell.cell_type == "code" else cell.source
    started, used = time.monotonic(), processes_seconds()
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=LONGEST_SECONDS, kernel_name=KERNEL, resources=place).execute()
    assert time.monotonic() - started < LONGEST_SECONDS
    assert 1 < processes_seconds() - used < CI_SECONDS, processes_seconds() - used
    (code,) = [text for language, text in blocks() if language == "python"]
    alone = [str(programs / "python"), "-I", "-c", code]  # without Jupyter's packages
    done = subprocess.run(alone, cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    made = {"design.yaml", "formats.yaml", "build/report.html", "package/README.md"}
    assert {name for name in made if (tmp_path / name).is_file()} == made
