"""The vendor's primitives that a design instantiates, for tools that do not have the vendor's library.

AMD's library is called unisim. bxnn includes the components that its VHDL uses, and models of them; a user's own
simulator takes the vendor's instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bxnn.compiler.ir.registry import TEMPLATES

LIBRARY = "unisim"

_FOLDER = TEMPLATES / "vhdl" / "unisim"
_COMPONENTS = _FOLDER / "vcomponents.vhd"
_SHARED = _FOLDER / "bxnn_dsp_model.vhd"
_USED = re.compile(r"\bunisim\.vcomponents\b", re.IGNORECASE)


def component_files(sources: Sequence[Path]) -> tuple[Path, ...]:
    """Declarations of the primitives without their behaviour: a tool then sees black boxes. Empty if none is used."""
    return (_COMPONENTS,) if _instantiates(sources) else ()


def model_files(sources: Sequence[Path]) -> tuple[Path, ...]:
    """Declarations and behaviour of the primitives, in compile order; empty if none is used."""
    if not _instantiates(sources):
        return ()
    slices = sorted(path for path in _FOLDER.glob("*.vhd") if path not in (_COMPONENTS, _SHARED))
    return (_COMPONENTS, _SHARED, *slices)


def _instantiates(sources: Sequence[Path]) -> bool:
    return any(_USED.search(path.read_text(encoding="utf-8")) for path in sources)
