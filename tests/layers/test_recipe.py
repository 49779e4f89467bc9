"""The page on adding a layer type: its three files, in a copy of the repository, pass all tests of layers."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "add_a_layer.md"
COPIED = ("src", "pyproject.toml", ".vsg.yaml", "compiler", "layers", "sim", "boards", "hls_templates", "bench")


def files() -> dict[str, str]:
    """The text of each file that the page writes, by path."""
    return dict(re.findall(r"^## \d\. `(\S+)`\n.*?^```\w+\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources and tests with the new layer type."""
    copy = tmp_path_factory.mktemp("repository")
    for name in (*COPIED, "tests"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    for path, text in files().items():
        assert not (copy / path).exists()
        (copy / path).write_text(text)
    return copy


def run(folder: Path, *command: str) -> str:
    """Output of a Python module in the copy; the process must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_writes_three_files() -> None:
    assert list(files()) == [
        "layers/absolute.py",
        "hls_templates/vhdl/layers/absolute.vhd.j2",
        "hls_templates/hls/layers/absolute.h.j2",
    ]


@pytest.mark.slow
def test_the_new_type_holds_the_contract(repository: Path) -> None:
    """Shape, range, text, cost, and GHDL after parallel and serial producers."""
    found = run(repository, "pytest", "-v", "-p", "no:cacheprovider", "tests/layers/test_contract.py", "-k", "absolute")
    names = set(re.findall(r"::(\w+)\[\S*absolute\S*\] PASSED", found))
    assert {
        "test_every_class_has_examples",
        "test_range_is_sound",
        "test_text_round_trip",
        "test_all_carriers_compute_the_same_bits",
        "test_what_takes_cycles_takes_registers",
        "test_stages_in_hardware",
    } <= names


@pytest.mark.slow
def test_the_new_type_runs_in_gxx(repository: Path) -> None:
    """Side by side with all other types; the project must contain its examples."""
    run(repository, "pytest", "-q", "-p", "no:cacheprovider", "tests/hls/test_contract.py", "-k", "all_examples")


@pytest.mark.slow
def test_the_new_type_keeps_the_house_style(repository: Path) -> None:
    run(repository, "ruff", "check", "layers/absolute.py")
    run(repository, "ruff", "format", "--check", "layers/absolute.py")
    if (ROOT / ".mypy_cache").is_dir():  # of the files that the copy has in common, which are not checked again
        shutil.copytree(ROOT / ".mypy_cache", repository / ".mypy_cache")
    run(repository, "mypy", "layers/absolute.py")
