"""What pages say to type into a vendor's tool: the files are those of a build or a package, and take these steps."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bxnn.compiler.cli import run
from tests.pages.blocks import NOT_RUN, ROOT, all_blocks
from tests.pages.material import own_model

TOOLS = ("vitis_hls", "vitis-run")
FILE = re.compile(r"[\w./-]+\.(?:tcl|cfg|xdc|qsf|sdc|conf|core|d3|dep|src|sim|con|txt|py)$")
TARGETS = ("vivado", "quartus", "hog", "ipbb", "fusesoc", "vhdl")
PACKAGES = (ROOT / "docs" / "packages.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vendor")
    own_model(folder)
    made = folder / "build"
    assert run(["compile", str(folder / "model.h5"), "-c", str(folder / "design.yaml"), "-o", str(made), "-q"]) == 0
    return made


def commands() -> list[list[str]]:
    """Lines of the blocks that need a vendor's tool and are not commands of this repository."""
    texts = [line for block in all_blocks() if block.title == NOT_RUN[0] for line in block.lines]
    found = [shlex.split(line, comments=True) for line in texts]
    return [words for words in found if words[0] not in ("bxnn", "make", "python")]


def test_commands_name_files_of_a_build(build: Path) -> None:
    files = {path.name: path for path in (build / "hls").iterdir()}
    for words in commands():
        assert words[0] in TOOLS, words
        named = [word for word in words[1:] if FILE.match(word)]
        assert named and set(named) <= {*files}, words
        if "-tclargs" in words:
            script = files[named[0]].read_text(encoding="utf-8")
            steps = words[words.index("-tclargs") + 1 :]
            assert steps and all(re.search(rf"^ +{step} +\{{", script, re.MULTILINE) for step in steps), words
    assert len(commands()) > 1


def cells() -> dict[str, str]:
    """What the table of targets says of each."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PACKAGES, re.MULTILINE))


@pytest.mark.parametrize("target", TARGETS)
def test_packages_have_the_files_of_the_table(target: str, build: Path) -> None:
    package = build.parent / target
    assert run(["package", str(build), "--for", target, "-o", str(package), "-q"]) == 0
    files = {path.name for path in package.rglob("*") if path.is_file()}
    quoted = [words.split()[0].split("/")[-1] for words in re.findall("`([^`]+)`", cells()[target])]
    named = [name for name in quoted if FILE.match(name) or re.fullmatch(r"\.\w+", name)]
    assert named, target
    for name in named:
        ending = re.sub("^(?:TOP|LIBRARY)", "", name)
        whole = ending == name and name[0] != "."
        found = name in files if whole else any(file.endswith(ending) for file in files)
        assert found, (name, sorted(files))


def test_every_target_is_in_the_table() -> None:
    assert set(cells()) == set(TARGETS)
