"""The fastest clocks that a data sheet allows, whatever the paths."""

from __future__ import annotations

import math
from enum import Enum

from bxnn.compiler.sourced import Mhz, Sourced


class DspRegisters(Enum):
    """Which registers of a slice are in use; the value names the limit."""

    ALL = "dsp_all"
    NO_MREG = "dsp_no_mreg"  # product and sum in one cycle
    NO_ADREG = "dsp_no_adreg"  # pre-adder and product in one cycle
    NO_PIPELINE = "dsp_no_pipeline"  # all three in one


class ClockLimits(Sourced):
    """MHz; ``None`` if no data sheet was found.

    Attributes:
        bufg: A global clock buffer.
        bufg_gt: A buffer that takes the clock directly from a transceiver.
        dsp_all: A DSP slice with all its registers.
        dsp_no_mreg: A slice without the register of its product.
        dsp_no_adreg: A slice whose pre-adder has no register.
        dsp_no_pipeline: A slice without either.
        dsp_pattern: A slice that uses its pattern detector.
    """

    bufg: Mhz
    bufg_gt: Mhz | None = None
    dsp_all: Mhz
    dsp_no_mreg: Mhz | None = None
    dsp_no_adreg: Mhz | None = None
    dsp_no_pipeline: Mhz | None = None
    dsp_pattern: Mhz | None = None

    @classmethod
    def unknown(cls) -> ClockLimits:
        """Those of a device without a public data sheet: infinite."""
        return cls(origins={}, bufg=math.inf, dsp_all=math.inf)

    def of_slice(self, registers: DspRegisters) -> float | None:
        """The fastest clock of a slice with these registers."""
        limit: float | None = getattr(self, registers.value)
        return limit
