"""One number for the cost of a design: LUTs, with a DSP slice counted as the LUTs that would replace it."""

from __future__ import annotations

from bxnn.compiler.sweep.point import Design

LUTS_PER_DSP = 55


def area_of(design: Design) -> float:
    """``LUT + 55 DSP``."""
    return float((design.lut or 0) + LUTS_PER_DSP * design.dsp)
