"""The documentation site: it builds without a warning, and every command on its pages can be typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from bxnn.compiler.cli.command_line import app
from bxnn.compiler.cli.examples import HELP
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.frontend.keras.qkeras import ADVICE
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.pages import PAGES
from bxnn.compiler.report import ReportModel

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").rglob("README.md"))]


def typed() -> Iterator[tuple[str, str]]:
    """Every line of a page that is a command of bxnn, and where it is."""
    for path in TEXTS:
        inside = False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            inside ^= line.startswith("```")
            match = re.fullmatch(r"(\s*)(?:- )?(bxnn [a-z][^|]*)", line)
            if match is not None and (inside or len(match[1]) >= 4):
                yield f"{path.relative_to(ROOT)}:{number}", match[2].split(" #")[0].split("  ")[0].split(" > ")[0]


@pytest.mark.parametrize(("where", "line"), [pytest.param(*found, id=found[0]) for found in typed()])
def test_a_command_on_a_page_can_be_typed(where: str, line: str) -> None:
    words = shlex.split(re.sub(r"[\[\]]", "", line))  # what may be left out is in brackets
    group: Any = get_command(app)
    group.commands[words[1]].make_context(words[1], words[2:])  # raises what is wrong


def test_there_are_commands_to_check() -> None:
    assert {line.split()[1] for _, line in typed()} >= {
        "compile",
        "simulate",
        "synthesize",
        "check",
        "verify",
        "prove",
        "package",
    }


def test_the_references_name_everything() -> None:
    pages = {path: page() for path, page in PAGES.items()}
    assert re.findall(r"^## bxnn (\w+)$", pages["reference/commands.md"], re.MULTILINE) == [*HELP]
    design = pages["reference/design_yaml.md"]
    assert [key for key in DesignConfig.model_fields if f"| `{key}` |" not in design] == []
    assert design.count("| a mapping, see below |") == 0 and "|  |\n" not in design
    layers = pages["reference/layers.md"]
    assert [name for name in (*layer_types(), *ADVICE) if f"| `{name}` |" not in layers] == []
    report = pages["reference/report_json.md"]
    assert [key for key in ReportModel.model_fields if f"| `{key}` |" not in report] == []


def test_the_questions_quote_messages() -> None:
    """Code in the head of an answer is part of a message, so that a search finds it."""
    heads = re.findall(r"^\*\*(.*?)\*\*", (ROOT / "docs" / "faq.md").read_text(encoding="utf-8"), re.MULTILINE)
    quoted = [text for head in heads for text in re.findall("`([^`]+)`", head)]
    folders = ("compiler", "layers", "sim", "boards")
    sources = "\n".join(path.read_text(encoding="utf-8") for name in folders for path in (ROOT / name).rglob("*.py"))
    assert [text for text in quoted if text.split(": ")[0] not in sources] == [] and len(quoted) > 6


def test_every_page_is_in_the_contents() -> None:
    configured = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert pages - set(re.findall(r": (\w+\.md)$", configured, re.MULTILINE)) == set()


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    configured = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = re.findall(r"([\w/]+)\.md$", configured, re.MULTILINE)
    for page in pages:
        name = "index.html" if page == "index" else f"{page}/index.html"
        assert (tmp_path / "site" / name).is_file(), page
    assert yaml.safe_load(configured)["docs_dir"] == "docs" and len(pages) > 25
