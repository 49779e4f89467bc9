"""The handwritten entities: a build gets those that it uses, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from bxnn.compiler.ir.registry import TEMPLATES

PREFIX = "bxnn_"  # of all handwritten units, and of no other unit

_LIBRARY = TEMPLATES / "vhdl" / "lib"
_INSTANTIATED = TEMPLATES / "vhdl" / "instantiated"
_USED = re.compile(rf"\bwork\.({PREFIX}\w+)", re.IGNORECASE)


def library_of(texts: Iterable[str], dsp_primitive: str | None = None) -> dict[str, str]:
    """All handwritten units that some VHDL instantiates or uses, directly or indirectly.

    Args:
        texts: The VHDL.
        dsp_primitive: The DSP slice to instantiate, such as ``DSP48E2``: units that do so replace those of
            the same name from which a synthesis tool infers slices. ``None`` leaves it to the tool.

    Returns:
        Text by file name, in compile order.
    """
    found: dict[str, str] = {}
    for text in texts:
        for name in _used(text):
            _add(name, found, dsp_primitive)
    return found


def _add(name: str, found: dict[str, str], dsp_primitive: str | None) -> None:
    """A unit, preceded by those that it uses itself."""
    file = f"lib/{name}.vhd"
    if file not in found:
        text = _text(name, dsp_primitive)
        for used in _used(text):
            if used != name:
                _add(used, found, dsp_primitive)
        found[file] = text


def _used(text: str) -> list[str]:
    return sorted({name.lower() for name in _USED.findall(text)}, key=lambda name: (name != f"{PREFIX}pkg", name))


@cache
def _text(name: str, dsp_primitive: str | None) -> str:
    folders = [] if dsp_primitive is None else [_INSTANTIATED / dsp_primitive.lower(), _INSTANTIATED]
    paths = [folder / f"{name}.vhd" for folder in (*folders, _LIBRARY)]
    return next(path for path in paths if path.is_file()).read_text(encoding="utf-8")
