"""Output-serial binding: weights rotate, inputs stay, and partial sums run down the cascades.

A DSP keeps one input for the whole event while its weight ROM steps through the outputs of its lane. With one cascade
per lane, this is the chain of the Mainz trigger group (arXiv:1903.10201). With packed DSPs, the lanes of a group share
their DSPs, and the ROM steps through teams of outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.cascaded import Cascaded


@dataclass(frozen=True, eq=False)
class OutputSerial(Cascaded):
    """Every DSP keeps its operand for the whole event; ``operands`` has a single operand phase."""

    name: ClassVar[str] = "output_serial"

    def verify_operands(self, subject: str) -> None:
        slots = self.slots
        slots.verify_arrival(subject, self.source, slots.skew[slots.dsp])
        slots.verify_one_each(subject, "an output-serial DSP has two operands", self.readers, slots.operand)
