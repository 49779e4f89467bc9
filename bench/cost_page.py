"""What the calibration writes: docs/cost_model.md and the module of prices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from bxnn.compiler.hardware.fabric import Fabric

INTRODUCTION = """\
# Cost model

Written by `python -m bench.calibrate_costs`; every figure is from that run.

A layer's binding says what it consists of outside DSP slices (`compiler/hardware/fabric.py`): bits of adders, distinct
columns of the weight ROMs, LUTs of multiplexers, registers. These amounts are counted, from the weights themselves
where they matter (equal ROM columns are shared, absent cascades have no adder). The cost of one unit in LUTs comes from
syntheses of our own VHDL with GHDL and yosys, in the flow of `bxnn synthesize` (`sim/synthesis.py`, family xc7):
every layer and converter of the calibration networks, and every sequencer, line buffer, window former and collector of
the streaming ones, is one equation, solved by least squares of the relative errors. DSPs and block RAMs are exact.

The LUTs of thresholds are counted from the thresholds (`compiler/hardware/staircase_luts.py`). Elements that nothing
reads, such as a border that a pool leaves out, are not paid for.

`report.json` states `predicted: {dsp, lut, ff, lut_error, ff_error}`; the errors are the largest in the table for the
design's form and, of frame-parallel designs, for the third-party networks of [shared_models.md](shared_models.md). They
apply to these networks and are not a bound for all: a smaller network, or one unlike any of them, may be further off. A
vendor's synthesis will give different numbers; a choice between two designs depends only on their
ratio.
"""


class Known(Protocol):
    """What the page needs to know about a synthesized part."""

    @property
    def name(self) -> str:
        """What it is."""

    @property
    def fabric(self) -> Fabric:
        """What it consists of."""

    @property
    def form(self) -> str:
        """``frame_parallel`` or ``streaming``."""

    @property
    def lut(self) -> int:
        """LUTs synthesized."""

    @property
    def ff(self) -> int:
        """Flip-flops synthesized."""


Errors = Mapping[str, tuple[float, float]]
_HEADER = ["| | LUT | predicted | error | FF | predicted | error |", "|---|---:|---:|---:|---:|---:|---:|"]
_TITLES = {"frame_parallel": "Frame-parallel", "streaming": "Streaming"}


def page(
    prices: Mapping[str, float], ff_price: float, parts: Sequence[Known], networks: Sequence[Known]
) -> tuple[str, Errors]:
    """The page, and for each form the largest errors of whole networks (LUTs, flip-flops), rounded up to percent."""

    def predicted(part: Known) -> tuple[float, float]:
        lut = sum(price * getattr(part.fabric, name) for name, price in prices.items())
        return lut, ff_price * part.fabric.register_bits

    lines = ["## Prices", "", "| amount | LUTs |", "|---|---:|"]
    lines += [f"| `{name}` | {price:.3f} |" for name, price in prices.items()]
    lines += ["", f"A bit of `register_bits` takes {ff_price:.3f} flip-flops.", ""]
    lines += ["## Networks that were not used in the calibration", "", "Each synthesized as a whole."]
    errors = {}
    for form, title in _TITLES.items():
        judged = [part for part in networks if part.form == form]
        lines += ["", f"### {title}", "", *_HEADER, *(_row(part, *predicted(part)) for part in judged)]
        lut_error = max(abs(predicted(part)[0] / part.lut - 1) for part in judged)
        ff_error = max(abs(predicted(part)[1] / part.ff - 1) for part in judged)
        errors[form] = _percents(lut_error), _percents(ff_error)
        smallest = min(part.lut for part in judged)
        stated = (
            f"Stated: LUTs {errors[form][0]:.0%}, flip-flops {errors[form][1]:.0%}; the smallest has {smallest} LUTs."
        )
        lines += ["", stated]
    lines += ["", "## Calibration", "", "Each synthesized with its boundary kept.", "", *_HEADER]
    lines += [_row(part, *predicted(part)) for part in parts]
    return INTRODUCTION + "\n" + "\n".join(lines) + "\n", errors


def _percents(error: float) -> float:
    """Rounded up, but not because of the last bit of a float."""
    return math.ceil(100 * error - 1e-9) / 100


def _row(part: Known, lut: float, ff: float) -> str:
    cells = (part.name, part.lut, f"{lut:.0f}", _error(lut, part.lut), part.ff, f"{ff:.0f}", _error(ff, part.ff))
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _error(found: float, true: float) -> str:
    return f"{100 * (found / true - 1):+.1f} %" if true else "-"


def prices_module(prices: Mapping[str, float], ff_price: float, errors: Errors) -> str:
    """The text of compiler/cost/prices.py."""
    stated = "\n".join(f'        "{form}": ({lut:.2f}, {ff:.2f}),' for form, (lut, ff) in errors.items())
    rows = "\n".join(f'        "{name}": {price:.3f},' for name, price in prices.items())
    return f'''\
"""Prices of the fabric in LUTs, and the errors of the prediction. Written by `python -m bench.calibrate_costs`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# LUTs per unit of each amount in `bxnn.compiler.hardware.fabric.Fabric`.
LUT_COEFFICIENTS: Mapping[str, float] = MappingProxyType(
    {{
{rows}
    }}
)

# Flip-flops per register bit.
FF_COEFFICIENT = {ff_price:.3f}

# For each form, the largest relative errors in LUTs and flip-flops for whole networks not used in the calibration.
ERRORS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {{
{stated}
    }}
)
'''
