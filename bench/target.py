"""Bounds on measured figures."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Target(NamedTuple):
    """A bound for a measured value."""

    relation: Literal["<=", ">=", "=="]
    value: float

    def met(self, measured: float) -> bool:
        """Whether the measured value meets the bound."""
        if self.relation == "<=":
            return measured <= self.value
        if self.relation == ">=":
            return measured >= self.value
        return measured == self.value

    def verdict(self, measured: float | None) -> tuple[bool, str]:
        """Whether it is missed, as it also is if the value was not measured, and the word for tables."""
        met = measured is not None and self.met(measured)
        return not met, "yes" if met else "**no**"

    @staticmethod
    def judged(target: Target | None, measured: float | None) -> tuple[str, str, bool]:
        """The bound and the verdict of a table's row, both empty without a target, and whether it is missed."""
        if target is None:
            return "", "", False
        failed, verdict = target.verdict(measured)
        return str(target), verdict, failed

    def __str__(self) -> str:
        """As shown in tables: ``≤ 1,000,000``."""
        return f"{ {'<=': '≤', '>=': '≥', '==': '='}[self.relation] } {self.value:,.15g}"
