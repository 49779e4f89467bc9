"""The designs from which a schedule was chosen: what the user could have had instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_SHOWN = 40


@dataclass(frozen=True)
class FrontDesign:
    """One design of the Pareto front that the search found.

    Attributes:
        latency_cycles: Latency in cycles.
        dsp: DSP slices.
        lut: Predicted look-up tables; ``None`` if the design was not priced.
        ff: Predicted flip-flops, likewise.
        fits: Whether it meets all limits.
        chosen: Whether it is the design of this schedule.
    """

    latency_cycles: int
    dsp: int
    lut: int | None = None
    ff: int | None = None
    fits: bool = True
    chosen: bool = False


def front_of(designs: Sequence[FrontDesign]) -> tuple[FrontDesign, ...]:
    """The designs by latency; if there are many, the chosen one, the best in each cost, and some in between."""
    ordered = sorted(dict.fromkeys(designs), key=lambda d: (d.latency_cycles, d.dsp, d.lut or 0, not d.chosen))
    if len(ordered) <= MOST_SHOWN:
        return tuple(ordered)
    kept = {index for index, design in enumerate(ordered) if design.chosen}
    for cost in (_dsp, _lut, _latency):
        kept.add(min(range(len(ordered)), key=lambda index: cost(ordered[index])))
    between = MOST_SHOWN - len(kept)
    kept |= {index * (len(ordered) - 1) // (between - 1) for index in range(between)}
    return tuple(ordered[index] for index in sorted(kept))


def _latency(design: FrontDesign) -> tuple[int, int, int]:
    return design.latency_cycles, design.dsp, design.lut or 0


def _dsp(design: FrontDesign) -> tuple[int, int, int]:
    return design.dsp, design.latency_cycles, design.lut or 0


def _lut(design: FrontDesign) -> tuple[int, int, int]:
    return design.lut or 0, design.latency_cycles, design.dsp
