"""What the driver does, and in which order: a list of steps that depends only on the seed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted

FIRST_RESET_CYCLES = 2

_BURST_EVENTS = 8
_RANDOM_RESETS = 5


class Effort(StrEnum):
    """How much a plan sends besides the user's events."""

    ALL = "all"  # every corner vector in every situation known to the bench, and random ones
    COVER = "cover"  # the fewest that have every kind of corner, gap, loss and reset once
    QUICK = "quick"  # nothing


@dataclass(frozen=True)
class Pool:
    """Numbers of the vectors of a plan: corner vectors first, followed by the user's events.

    Attributes:
        directed: Corner vectors.
        cover: Number of them, from the first, that are never left out.
        user: The user's events.
    """

    directed: int
    cover: int
    user: int

    @property
    def corners(self) -> range:
        """Corner vectors."""
        return range(self.directed)

    @property
    def events(self) -> range:
        """The user's events."""
        return range(self.directed, self.directed + self.user)

    @property
    def halves(self) -> tuple[range, range]:
        """The user's events that are sent back to back, and those with gaps."""
        half = (len(self.events) + 1) // 2
        return self.events[:half], self.events[half:]

    def any(self, rng: random.Random) -> int:
        """Any corner vector, or any of the user's events if there are none."""
        return rng.choice(self.corners or self.events)


class Part(StrEnum):
    """Part of the plan to which a step belongs."""

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
        reset: Whether `rst` is high in all these cycles.
        gaps: Pairs of the number of a beat of the frame and the idle cycles before it.
        skipped: Beats that are lost at the beginning of the frame; its first beat is then not marked.
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
        text: One line that describes it.
    """

    seed: int
    steps: tuple[Step, ...]
    text: str


def make_plan(
    seed: int, pool: Pool, latency_cycles: int, initiation_interval: int, effort: Effort = Effort.ALL
) -> Plan:
    """Plan a simulation of a pool of vectors.

    Reset and a first event alone; the corner vectors back to back and again with gaps; resets in mid-stream;
    the first half of the user's events at exactly the II, the second half with random gaps. The cover sends its
    corner vectors once, half of them with gaps, and resets only at chosen times.
    """
    maker = _Maker(random.Random(seed), pool, latency_cycles, initiation_interval, effort)
    steps = tuple(maker.steps())
    resets = sum(step.reset for step in steps)
    events = [step for step in steps if step.vector is not None]
    close = sum(step.part is Part.BACK_TO_BACK for step in events)
    spread = sum(step.part is Part.GAPS for step in events)
    directed = directed_in_words("event", len(events) - close - spread, pool, effort)
    text = (
        f"seed {seed}: {directed}, {counted(resets, 'reset')}, "
        f"{counted(close, 'event')} back to back at II = {initiation_interval}, "
        f"{counted(spread, 'event')} with random gaps, {counted(sum(step.cycles for step in steps), 'cycle')}"
    )
    return Plan(seed, steps, text)


def directed_in_words(unit: str, count: int, pool: Pool, effort: Effort) -> str:
    """What the bench adds: ``69 directed frames from 23 corner vectors``."""
    if effort is Effort.QUICK:
        return f"no directed {unit}s"
    share = f"{pool.cover} of " if effort is Effort.COVER else ""
    return f"{count} directed {unit}s from {share}{pool.directed} corner vectors"


class _Maker:
    """Generates the parts of a plan one after another."""

    def __init__(
        self, rng: random.Random, pool: Pool, latency_cycles: int, initiation_interval: int, effort: Effort
    ) -> None:
        self.rng = rng
        self.pool = pool
        self.latency = latency_cycles
        self.interval = initiation_interval
        self.effort = effort
        self.drain = latency_cycles + 2 * initiation_interval + 2

    def steps(self) -> Iterable[Step]:
        """All steps."""
        yield Step(Part.FIRST, None, FIRST_RESET_CYCLES, reset=True)
        if self.effort is not Effort.QUICK:
            yield Step(Part.FIRST, 0, 2 * self.drain)
            yield from self._directed()
            for cycles in self._reset_offsets():
                yield from self._reset_after(cycles)
            yield Step(Part.RESET, None, self.drain)
        yield from self._users()
        yield Step(Part.GAPS, None, 2 * self.drain)

    def _directed(self) -> Iterable[Step]:
        corners, close = self.pool.corners, self.pool.directed
        spread = corners
        if self.effort is Effort.COVER:
            close = self.pool.cover // 2
            spread = range(close, self.pool.cover)
        for vector in corners[:close]:
            yield Step(Part.DIRECTED, vector, self.interval)
        yield Step(Part.DIRECTED, None, self.drain)
        for vector in self.rng.sample(spread, len(spread)):
            yield Step(Part.DIRECTED, vector, self.interval + self._gap())

    def _reset_offsets(self) -> list[int]:
        """Cycles from a burst's first event to the reset: one, two around its output, random ones."""
        longest = self.latency + 2 * self.interval
        chosen = [1, max(self.latency - 1, 1), max(self.latency, 1)]
        if self.effort is Effort.COVER:
            return chosen
        return chosen + [self.rng.randint(1, longest) for _ in range(_RANDOM_RESETS)]

    def _reset_after(self, cycles: int) -> Iterable[Step]:
        """Events in flight, a reset ``cycles`` after the first of them, and events right after the reset."""
        spacing = max(self.interval, ceil_div(cycles, _BURST_EVENTS))
        for start in range(0, cycles, spacing):
            yield Step(Part.RESET, self.pool.any(self.rng), min(spacing, cycles - start))
        yield Step(Part.RESET, None, self.rng.randint(1, 2), reset=True)
        if self.rng.random() < 0.4:
            yield Step(Part.RESET, None, self.rng.randint(1, self.drain))
        yield Step(Part.RESET, self.pool.any(self.rng), self.interval)
        yield Step(Part.RESET, self.pool.any(self.rng), self.interval + self._gap())

    def _users(self) -> Iterable[Step]:
        first, second = self.pool.halves
        for vector in first:
            yield Step(Part.BACK_TO_BACK, vector, self.interval)
        if first:
            yield Step(Part.BACK_TO_BACK, None, 1 + self.rng.randrange(self.drain))
        for vector in second:
            yield Step(Part.GAPS, vector, self.interval + self._gap())

    def _gap(self) -> int:
        """Cycles beyond the II: none, uniform up to twice the II, geometric, or until the pipeline has drained."""
        choice = self.rng.random()
        if choice < 0.25:
            return 0
        if choice < 0.75:
            return self.rng.randint(0, 2 * self.interval)
        if choice < 0.97:
            return int(self.rng.expovariate(1 / self.interval))
        return self.rng.randint(0, self.drain)
