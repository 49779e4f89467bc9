"""Every block of every page is executed, in order, in a folder with the examples; what is not says why, and is checked.

docs/tutorial.md runs in tests/site/test_tutorial.py, and docs/add_a_layer.md in tests/layers/test_recipe.py.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bxnn.compiler import cli
from bxnn.compiler.cli.command_line import app
from bxnn.compiler.config.design_config import parse_config
from bxnn.sim import float_model
from tests.pages.blocks import NOT_RUN, PRINTS, ROOT, TEXTS, Block, all_blocks, blocks
from tests.pages.material import NAMES, SUPPLIED

ELSEWHERE = ("docs/tutorial.md", "docs/add_a_layer.md")
CODE = re.compile(r"^(?:bxnn|make|ghdl|pytest|pip|python -m) [\w-]|^(?:import|from) \w|\bbxnn\.\w+\(", re.MULTILINE)
LARGEST = 1_500_000  # bytes of a report page
FIGURES = {  # page and build, with what the page says of it
    ("examples/anomaly/README.md", "anomaly"): "| {latency_cycles} cycles | {dsp} |",
    ("examples/anomaly/README.md", "autoencoder"): "| {latency_cycles} cycles | {dsp} |",
}
PROGRAMS = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
RUN = [page for page in TEXTS if page not in ELSEWHERE and any(block.runs for block in blocks(page))]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a reader has: the examples, as the current folder."""
    ignored = shutil.ignore_patterns("__pycache__", "build")
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=ignored)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN)
def test_a_page_does_what_it_says(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for supply in SUPPLIED.get(page, ()):
        supply(folder)
    if page in SUPPLIED:  # TensorFlow takes longer than all else, and compares the examples only
        monkeypatch.setattr(float_model, "missing", lambda *_: "not compared with this network")
    names: dict[str, Any] = {}
    following = [*blocks(page)[1:], None]
    for block, after in zip(blocks(page), following, strict=True):
        if block.language == "yaml" and block.title is not None:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.runs and block.language == "python":
            names |= {} if names else NAMES.get(page, dict[str, Any])()
            exec(compile(block.text, block.where, "exec"), names)
        elif block.runs:
            expected = after if after is not None and (after.title or "").startswith(PRINTS) else None
            typed(block, expected, capsys, alone=bool(names))
    measured(folder, page)


def typed(block: Block, expected: Block | None, capsys: pytest.CaptureFixture[str], alone: bool) -> None:
    """Run the commands of a block; what follows it is what the last one prints.

    Those of bxnn run in this process, which saves a second each, unless a block of Python has imported frameworks.
    """
    capsys.readouterr()
    for number, line in enumerate(block.lines, start=1):
        words = shlex.split(line, comments=True)
        last = number == len(block.lines)
        code = int((expected.title or "").removeprefix(f"{PRINTS}, exit code ") or 0) if expected and last else 0
        if words[0] == "bxnn" and not alone:
            done, said = cli.run(words[1:]), "".join(capsys.readouterr())
        else:
            shell = ["bash", "-ec", line]
            told = subprocess.run(shell, env=PROGRAMS, capture_output=True, text=True, timeout=600, check=False)
            done, said = told.returncode, told.stdout + told.stderr
        assert done == code, f"{block.where}: {line}\n{said}"
        if expected is not None and last:
            printed = [text.rstrip() for text in said.splitlines()]
            assert [text for text in expected.lines if text not in printed] == [], f"{block.where}: {said}"


def measured(folder: Path, page: str) -> None:
    """Whatever the page measured is as predicted, and the examples are as their models in TensorFlow."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for path in folder.rglob("report.json"):
        report = json.loads(path.read_text(encoding="utf-8"))
        simulation, compared = report["simulation"], report["float_comparison"]
        if simulation is not None:
            assert simulation["passed"] and simulation["mismatches"] == 0, path
            assert simulation["latency_cycles"] == report["latency_cycles"], path
            assert page in SUPPLIED or compared is not None, path
        if compared is not None and report["calibration"] is None:
            assert compared["elements_differing"] == 0, path
        assert (path.parent / "report.html").stat().st_size < LARGEST, path
        assert FIGURES.get((page, path.parent.name), "").format(**report) in text, path


def test_pages_are_run() -> None:
    assert set(RUN) >= {"README.md", "docs/ci.md", "docs/packages.md", "docs/weights.md", "examples/anomaly/README.md"}
    assert {block.title for block in all_blocks() if not block.runs and block.language == "sh"} <= {*NOT_RUN, None}


def test_commands_and_python_are_in_fences() -> None:
    """Otherwise nothing runs them."""
    found = [block for block in all_blocks() if block.page not in ELSEWHERE and block.title is None]
    plain = [block for block in found if block.language not in ("sh", "python")]
    assert [block.where for block in plain if CODE.search(block.text)] == []


@pytest.mark.parametrize("block", [block for block in all_blocks() if block.title in NOT_RUN], ids=lambda b: b.where)
def test_what_is_not_run_can_be_typed(block: Block) -> None:
    """The command line, a module or the Makefile has these options or this target."""
    if block.language == "python":
        ast.parse(block.text)
        return
    for line in block.lines:
        words = shlex.split(line, comments=True)
        if words[0] == "bxnn":
            group: Any = get_command(app)
            group.commands[words[1]].make_context(words[1], words[2:])  # raises what is wrong
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        elif words[:2] == ["python", "-m"]:
            assert unknown(words[2], words[3:]) == [], line
        else:
            assert block.title == NOT_RUN[0], line


def unknown(module: str, words: list[str]) -> list[str]:
    """Options that a module's own parser does not have; all of them if there is no such module."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    source = path.read_text(encoding="utf-8") if path.is_file() else ""
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    own = [option for option in options if f'"{option}"' not in source]
    left = [option for option in own if not re.search(rf"\b{option[2:].replace('-', '_')}: ", source)]
    return left if source else [module, *left]


def modules() -> Iterator[tuple[str, str, str]]:
    """Commands of the repository's own modules anywhere on a page: the page, the module, what follows it."""
    for page in TEXTS:
        text = (ROOT / page).read_text(encoding="utf-8")
        for match in re.finditer(r"python -m ((?:bench|examples)\.[a-z]\w*(?:\.\w+)?)([^`\n|]*)", text):
            yield page, match[1], match[2]


def test_modules_that_pages_name_take_these_options() -> None:
    found = [*modules()]
    assert len(found) > 30
    assert [(page, module, wrong) for page, module, rest in found if (wrong := unknown(module, rest.split()))] == []


def fragments() -> list[Any]:
    """Blocks of YAML that are parts of a design.yaml."""
    found = [block for block in all_blocks() if block.language == "yaml" and block.title in (None, "design.yaml")]
    return [pytest.param(block, id=block.where) for block in found]


@pytest.mark.parametrize("block", fragments())
def test_a_design_on_a_page_is_one(block: Block) -> None:
    own = "" if re.search("^initiation_interval:", block.text, re.MULTILINE) else "initiation_interval: 8\n"
    parse_config(own + block.text)
