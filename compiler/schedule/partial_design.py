"""Partial designs, and which of them can still become part of a best design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.pareto import undominated
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.implementation import Implementation

MOST_DESIGNS = 300  # partial designs with equal layouts beyond which they are thinned out


@dataclass(frozen=True, eq=False)
class Choice:
    """The implementation of one layer in a partial design, its start cycle, and the converters before its inputs.

    Of these, ``added`` are the ones that the implementation does not include.
    """

    option: Implementation
    start_cycle: int
    converters: tuple[tuple[LayoutConverter, ...], ...]
    added: tuple[tuple[LayoutConverter, ...], ...]


@dataclass(frozen=True, eq=False)
class PartialDesign:
    """A partial design.

    ``ready`` holds cycle and layout of each tensor that a later layer reads; ``latency_cycles`` is when the last of
    the network outputs so far is at its port; ``lut`` and ``ff`` are 0 if LUTs do not count.
    """

    ready: Mapping[str, tuple[int, Layout]]
    dsp: int
    adder_bits: int
    latency_cycles: int
    chosen: tuple[Choice, ...]
    lut: int = 0
    ff: int = 0


def prune(designs: list[PartialDesign], step: int = 0) -> tuple[list[PartialDesign], bool]:
    """Drop every design that another one with the same layouts matches or dominates in all costs.

    Args:
        designs: Of the layers so far.
        step: Where there are too many designs, one that is better by at most this many LUTs only is dropped too.

    Returns:
        What is left, and whether any was dropped for the latter reason.
    """
    groups: dict[tuple[object, ...], list[PartialDesign]] = {}
    for design in designs:
        key = tuple((name, layout.key) for name, (_, layout) in design.ready.items())
        groups.setdefault(key, []).append(design)
    kept, thinned = [], False
    for group in groups.values():
        ordered = sorted(group, key=lambda d: (d.dsp, *_cycles(d), d.lut, d.ff, d.adder_bits))
        best = undominated(ordered, lambda design: (design.dsp, *_cycles(design), design.lut))
        if step and len(best) > MOST_DESIGNS:
            fewer = undominated(best, lambda design: (design.dsp, *_cycles(design), design.lut), step)
            thinned = thinned or len(fewer) < len(best)
            best = fewer
        kept += best
    return kept, thinned


def possible(design: PartialDesign, limits: Budget) -> bool:
    """Whether a partial design meets the limits so far."""
    if not limits.limits:
        return True
    latest = max((cycle for cycle, _ in design.ready.values()), default=0)
    return (
        (limits.dsp is None or design.dsp <= limits.dsp)
        and (limits.lut is None or design.lut <= limits.lut)
        and (limits.latency_cycles is None or max(latest, design.latency_cycles) <= limits.latency_cycles)
    )


def _cycles(design: PartialDesign) -> tuple[int, ...]:
    return (design.latency_cycles, *(cycle for cycle, _ in design.ready.values()))
