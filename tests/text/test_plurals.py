"""A number that may be 1 is never followed by a plural noun: ``counted`` writes both."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.plural import counted
from tests.text.test_names_in_text import ROOT, SOURCES

NEVER_ONE = {"layers/averagepool2d.py": "count"}  # not a power of two

NOUNS = (
    "cycle|event|DSP|LUT|point|beat|pixel|tile|adder|cascade|lane|"
    "value|bit|element|input|output|code|row|label|argument"
)
_PLURAL = re.compile(rf"^ ({NOUNS}|RAMB18)s\b|^ directed events\b|^\(s\)")


@pytest.mark.parametrize(("number", "words"), [(0, "0 cycles"), (1, "1 cycle"), (2, "2 cycles"), (11, "11 cycles")])
def test_counted(number: int, words: str) -> None:
    assert counted(number, "cycle") == words


@given(st.integers(-99, 99))
def test_only_one_is_singular(number: int) -> None:
    assert counted(number, "event").endswith("s") == (number != 1)


def plurals() -> Iterator[str]:
    """Every f-string with a plural noun after a value; constants in capitals are known not to be 1."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            befores = [ast.Constant(""), *node.values]
            for before, value, text in zip(befores, node.values, node.values[1:], strict=False):
                if isinstance(before, ast.Constant) and str(before.value).endswith("x"):  # 27x18 bits
                    continue
                if not (isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant)):
                    continue
                words = ast.unparse(value.value).removeprefix("limits.")
                if NEVER_ONE.get(str(path.relative_to(ROOT))) == words:
                    continue
                if _PLURAL.match(str(text.value)) and not words.lstrip("_").replace("_", "").isupper():
                    yield f"{path.relative_to(ROOT)}:{value.lineno}: {{{words}}}{str(text.value)[:20]}"


def test_plurals_are_counted() -> None:
    assert list(plurals()) == []


def test_plurals_of_templates_are_counted() -> None:
    """After a power of two, a product of sizes, or a list joined with x, the noun is always a plural."""
    counting = re.compile(rf"(?<![x*\w])\{{\{{ ((?:(?!\}}\}}|join).)+?) \}}\}} (?:{NOUNS})(?:s\b|\{{\{{)")
    assert counting.search("-- {{ binding.cycles }} cycles") and counting.search('{{ n }} beat{{ "s" if n > 1 }}')
    templates = [*(ROOT / "hls_templates").rglob("*.j2"), *(ROOT / "compiler").rglob("*.j2")]
    found = [(path.name, match[0]) for path in templates for match in counting.finditer(path.read_text("utf-8"))]
    assert len(templates) > 60 and found == []
