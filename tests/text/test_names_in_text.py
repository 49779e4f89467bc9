"""Everything named in messages, comments, docstrings and pages exists: keys, options, modules, paths, passes."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from typer.main import get_command

from bxnn.compiler.cli.command_line import app
from bxnn.compiler.config.design_config import DesignConfig

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("compiler", "layers", "sim", "boards")
    for path in (ROOT / folder).rglob("*.py")
    if path.is_file()
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# Modules that call other programs with those programs' options.
CALLERS = (
    "compiler/search/search_notebook.py",
    "compiler/installing.py",
    "compiler/report/git_revision.py",
    "sim/bench/compiled_program.py",
    "sim/bench/ghdl.py",
    "sim/bench/replay.py",
    "sim/bench/verilator.py",
    "sim/entities/entity_bench.py",
    "sim/entities/held_check_bench.py",
    "sim/entities/package_bench.py",
    "sim/proof/prover.py",
    "sim/synthesis.py",
)
FOREIGN_OPTIONS = {"--version", "--synth"}  # of ghdl, mentioned in our text
TO_WRITE = ("absolute", "NAME")  # of the recipe for a layer type
LEAKY = ("layers/leaky.py", "hls_templates/vhdl/layers/leaky.vhd.j2", "hls_templates/hls/layers/leaky.h.j2")  # to write
_PATH = re.compile(r"(?<![\w/.<])((?:compiler|layers|sim|boards|docs|tests|bench|examples|hls_templates)/[\w/.-]*\w)")
_MODULE = re.compile(r"(?<![\w./])bxnn\.((?:compiler|layers|sim|boards)\.[a-z_0-9]+(?:\.[A-Za-z_0-9]+)*)")
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]+)")
_KEY_VALUE = re.compile(r"\b([a-z_]+): (streaming|frame_parallel|auto|none|lut|dsp|argmax|values|output_serial)\b")
_LAYERS_KEY = re.compile(r"\blayers: ?\{?\w[\w ]*: ?\{?([a-z_]+):")


@cache
def texts(path: Path) -> tuple[tuple[int, str], ...]:
    """Strings and comments of a module with their lines."""
    source = path.read_text(encoding="utf-8")
    found = [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            found.append((token.start[0], token.string))
    return tuple(found)


def occurrences(pattern: re.Pattern[str], pages: bool = True) -> Iterator[tuple[str, re.Match[str]]]:
    """Every match in the text of the sources and, unless they are left out, in the pages."""
    for path in SOURCES:
        for line, text in texts(path):
            for match in pattern.finditer(text):
                yield f"{path.relative_to(ROOT)}:{line}: {match[0]}", match
    for path in PAGES if pages else ():
        for match in pattern.finditer(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(ROOT)}: {match[0]}", match


def options() -> set[str]:
    """Every option of every command."""
    command = get_command(app)
    commands = [command, *getattr(command, "commands", {}).values()]
    return {option for each in commands for parameter in each.params for option in parameter.opts} | {"--help"}


def keys(model: type[BaseModel]) -> dict[str, set[str]]:
    """Every key of a section and of those below it, with its allowed texts."""
    found: dict[str, set[str]] = {}
    for name, field in model.model_fields.items():
        found[name] = set(_choices(field.annotation))
        for section in _sections(field.annotation):
            for key, choices in keys(section).items():
                found[key] = found.get(key, set()) | choices
    return found


def _choices(annotation: object) -> Iterator[str]:
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _choices(part)


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def exists(module: str) -> bool:
    """Whether a dotted name is a module, or something defined in a module."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        file = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
        if file.is_file() or place.is_dir():
            rest = parts[length:]
            return not rest or (file.is_file() and re.search(rf"\b{rest[0]}\b", file.read_text("utf-8")) is not None)
    return False


def test_options_exist() -> None:
    known = options() | FOREIGN_OPTIONS
    found = [where for where, match in occurrences(_OPTION, pages=False) if match[1] not in known]
    assert [where for where in found if not where.startswith(CALLERS)] == []


def test_options_of_bxnn_commands_in_pages_exist() -> None:
    known = options()
    line = re.compile(
        r"\bbxnn (?:compile|simulate|csim|synthesize|timing|predict|report|sweep|check|diff|verify|prove)\b[^\n`]*"
    )
    wrong = [
        f"{where} ({option})"
        for where, match in occurrences(line)
        for option in _OPTION.findall(match[0])
        if option not in known
    ]
    assert wrong == []


def test_keys_and_their_values_exist() -> None:
    known = keys(DesignConfig)
    wrong = [
        where
        for where, match in occurrences(_KEY_VALUE)
        if match[1] in known and known[match[1]] and match[2] not in known[match[1]]
    ]
    assert wrong == []


def test_keys_of_layers_exist() -> None:
    known = keys(DesignConfig)
    assert [where for where, match in occurrences(_LAYERS_KEY) if match[1] not in known] == []


def test_paths_exist() -> None:
    of_a_build = ("sim/interface", "layers/FC1.h", *LEAKY)
    paths = ((where, match[1]) for where, match in occurrences(_PATH))
    found = [
        where for where, path in paths if not (ROOT / path).exists() and Path(path).name.split(".")[0] not in TO_WRITE
    ]
    assert [where for where in found if not where.split(": ")[1].startswith(of_a_build)] == []


def test_modules_exist() -> None:
    assert [where for where, match in occurrences(_MODULE) if not exists(match[1])] == []


def test_passes_exist() -> None:
    """The word after "the pass" is a pass, unless it is a verb or a preposition."""
    known = {path.stem for path in (ROOT / "compiler/passes").glob("*.py")} | {"broke", "is"}
    found = occurrences(re.compile(r"\bthe pass `{0,2}(\w+)"))
    assert [where for where, match in found if match[1] not in known] == []
