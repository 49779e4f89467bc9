"""The handwritten entities: a build gets those that it uses, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from bxnn.compiler.ir.registry import TEMPLATES

PREFIX = "bxnn_"  # of every handwritten unit; no other unit has it

_FOLDER = TEMPLATES / "vhdl" / "lib"
_USED = re.compile(rf"\bwork\.({PREFIX}\w+)", re.IGNORECASE)


def library_of(texts: Iterable[str]) -> dict[str, str]:
    """Every handwritten unit that some VHDL instantiates or uses, at first or second hand.

    Returns:
        Text by file name, in compile order.
    """
    found: dict[str, str] = {}
    for text in texts:
        for name in _used(text):
            _add(name, found)
    return found


def _add(name: str, found: dict[str, str]) -> None:
    """A unit, after those that it uses itself."""
    file = f"lib/{name}.vhd"
    if file not in found:
        text = _text(name)
        for used in _used(text):
            if used != name:
                _add(used, found)
        found[file] = text


def _used(text: str) -> list[str]:
    return sorted({name.lower() for name in _USED.findall(text)}, key=lambda name: (name != f"{PREFIX}pkg", name))


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.vhd").read_text(encoding="utf-8")
