"""The layout of docs/architecture.md: one name per module, no duplicates, imports in one direction."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"boards", "compiler", "hls_templates", "layers", "sim"}
SOURCES = ("bench", "boards", "compiler", "examples", "layers", "sim", "src", "tests")


def modules(*folders: str) -> list[Path]:
    """All Python files in top-level folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports_of(path: Path, at_once: bool = False) -> Iterator[str]:
    """What a module imports, as ``file:line: name``; only what importing the module imports if ``at_once``."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (f"{path.relative_to(ROOT)}:{node.lineno}: {name}" for name in names)  # type: ignore[attr-defined]
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        later |= isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not (at_once and later):
            waiting += ast.iter_child_nodes(node)


def test_no_folder_is_imported_as_a_package_of_its_own() -> None:
    found = [line for path in modules(*SOURCES) for line in imports_of(path)]
    assert [line for line in found if line.split()[1].split(".")[0] in FOLDERS] == []


def test_compiler_imports_sim_only_where_a_command_needs_it() -> None:
    found = [line for path in modules("compiler") for line in imports_of(path, at_once=True)]
    assert [line for line in found if line.split()[1].startswith("bxnn.sim")] == []


def test_no_module_name_stands_twice() -> None:
    for folders in (("boards", "compiler", "layers"), ("sim",)):
        names = Counter(path.name for path in modules(*folders) if path.name != "__init__.py")
        assert [name for name, count in names.items() if count > 1] == []


def test_every_file_that_the_architecture_names_is_there() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:compiler|layers|sim|boards|src|hls_templates|tests)/[\w./]*)`", page)
    assert [name for name in named if not list(ROOT.glob(name.replace("NAME", "dense")))] == []


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    lines = (function.end_lineno or 0) - function.lineno + 1
    return lines if docstring is None else lines - (docstring.end_lineno or 0) + docstring.lineno - 1


def test_functions_are_short() -> None:
    """At most 40 lines, docstrings not counted."""
    lengths = {
        f"{path.relative_to(ROOT)}: {node.name}": lines_of(node)
        for path in modules("boards", "compiler", "layers", "sim", "src")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > 40} == {}


def test_the_length_of_a_function_leaves_out_its_docstring() -> None:
    source = 'def f(\n    x,\n):\n    """One\n\n    two\n    """\n    return x\n'
    assert [lines_of(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)] == [4]


def test_tools_of_the_environment_are_declared() -> None:
    """What pre-commit, its configuration and the pages start from the environment is installed by `make setup`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {re.split(r"[=<>\[]", text)[0] for text in project["project"]["optional-dependencies"]["dev"]}
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in (".pre-commit-config.yaml", "CONTRIBUTING.md")]
    started = {name for text in texts for name in re.findall(r"\.venv/bin/([\w-]+)", text)}
    assert started >= {"pre-commit", "ruff", "mypy"} and started <= declared


def test_what_is_measured_exists() -> None:
    """Folders whose coverage `make pytest` measures, and the tests with which it does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (measured,) = re.findall(r"(?m)^MEASURED := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"))
    folders = [*project["tool"]["coverage"]["run"]["source"], *measured.split()]
    assert [folder for folder in folders if not list((ROOT / folder).glob("*.py"))] == []


def test_modules_are_short() -> None:
    """Median at most 100 lines, 90 % at most 220, none above 250."""
    lengths = sorted(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in {*modules("boards", "compiler", "layers", "sim"), *(ROOT / "src/bxnn").glob("*.py")}
    )
    assert lengths[len(lengths) // 2] <= 100 and lengths[len(lengths) * 9 // 10] <= 220 and lengths[-1] <= 250


def test_no_file_names_a_folder_of_one_machine() -> None:
    place = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")
    written = {".py", ".md", ".yaml", ".vhd", ".h", ".j2"}
    files = [path for folder in (*FOLDERS, *SOURCES, "docs") for path in (ROOT / folder).rglob("*")]
    files = [path for path in files if path.suffix in written]
    assert len(files) > 500
    assert [str(path.relative_to(ROOT)) for path in files if place.search(path.read_text(encoding="utf-8"))] == []
