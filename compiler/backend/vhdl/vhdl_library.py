"""The handwritten entities: a build gets those that it uses, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from bxnn.compiler.ir.registry import TEMPLATES

PREFIX = "bxnn_"  # of all handwritten units, and of no other unit

_FOLDER = TEMPLATES / "vhdl" / "lib"
_USED = re.compile(rf"\bwork\.({PREFIX}\w+)", re.IGNORECASE)


def library_of(texts: Iterable[str]) -> dict[str, str]:
    """All handwritten units that some VHDL instantiates or uses, directly or indirectly.

    Returns:
        Text by file name, in compile order.
    """
    found: dict[str, str] = {}
    for text in texts:
        for name in _used(text):
            _add(name, found)
    return found


def _add(name: str, found: dict[str, str]) -> None:
    """A unit, preceded by those that it uses itself."""
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
