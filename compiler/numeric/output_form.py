"""What firmware outputs of a network's result: its values, or decisions on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Form(Enum):
    """What becomes of an output."""

    VALUES = "values"
    ARGMAX = "argmax"
    THRESHOLD = "threshold"


@dataclass(frozen=True)
class OutputForm:
    """One port for an output of the network.

    Attributes:
        form: What it carries.
        threshold: For a threshold, what every element is compared with, in units of the output.
        strict: Whether an element must be above it, rather than at least equal.
    """

    form: Form
    threshold: float = 0.0
    strict: bool = False


VALUES, ARGMAX = OutputForm(Form.VALUES), OutputForm(Form.ARGMAX)
