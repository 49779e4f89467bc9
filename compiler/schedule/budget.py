"""Limits on a design, and what the closest designs miss when nothing fits them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from compiler.errors import LimitMissedError
from compiler.plural import counted


class NoDesignError(LimitMissedError):
    """No design keeps the limits."""


class Priced(Protocol):
    """What limits are about; a complete design has it."""

    @property
    def dsp(self) -> int:
        """DSP slices."""

    @property
    def lut(self) -> int:
        """Look-up tables."""

    @property
    def latency_cycles(self) -> int:
        """Cycles."""


@dataclass(frozen=True)
class Budget:
    """Upper limits; ``None`` is no limit.

    Attributes:
        dsp: DSP slices.
        latency_cycles: Cycles from ``in_valid`` to ``out_valid``.
        lut: Look-up tables, as the cost model predicts them.
    """

    dsp: int | None = None
    latency_cycles: int | None = None
    lut: int | None = None

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """What is limited, in the order DSPs, LUTs, cycles."""
        named = {"dsp": self.dsp, "lut": self.lut, "latency_cycles": self.latency_cycles}
        return {name: limit for name, limit in named.items() if limit is not None}

    def allows(self, design: Priced) -> bool:
        """Whether a design keeps all limits."""
        return not self.excess(design)

    def excess(self, design: Priced) -> dict[str, int]:
        """By how much a design exceeds every limit that it does not keep."""
        over = {name: getattr(design, name) - limit for name, limit in self.limits.items()}
        return {name: amount for name, amount in over.items() if amount > 0}

    def __str__(self) -> str:
        return _listed([_amount(name, limit) for name, limit in self.limits.items()])


def shortfall(budget: Budget, designs: Sequence[Priced]) -> str:
    """What the closest designs need and miss.

    Closest are, for every limit, the designs that keep all others and exceed this one by least; if there are none, the
    ones that come closest to one limit whatever the others say.
    """
    closest = []
    for name in budget.limits:
        near = [design for design in designs if set(budget.excess(design)) == {name}]
        if near:
            closest.append(_least(name, near))
    texts = dict.fromkeys(
        _described(budget, design) for design in closest or [_least(name, designs) for name in budget.limits]
    )
    return f"the closest need{'s' * (len(texts) == 1)} {', or '.join(texts)}"


def _least(name: str, designs: Sequence[Priced]) -> Priced:
    def costs(design: Priced) -> tuple[int, ...]:
        return getattr(design, name), design.dsp, design.lut, design.latency_cycles

    return min(designs, key=costs)


def _described(budget: Budget, design: Priced) -> str:
    names = ["dsp", "latency_cycles"] if budget.lut is None else ["dsp", "lut", "latency_cycles"]
    needs = _listed([_amount(name, getattr(design, name)) for name in names])
    missed = _listed([_amount(name, amount) for name, amount in budget.excess(design).items()])
    return f"{needs} ({missed} too many)"


def _amount(name: str, amount: int) -> str:
    unit = {"dsp": "DSP", "lut": "LUT", "latency_cycles": "cycle"}[name]
    return counted(amount, unit)


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
