"""The paths through a table indexed by one code: LUTs, the multiplexers between them, the registers after them."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_div

_LUT_WORDS = 64
_WIDE_WORDS = 256  # of four LUTs and the wide multiplexers after them


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
        joined = self._looked_up(technology) + technology.into_register
        enable = technology.start + technology.net(self.enabled) + technology.enable
        inner = (PathDelay(PathClass.CONTROL, enable),) if self.enabled else ()
        return HardwarePaths((Entry(PathClass.DATA, self.out_bits * pages, joined),), inner, technology.start)

    def _looked_up(self, technology: Technology) -> Delay:
        """From the net of the code to an entry: LUTs, wide multiplexers, and LUTs that choose between those.

        The worst contents of a size are those from which synthesis makes a LUT of its own for every page.
        """
        if self.words <= _LUT_WORDS:
            return technology.luts(1)
        if self.words <= _WIDE_WORDS:
            return technology.luts(2, 2)
        chosen = multiplexer(ceil_div(self.words, _WIDE_WORDS), technology, 2)
        return technology.luts(3, 2) + technology.net(2) + chosen
