"""What a terminal shows, and what a pipe receives: tables and progress."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from bxnn.compiler.cli.terminal import plain, print_table
from bxnn.compiler.report.table import Table
from tests.package.test_layout import imports_of, modules

ROOT = Path(__file__).resolve().parents[2]
TABLE = Table("Sizes", ("", "cycles", "note"), (("fast", "12", "[bold]:smile:"), ("層", "7", "#" * 90)))
PRINT = "from tests.cli.test_terminal import TABLE, print_table; print_table(TABLE)"
WAIT = """
import sys, time
from bxnn.compiler.cli.elapsed import elapsed
with elapsed("simulate", 0.05):
    time.sleep(0.6)
    sys.stderr.write("net: a line\\n")
print("done")
"""
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def on_a_terminal(code: str, **variables: str) -> str:
    """What a program writes to a terminal of 80 columns."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    environment = {**kept, "TERM": "xterm", "COLUMNS": "80", **variables}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:  # the terminal's other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0, written
    return written.decode().replace("\r\n", "\n")


def test_a_pipe_gets_a_line_for_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(TABLE)
    assert capsys.readouterr().out == (
        f"Sizes\n      cycles  note\nfast  12      [bold]:smile:\n層    7       {'#' * 90}\n"
    )


def test_an_empty_header_is_left_out() -> None:
    assert plain(Table("Sizes", ("", ""), (("a", "1"), ("bcd", "")))) == "Sizes\na    1\nbcd"


def test_a_terminal_gets_a_table_of_its_width() -> None:
    drawn = on_a_terminal(PRINT)
    lines = [line.rstrip() for line in COLOUR.sub("", drawn).splitlines()]
    assert COLOUR.search(drawn) and lines[:2] == ["Sizes", ""]
    assert [line.split() for line in lines[2:5]] == [["cycles", "note"], ["─" * 78], ["fast", "12", "[bold]:smile:"]]
    assert sum(line.count("#") for line in lines) == 90 and max(map(len, lines)) <= 80


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_colour_where_none_is_wanted(variables: dict[str, str]) -> None:
    codes = COLOUR.findall(on_a_terminal(PRINT, **variables))
    assert [code for code in codes if code not in ("\x1b[0m", "\x1b[1m")] == []  # bold is not a colour
    assert codes == [] or "TERM" not in variables


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "M")), max_size=20)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5).flatmap(lambda n: st.lists(st.tuples(*[CELLS] * n), min_size=1, max_size=6)))
def test_every_row_of_a_pipe_is_one_line_with_its_cells_in_order(rows: list[tuple[str, ...]]) -> None:
    header = tuple(f"c{number}" for number in range(len(rows[0])))
    title, *lines = plain(Table("T", header, tuple(rows))).split("\n")
    assert title == "T" and len(lines) == len(rows) + 1
    for line, row in zip(lines, (header, *rows), strict=True):
        assert line.split() == [cell for cell in row if cell]


def test_a_long_command_shows_its_time_on_a_terminal_and_nothing_in_a_pipe() -> None:
    shown = on_a_terminal(WAIT)
    assert "simulate 0:00:00" in COLOUR.sub("", shown)
    assert "net: a line\n" in shown and shown.endswith("done\n")
    done = subprocess.run([sys.executable, "-c", WAIT], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "net: a line\n")


def test_a_short_command_shows_no_time() -> None:
    assert on_a_terminal(WAIT.replace("0.05", "30")) == "net: a line\ndone\n"


def test_every_package_that_is_imported_is_declared() -> None:
    """By bxnn itself: what is installed with a dependency today may be gone tomorrow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(text for extra in project["optional-dependencies"].values() for text in extra)]
    declared = {Requirement(text).name for text in texts}
    lines = [line for path in modules("boards", "compiler", "layers", "sim", "src") for line in imports_of(path)]
    imported = {line.split()[1].partition(".")[0] for line in lines} - {*sys.stdlib_module_names, "bxnn", "__future__"}
    elsewhere = {"yaml": "pyyaml", "cocotb_tools": "cocotb", "tf_keras": "tf-keras"}
    assert {elsewhere.get(name, name) for name in imported} - declared == set()
    assert unicodedata.east_asian_width(TABLE.rows[1][0]) == "W"  # the table above has a cell of two columns
