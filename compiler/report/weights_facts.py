"""Weights that are loaded at run time, in the report."""

from __future__ import annotations

from bxnn.compiler.plural import counted
from bxnn.compiler.report.part import Part


class FixedWeights(Part):
    """What the same network takes with constant weights; ``lut`` and ``ff`` are predicted, ``None`` if not priced."""

    dsp: int
    latency_cycles: int
    lut: int | None
    ff: int | None


class WeightsFacts(Part):
    """Which weights can be replaced, and how.

    A set is ``words`` words of up to ``word_bits`` bits; after a switch, the next one can be loaded after
    ``drain_cycles``. Builds with the same ``layout`` take the same words. ``fixed`` is ``None`` if that design does not
    fit or does not meet the clock.
    """

    layers: tuple[str, ...]
    bus: str
    words: int
    word_bits: int
    drain_cycles: int
    layout: str
    fixed: FixedWeights | None = None


def weights_rows(facts: WeightsFacts | None) -> list[tuple[str, str]]:
    """What the table of the design says of them: nothing if all weights are constants."""
    if facts is None:
        return []
    loaded = f"{', '.join(facts.layers)}: {counted(facts.words, 'word')} through {facts.bus}, layout {facts.layout}"
    rows = [("weights loaded at run time", loaded)]
    if facts.fixed is not None:
        fixed = facts.fixed
        fabric = "" if fixed.lut is None else f", {fixed.lut} LUT, {fixed.ff} FF"
        rows.append(("with constant weights", f"{fixed.dsp} DSP, {counted(fixed.latency_cycles, 'cycle')}{fabric}"))
    return rows
