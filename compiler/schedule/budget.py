"""Limits on a design, and what the closest designs miss when none meets them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.schedule.amount import Amount

EXPLAINED: ContextVar[bool] = ContextVar("explained", default=True)  # whether errors name the closest designs


@contextmanager
def unexplained() -> Iterator[None]:
    """A context for those who only want to know whether a design fits: finding the closest ones takes much longer."""
    token = EXPLAINED.set(False)
    try:
        yield
    finally:
        EXPLAINED.reset(token)


class NoDesignError(LimitMissedError):
    """No design meets the limits."""


class OutOfReachError(NoDesignError):
    """A limit is below what every design needs, as is known before any is built.

    Attributes:
        design: The network and its initiation interval.
        amount: What is limited.
        least: The minimum that every design needs.
        limit: What is allowed.
        of_board: Whether the limit is the board's and not the user's.
    """

    def __init__(self, design: str, budget: Budget, least: Priced) -> None:
        self.amount = next(iter(budget.excess(least)))
        self.design, self.least, self.limit = design, self.amount.of(least), budget.limits[self.amount]
        self.of_board = self.amount in budget.of_board
        owner = "the board has" if self.of_board else "the budget allows"
        super().__init__(design, f"needs at least {self.amount.counted(self.least)}, {owner} {self.limit}")


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
        of_board: Limits set by the board rather than the user.
    """

    dsp: int | None = None
    latency_cycles: int | None = None
    lut: int | None = None
    of_board: frozenset[Amount] = frozenset()

    def within(self, board: Budget) -> Budget:
        """The limits on a board: wherever it has less than the user allows, the board's own."""
        tighter = {
            amount: limit for amount, limit in board.limits.items() if limit < self.limits.get(amount, limit + 1)
        }
        changed = {amount.value: tighter.get(amount, limit) for amount, limit in {**self.limits, **tighter}.items()}
        return replace(self, **changed, of_board=self.of_board | tighter.keys())

    def without(self, amounts: Collection[Amount]) -> Budget:
        """The other limits only."""
        kept = {amount: limit for amount, limit in self.limits.items() if amount not in amounts}
        dsp, lut, cycles = (kept.get(amount) for amount in Amount)
        return Budget(dsp, cycles, lut, self.of_board & kept.keys())

    @cached_property
    def limits(self) -> Mapping[Amount, int]:
        """The limits that are set."""
        return {amount: amount.of(self) for amount in Amount if getattr(self, amount.value) is not None}

    def allows(self, design: Priced) -> bool:
        """Whether a design meets all limits."""
        return not self.excess(design)

    def excess(self, design: Priced) -> dict[Amount, int]:
        """By how much a design exceeds each limit that it misses."""
        over = {amount: amount.of(design) - limit for amount, limit in self.limits.items()}
        return {amount: excess for amount, excess in over.items() if excess > 0}

    def __str__(self) -> str:
        return _listed([self._limit(amount) for amount in self.limits])

    def _limit(self, amount: Amount) -> str:
        return ("the board's " if amount in self.of_board else "") + amount.counted(self.limits[amount])


def no_design_fits(budget: Budget, designs: Sequence[Priced]) -> str:
    """The message that no design fits, with what the closest ones need and miss.

    Limits of the board are omitted if the closest designs meet them: the user did not ask for them.
    """
    near = _closest(budget, designs)
    missed = {amount for design in near for amount in budget.excess(design)}
    named = budget.without(budget.of_board - missed)
    texts = dict.fromkeys(_described(budget, design) for design in near)
    return f"no design fits {named}; the closest need{'s' * (len(texts) == 1)} {', or '.join(texts)}"


def _closest(budget: Budget, designs: Sequence[Priced]) -> list[Priced]:
    """For each limit, the design that meets all others and exceeds this one by the least.

    If there are none, the designs that come closest to one limit, ignoring the others.
    """
    found = []
    for amount in budget.limits:
        near = [design for design in designs if set(budget.excess(design)) == {amount}]
        if near:
            found.append(_least(amount, near))
    return found or [_least(amount, designs) for amount in budget.limits]


def _least(amount: Amount, designs: Sequence[Priced]) -> Priced:
    def costs(design: Priced) -> tuple[int, ...]:
        return amount.of(design), design.dsp, design.lut, design.latency_cycles

    return min(designs, key=costs)


def _described(budget: Budget, design: Priced) -> str:
    known = [amount for amount in Amount if amount is not Amount.LUT or budget.lut is not None]
    needs = _listed([amount.counted(amount.of(design)) for amount in known])
    missed = _listed([amount.counted(excess) for amount, excess in budget.excess(design).items()])
    return f"{needs} ({missed} too many)"


def _listed(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
