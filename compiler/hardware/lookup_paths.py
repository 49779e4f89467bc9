"""The paths through a table indexed by one code: LUTs, the multiplexers between them, the registers after them."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.multiplexer_paths import memory
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_div

_LUT_WORDS = 64


@dataclass(frozen=True)
class LookupPaths:
    """The paths of one lane.

    Attributes:
        words: Words of the table.
        out_bits: Bits of an entry.
        enabled: Flip-flops that valid enables at once; 0 if none.
    """

    words: int
    out_bits: int
    enabled: int

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        pages = ceil_div(self.words, _LUT_WORDS)
        joined = memory(self.words, technology, self.out_bits * pages) + technology.into_register
        enable = technology.start + technology.net(self.enabled) + technology.enable
        inner = (PathDelay(PathClass.CONTROL, enable),) if self.enabled else ()
        return HardwarePaths((Entry(PathClass.DATA, self.out_bits * pages, joined),), inner, technology.start)
