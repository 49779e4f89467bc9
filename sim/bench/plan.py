"""What the driver does in which order: a list of steps, a function of the seed alone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from compiler.ir.integers import ceil_div
from compiler.plural import counted

FIRST_RESET_CYCLES = 2

_BURST_EVENTS = 8
_RANDOM_RESETS = 5


class Part(StrEnum):
    """Part of the plan a step belongs to."""

    FIRST = "first event after reset"
    DIRECTED = "directed"
    INSIDE = "gaps inside the frame"
    RESET = "around reset"
    TRUNCATED = "around incomplete frames"
    BACK_TO_BACK = "back to back"
    GAPS = "with gaps"

    @property
    def user(self) -> bool:
        """Whether the events are the user's."""
        return self in (Part.BACK_TO_BACK, Part.GAPS)


@dataclass(frozen=True)
class Step:
    """One event or part of one, one reset or idle time.

    Attributes:
        part: Part of the plan.
        vector: Number in the pool of vectors, directed ones first; ``None`` for a reset and for idle time.
        cycles: Cycles from the beginning of this step to that of the next.
        reset: `rst` is high in all these cycles.
        gaps: Of a frame, pairs of the number of a beat and the idle cycles before it.
        skipped: Beats that are lost at the beginning of the frame; nothing marks its first beat then.
        beats: Number of the beat before which the frame ends; ``None``: it is sent to its end.
    """

    part: Part
    vector: int | None
    cycles: int
    reset: bool = False
    gaps: tuple[tuple[int, int], ...] = ()
    skipped: int = 0
    beats: int | None = None


@dataclass(frozen=True)
class Plan:
    """The steps of one simulation.

    Attributes:
        seed: What it was made from.
        steps: In order of time.
        text: One line that says what is in it.
    """

    seed: int
    steps: tuple[Step, ...]
    text: str


def make_plan(seed: int, directed: int, user: int, latency_cycles: int, initiation_interval: int) -> Plan:
    """Plan a simulation of a pool of ``directed`` corner vectors followed by ``user`` events of the user.

    Reset and a first event alone; the corner vectors back to back and again with gaps; resets in mid-stream;
    the first half of the user's events at exactly the II, the second half with random gaps.
    """
    maker = _Maker(random.Random(seed), directed, user, latency_cycles, initiation_interval)
    steps = tuple(maker.steps())
    resets = sum(step.reset for step in steps)
    events = [step for step in steps if step.vector is not None]
    close = sum(step.part is Part.BACK_TO_BACK for step in events)
    spread = sum(step.part is Part.GAPS for step in events)
    cycles = sum(step.cycles for step in steps)
    text = (
        f"seed {seed}: {counted(len(events) - close - spread, 'directed event')} from {directed} corner vectors, "
        f"{resets} resets, {counted(close, 'event')} back to back at II = {initiation_interval}, "
        f"{counted(spread, 'event')} with random gaps, {counted(cycles, 'cycle')}"
    )
    return Plan(seed, steps, text)


class _Maker:
    """Generates the parts of a plan one after the other."""

    def __init__(
        self, rng: random.Random, directed: int, user: int, latency_cycles: int, initiation_interval: int
    ) -> None:
        self.rng = rng
        self.corners = range(directed)
        self.user = range(directed, directed + user)
        self.latency = latency_cycles
        self.interval = initiation_interval
        self.drain = latency_cycles + 2 * initiation_interval + 2

    def steps(self) -> Iterable[Step]:
        """All steps."""
        yield Step(Part.FIRST, None, FIRST_RESET_CYCLES, reset=True)
        yield Step(Part.FIRST, 0, 2 * self.drain)
        yield from self._directed()
        for cycles in self._reset_offsets():
            yield from self._reset_after(cycles)
        yield Step(Part.RESET, None, self.drain)
        yield from self._users()
        yield Step(Part.GAPS, None, 2 * self.drain)

    def _directed(self) -> Iterable[Step]:
        for vector in self.corners:
            yield Step(Part.DIRECTED, vector, self.interval)
        yield Step(Part.DIRECTED, None, self.drain)
        for vector in self.rng.sample(self.corners, len(self.corners)):
            yield Step(Part.DIRECTED, vector, self.interval + self._gap())

    def _reset_offsets(self) -> list[int]:
        """Cycles from a burst's first event to the reset: one, two around its output, random ones."""
        longest = self.latency + 2 * self.interval
        chosen = [1, max(self.latency - 1, 1), max(self.latency, 1)]
        return chosen + [self.rng.randint(1, longest) for _ in range(_RANDOM_RESETS)]

    def _reset_after(self, cycles: int) -> Iterable[Step]:
        """Events in flight, a reset ``cycles`` after the first of them, and events right after the reset."""
        spacing = max(self.interval, ceil_div(cycles, _BURST_EVENTS))
        for start in range(0, cycles, spacing):
            yield Step(Part.RESET, self._any(), min(spacing, cycles - start))
        yield Step(Part.RESET, None, self.rng.randint(1, 2), reset=True)
        if self.rng.random() < 0.4:
            yield Step(Part.RESET, None, self.rng.randint(1, self.drain))
        yield Step(Part.RESET, self._any(), self.interval)
        yield Step(Part.RESET, self._any(), self.interval + self._gap())

    def _users(self) -> Iterable[Step]:
        half = (len(self.user) + 1) // 2
        for vector in self.user[:half]:
            yield Step(Part.BACK_TO_BACK, vector, self.interval)
        if half:
            yield Step(Part.BACK_TO_BACK, None, 1 + self.rng.randrange(self.drain))
        for vector in self.user[half:]:
            yield Step(Part.GAPS, vector, self.interval + self._gap())

    def _any(self) -> int:
        return self.rng.choice(self.corners or self.user)

    def _gap(self) -> int:
        """Cycles beyond the II: none, uniform up to twice the II, geometric, or draining the pipeline."""
        choice = self.rng.random()
        if choice < 0.25:
            return 0
        if choice < 0.75:
            return self.rng.randint(0, 2 * self.interval)
        if choice < 0.97:
            return int(self.rng.expovariate(1 / self.interval))
        return self.rng.randint(0, self.drain)
