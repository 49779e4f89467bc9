"""English that a native speaker would not write is kept out of messages, docstrings, comments and pages.

The phrases are translations of German ones that were once all over the text. A phrase is a pattern, what to write
instead, a sentence that it must catch, and one that it must not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.text.test_names_in_text import PAGES, ROOT, SOURCES

MORE_PYTHON = [path for folder in ("bench", "examples", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
MORE_PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "examples").rglob("README.md"))]
TEMPLATES = [path for path in sorted((ROOT / "hls_templates").rglob("*")) if path.suffix in (".vhd", ".j2", ".h")]
_COUNTED = "pixels?|words?|tiles?|bits?|beats?|events?|MACs|one|once|twice"
_PER = "cycle|frame|tile|line|tick|beat|row|event|call|level|lane|layer|second|day"
_WHAT = "cycles|latency|distance|interval|efficiency|result|code|cost|spacing"


@dataclass(frozen=True)
class Phrase:
    """What not to write, what to write instead, and a control for each."""

    pattern: str
    instead: str
    caught: str
    allowed: str


PHRASES = (
    Phrase(r"(?<!leaves nothing )(?<!falls )\bbehind\b", "after, following", "a register behind it", "falls behind"),
    Phrase(r"\ball the same\b", "anyway", "it is written all the same", "all use the same format"),
    Phrase(r"\b(?:so|that) many \w+\b(?! (?:\w+ )?that\b)", "the number", "of that many phases", "so many LUTs that"),
    Phrase(
        r"(?<!there )\b(?:is|are|was) no (?!longer\b|more\b|such\b|larger\b)",
        "is not a",
        "its factor is no power of two",
        "there is no layer",
    ),
    Phrase(
        r"\bof (?:its|their|our) own\b(?=$|[,.;:)]| (?:and|if|in|or|than|that|with)\b)",
        "its own",
        "a folder of its own",
        "a function of its own input",
    ),
    Phrase(r"\bstands? (?:in|at|on|here|beside|twice|before|side by)\b", "is", "it stands in a ROM", "stands for"),
    Phrase(r"\bfirmware(?: will)? answers?\b", "outputs", "what the firmware answers", "the firmware's outputs"),
    Phrase(
        rf"\b(?:{_COUNTED}) an? (?:{_PER})\b(?=$|[,.;:)]| (?:and|as|in)\b)",
        "per",
        "a few pixels a cycle, or more",
        "a few pixels per cycle",
    ),
    Phrase(r"\b(?:nobody|somebody)\b", "nothing, none, or who it is", "an input that nobody reads", "nothing reads it"),
    Phrase(r"\bbears?\b|\bbore\b", "has", "the entity bears its name", "the entity has its name"),
    Phrase(r"\bthrough g\+\+", "compiled with g++", "the C++ through g++", "the C++ with g++"),
    Phrase(r"\bas (?:it|they) comes?\b", "as it arrives", "read as it comes", "read as it arrives"),
    Phrase(r"\b(?:is|are) made of\b", "consists of, is made from", "what it is made of", "what it consists of"),
    Phrase(
        r"\bgo(?:es)? on (?:with|from|where)\b", "resume, continue", "the sweep goes on from there", "goes on the wire"
    ),
    Phrase(rf"\bleast (?:{_WHAT})\b", "lowest, smallest, minimum", "the least latency", "at least one cycle"),
    Phrase(r"\b(?:takes?|took) no part\b", "is not used", "networks that took no part", "is not used"),
    Phrase(r"\bbut for\b", "except for", "all but for one", "not now but later"),
    Phrase(r"\ba (?:8|11|18)(?=[ x-])", "an", "a 8-bit code", "an 8-bit code"),
    Phrase(r"\ballows? to\b", "allows doing, makes it possible to", "it allows to skip", "it allows them to"),
    Phrase(r"\bconsists? out of\b|\bdepends? from\b", "of, on", "it consists out of two", "it consists of two"),
)


@cache
def prose(path: Path) -> str:
    """The text of a file that people read, without its code: a line for each paragraph, string or comment."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        parts = text.split("\n\n")
    elif path.suffix == ".py":
        strings = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        parts = [value for value in strings if isinstance(value, str) and " " in value]
        parts += re.findall(r"(?m)(?:^|\s)#:? (.*)$", text)
    else:
        parts = [" ".join(re.findall(r"(?m)(?:--|//|\{#-?) ?(.*)$", text))]
    return "\n".join(" ".join(part.split()) for part in parts)


def compiled(phrase: Phrase) -> re.Pattern[str]:
    """The phrase in any letter case."""
    return re.compile(phrase.pattern, re.IGNORECASE | re.MULTILINE)


def occurrences(phrase: Phrase) -> Iterator[str]:
    """Every place in the repository where the phrase is, with the text around it."""
    pattern = compiled(phrase)
    pages = [path for path in PAGES if path.name != "mutants.md"]  # quotes VHDL
    for path in (*SOURCES, *MORE_PYTHON, *pages, *MORE_PAGES, *TEMPLATES):
        if path != Path(__file__).resolve():
            text = prose(path)
            for match in pattern.finditer(text):
                around = " ".join(text[max(0, match.start() - 50) : match.end() + 30].split())
                yield f"{path.relative_to(ROOT)}: ...{around}...: write {phrase.instead}"


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.caught)
def test_phrase_does_not_occur(phrase: Phrase) -> None:
    assert compiled(phrase).search(phrase.caught) and not compiled(phrase).search(phrase.allowed)
    assert list(occurrences(phrase)) == []
