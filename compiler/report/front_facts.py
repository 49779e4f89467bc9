"""The designs from which the scheduler chose, as they are reported."""

from __future__ import annotations

from bxnn.compiler.report.part import Part


class FrontFacts(Part):
    """A design from which the scheduler chose; ``lut`` and ``ff`` are predicted, ``None`` if it was not priced.

    ``fits`` says whether it meets the limits of the budget and the board.
    """

    latency_cycles: int
    dsp: int
    lut: int | None
    ff: int | None
    fits: bool
    chosen: bool
