"""Bounds on measured figures."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Target(NamedTuple):
    """A bound that a measured value is held to."""

    relation: Literal["<=", ">=", "=="]
    value: float

    def met(self, measured: float) -> bool:
        """True when the measured value keeps the bound."""
        if self.relation == "<=":
            return measured <= self.value
        if self.relation == ">=":
            return measured >= self.value
        return measured == self.value

    def __str__(self) -> str:
        """As tables show it: ``≤ 1,000,000``."""
        return f"{ {'<=': '≤', '>=': '≥', '==': '='}[self.relation] } {self.value:,.15g}"
