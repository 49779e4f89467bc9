"""The error of a layer that strategy lut cannot build."""

from __future__ import annotations

from bxnn.compiler.errors import ScheduleError


class NoAdderGraphError(ScheduleError):
    """No adder graph can be made of the weights.

    Attributes:
        finding: What is wrong, without the advice.
    """

    def __init__(self, subject: str, finding: str) -> None:
        self.finding = finding
        super().__init__(subject, f"{finding}; use strategy dsp")
