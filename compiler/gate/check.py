"""One figure of a build against what it must be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Rule(Enum):
    """How a figure relates to its reference."""

    EQUAL = "equal to"
    AT_MOST = "at most"


@dataclass(frozen=True)
class Check:
    """A figure and its reference.

    Attributes:
        figure: Which one, by its key in report.json: ``latency_ns``, ``simulation.mismatches``.
        found: Its value; ``None`` if it could not be measured, which is a failure.
        rule: How it must relate to the reference.
        reference: The value to compare with.
        origin: Where the reference comes from: the prediction, an option, a file.
        source: How the figure was found: predicted, simulated, synthesized.
        detail: What else is known if it fails, such as the first difference.
        option: The option that asks for the check; ``None`` if every check of a build makes it.
    """

    figure: str
    found: float | None
    rule: Rule
    reference: float
    origin: str
    source: str
    detail: str | None = None
    option: str | None = None

    @property
    def case(self) -> str:
        """A name that no other check of a build has, the same whatever the numbers are."""
        return self.figure if self.option is None else f"{self.figure} ({self.option})"

    @property
    def passed(self) -> bool:
        """Whether the figure is as it must be."""
        if self.found is None:
            return False
        return self.found == self.reference if self.rule is Rule.EQUAL else self.found <= self.reference

    def __str__(self) -> str:
        found, reference = numbers(self.found, self.reference)
        relation = (
            self.rule.value if self.passed else "not" if self.rule is Rule.EQUAL or self.found is None else "above"
        )
        more = f"; {self.detail}" if self.detail and not self.passed else ""
        return f"{self.figure} is {found} ({self.source}), {relation} {reference} ({self.origin}){more}"


def numbers(found: float | None, reference: float) -> tuple[str, str]:
    """A figure and its reference in six digits, or in all of them if they would look the same."""
    if found is None:
        return "unknown", f"{reference:.6g}"
    short = f"{found:.6g}", f"{reference:.6g}"
    return short if short[0] != short[1] or found == reference else (repr(found), repr(reference))
