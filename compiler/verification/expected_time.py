"""How long a simulation will take; announced before it begins, if it is long."""

from __future__ import annotations

import logging
from typing import Literal

from bxnn.compiler.plural import counted
from bxnn.compiler.report import ReportModel

_LOG = logging.getLogger(__name__)

Simulator = Literal["ghdl", "verilator"]

_SHORT_SECONDS = 2.0

# Measured with the jet tagger (266 DSPs) and mnist_cnn at II = 784 and 392 (380 and 599 DSPs), on two busy cores:
# GHDL took 13, 12 and 22 ms per cycle; Verilator took 40 s to build and then 40 us per cycle.
_GHDL_US_PER_DSP, _GHDL_US_PER_LUT = 20.0, 0.2
_VERILATOR_US_PER_DSP, _VERILATOR_US_PER_LUT = 0.1, 0.001
_VERILATOR_BUILD_SECONDS_PER_DSP, _VERILATOR_BUILD_SECONDS_PER_LUT = 0.1, 0.0005


def expected_seconds(simulator: Simulator, cycles: int, dsp: int, lut: int) -> tuple[float, float]:
    """Rough seconds to build a simulation for the first time, and to run it, of a design of predicted size."""
    if simulator == "ghdl":
        return 0.0, cycles * (_GHDL_US_PER_DSP * dsp + _GHDL_US_PER_LUT * lut) * 1e-6
    build = _VERILATOR_BUILD_SECONDS_PER_DSP * dsp + _VERILATOR_BUILD_SECONDS_PER_LUT * lut
    return build, cycles * (_VERILATOR_US_PER_DSP * dsp + _VERILATOR_US_PER_LUT * lut) * 1e-6


def announce(report: ReportModel, simulator: Simulator, cycles: int) -> None:
    """Announce how long it will take, unless it is short."""
    lut = 0 if report.predicted is None else report.predicted.lut
    build, run = expected_seconds(simulator, cycles, report.dsp, lut)
    if build + run <= _SHORT_SECONDS:
        return
    first = f" and {build:.0f} s to build it the first time" if build >= 1 else ""
    _LOG.info("%s: simulates %s in %s, about %.0f s%s", report.name, counted(cycles, "cycle"), simulator, run, first)
