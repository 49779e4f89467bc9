"""Fenced blocks of the pages, as CommonMark reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
TEXTS = tuple(
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("examples/*/README.md")))
)
NOT_RUN = ("needs a vendor tool", "needs a cluster", "takes more than a minute")  # titles, which readers see too
PRINTS = "prints"
_INFO = re.compile(r'(\w*)(?: title="([^"]*)")?')


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes:
        page: Path from the top of the repository.
        line: The first one, from 1.
        language: First word after the fence; empty for an indented block.
        title: What the site shows above the block: a reason not to run it, the file that it is, or ``PRINTS``.
        text: Its lines.
    """

    page: str
    line: int
    language: str
    title: str | None
    text: str

    @property
    def where(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> bool:
        """Whether the block is commands or Python that a test executes."""
        return self.language in ("sh", "python") and self.title not in NOT_RUN

    @property
    def lines(self) -> list[str]:
        """Lines that are not empty."""
        return [line for line in self.text.splitlines() if line.strip()]


def blocks(page: str) -> tuple[Block, ...]:
    """All blocks of a page, in order."""
    tokens = MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8"))
    return tuple(_block(page, token) for token in tokens if token.type in ("fence", "code_block"))


def _block(page: str, token: Token) -> Block:
    match = _INFO.fullmatch(token.info)
    assert match is not None and token.map is not None, f"{page}: {token.info}"
    return Block(page, token.map[0] + 1, match[1], match[2], token.content)


def all_blocks() -> Iterator[Block]:
    """Those of all pages."""
    for page in TEXTS:
        yield from blocks(page)
