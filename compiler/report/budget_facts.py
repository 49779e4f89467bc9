"""`budget` of report.json: what the user has allowed."""

from __future__ import annotations

from bxnn.compiler.report.part import Part


class BudgetFacts(Part):
    """Upper limits of design.yaml; ``None`` for none."""

    dsp: int | None = None
    lut: int | None = None
    latency_ns: float | None = None
