"""The paths through a table indexed by one code: LUTs, the multiplexers between them, the registers after them."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_LUT_WORDS = 64
_SHARED_BITS = 4  # bits of a code beyond which every bit may add a LUT to the longest path
_FEW_PAGES = 8  # beyond, LUTs may choose one of two pages instead of four, with one more in a row
_SHARED_BY = 3  # loads of a LUT on it


@dataclass(frozen=True)
class LookupPaths:
    """The paths of one lane.

    Attributes:
        words: Words of the table.
        out_bits: Bits of an entry.
        enabled: Flip-flops that valid enables at once; 0 if none.
        paged: If every page has a register, most flip-flops that a copy of valid enables; ``None`` if it has none.
        max_fanout: Most loads of a valid, or of its copies; ``None`` if it has no copies.
    """

    words: int
    out_bits: int
    enabled: int
    paged: int | None = None
    max_fanout: int | None = None

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        pages = ceil_div(self.words, _LUT_WORDS)
        sinks, start = self.out_bits * pages, technology.start
        enabled = self.enabled if self.paged is None else min(self.enabled, max(self.paged, self.out_bits))
        enable = start + technology.net(min(enabled + 1, self.max_fanout or enabled + 1)) + technology.enable
        inner = [PathDelay(PathClass.CONTROL, enable)] if enabled else []
        looked_up = self._looked_up(technology) + technology.into_register
        if self.paged is not None:
            few = pages <= _FEW_PAGES
            chosen = technology.net(self.out_bits * (ceil_div(pages, 4) if few else pages // 2))
            chosen += multiplexer(pages, technology, 2)
            if not few:
                chosen += technology.net(2) + technology.luts(1)
            inner.append(PathDelay(PathClass.DATA, start + chosen + technology.into_register))
            looked_up = technology.luts(1) + technology.into_register
        shared = enabled and self.paged is None
        valid = (Entry(PathClass.CONTROL, enabled + 1, technology.enable),) if shared else ()
        return HardwarePaths((Entry(PathClass.DATA, sinks, looked_up),), tuple(inner), start, valid=valid)

    def _looked_up(self, technology: Technology) -> Delay:
        """From the net of the code to an entry.

        Of noise, synthesis makes a LUT for every page and wide multiplexers. What takes longest has structure, such as
        squares: LUTs in a row compute parts that bits share.
        """
        bits = ceil_log2(self.words)
        return technology.luts(1 if self.words <= _LUT_WORDS else max(bits - _SHARED_BITS, 2), _SHARED_BY)
