"""Limits on a design, and what the closest designs miss when none meets them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.plural import counted


class NoDesignError(LimitMissedError):
    """No design meets the limits."""


class OutOfReachError(NoDesignError):
    """A limit is below what every design needs, as is known before any is built.

    Attributes:
        design: The network and its initiation interval.
        name: The limit, a name of ``Budget.limits``.
        least: The minimum that every design needs.
        limit: What is allowed.
        of_board: Whether the limit is the board's and not the user's.
    """

    def __init__(self, design: str, budget: Budget, least: Priced) -> None:
        self.name = next(iter(budget.excess(least)))
        self.design, self.least, self.limit = design, int(getattr(least, self.name)), budget.limits[self.name]
        self.of_board = self.name in budget.of_board
        owner = "the board has" if self.of_board else "the budget allows"
        super().__init__(design, f"needs at least {amount(self.name, self.least)}, {owner} {self.limit}")


class Priced(Protocol):
    """What limits apply to, implemented by complete designs."""

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
    """Upper limits; ``None`` means no limit.

    Attributes:
        dsp: DSP slices.
        latency_cycles: Cycles from ``in_valid`` to ``out_valid``.
        lut: Look-up tables, as the cost model predicts them.
        of_board: Names of limits set by the board rather than the user.
    """

    dsp: int | None = None
    latency_cycles: int | None = None
    lut: int | None = None
    of_board: frozenset[str] = frozenset()

    def within(self, board: Budget) -> Budget:
        """The limits on a board: wherever it has less than the user allows, the board's own."""
        tighter = {name: limit for name, limit in board.limits.items() if limit < self.limits.get(name, limit + 1)}
        changed = {name: tighter.get(name, limit) for name, limit in {**self.limits, **tighter}.items()}
        return replace(self, **changed, of_board=self.of_board | tighter.keys())

    def without(self, names: Collection[str]) -> Budget:
        """The other limits only."""
        kept = {name: limit for name, limit in self.limits.items() if name not in names}
        return Budget(kept.get("dsp"), kept.get("latency_cycles"), kept.get("lut"), self.of_board & kept.keys())

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """The limits that are set, in the order DSPs, LUTs, cycles."""
        named = {"dsp": self.dsp, "lut": self.lut, "latency_cycles": self.latency_cycles}
        return {name: limit for name, limit in named.items() if limit is not None}

    def allows(self, design: Priced) -> bool:
        """Whether a design meets all limits."""
        return not self.excess(design)

    def excess(self, design: Priced) -> dict[str, int]:
        """By how much a design exceeds each limit that it misses."""
        over = {name: getattr(design, name) - limit for name, limit in self.limits.items()}
        return {name: excess for name, excess in over.items() if excess > 0}

    def __str__(self) -> str:
        return _listed([self._limit(name) for name in self.limits])

    def _limit(self, name: str) -> str:
        return ("the board's " if name in self.of_board else "") + amount(name, self.limits[name])


def no_design_fits(budget: Budget, designs: Sequence[Priced]) -> str:
    """The message that no design fits, with what the closest ones need and miss.

    Limits of the board are omitted if the closest designs meet them: the user did not ask for them.
    """
    near = _closest(budget, designs)
    missed = {name for design in near for name in budget.excess(design)}
    named = budget.without(budget.of_board - missed)
    texts = dict.fromkeys(_described(budget, design) for design in near)
    return f"no design fits {named}; the closest need{'s' * (len(texts) == 1)} {', or '.join(texts)}"


def _closest(budget: Budget, designs: Sequence[Priced]) -> list[Priced]:
    """For each limit, the design that meets all others and exceeds this one by the least.

    If there are none, the designs that come closest to one limit, ignoring the others.
    """
    found = []
    for name in budget.limits:
        near = [design for design in designs if set(budget.excess(design)) == {name}]
        if near:
            found.append(_least(name, near))
    return found or [_least(name, designs) for name in budget.limits]


def _least(name: str, designs: Sequence[Priced]) -> Priced:
    def costs(design: Priced) -> tuple[int, ...]:
        return getattr(design, name), design.dsp, design.lut, design.latency_cycles

    return min(designs, key=costs)


def _described(budget: Budget, design: Priced) -> str:
    names = ["dsp", "latency_cycles"] if budget.lut is None else ["dsp", "lut", "latency_cycles"]
    needs = _listed([amount(name, getattr(design, name)) for name in names])
    missed = _listed([amount(name, excess) for name, excess in budget.excess(design).items()])
    return f"{needs} ({missed} too many)"


def amount(name: str, count: int) -> str:
    """A number with its unit."""
    unit = {"dsp": "DSP", "lut": "LUT", "latency_cycles": "cycle"}[name]
    return counted(count, unit)


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
