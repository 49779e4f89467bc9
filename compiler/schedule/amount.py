"""What designs need and limits bound."""

from __future__ import annotations

from enum import Enum

from bxnn.compiler.plural import counted


class Amount(Enum):
    """An amount by its name in `Budget` and in designs; in the order in which messages list them."""

    DSP = "dsp"
    LUT = "lut"
    LATENCY_CYCLES = "latency_cycles"

    def of(self, holder: object) -> int:
        """How much a design needs, or a limit allows."""
        return int(getattr(holder, self.value))

    def counted(self, count: int) -> str:
        """A number with its unit."""
        return counted(count, _UNITS[self])


_UNITS = {Amount.DSP: "DSP", Amount.LUT: "LUT", Amount.LATENCY_CYCLES: "cycle"}
