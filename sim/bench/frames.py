"""Frames of beats with gaps between and inside them, and the building blocks of all plans for a streaming network."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from bxnn.sim.bench.plan import FIRST_RESET_CYCLES, Part, Pool, Step

Gaps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class FrameTiming:
    """What a plan must know about a streaming network.

    Attributes:
        beats: Beats in a frame.
        latency_cycles: From the last beat to the output.
        initiation_interval: Smallest spacing of the first beats of frames without gaps.
    """

    beats: int
    latency_cycles: int
    initiation_interval: int

    @property
    def apart(self) -> int:
        """Smallest distance between the last beat of a frame and the first of the next."""
        return self.initiation_interval - (self.beats - 1)

    @property
    def settle(self) -> int:
        """Idle cycles in which the last output appears, and one more if the design went on by itself."""
        return self.latency_cycles + self.initiation_interval + 2


class FrameMaker(ABC):
    """Generates the parts of a plan one after another."""

    def __init__(self, rng: random.Random, pool: Pool, timing: FrameTiming) -> None:
        self.rng = rng
        self.pool = pool
        self.timing = timing

    def steps(self) -> Iterable[Step]:
        """All steps."""
        yield Step(Part.FIRST, None, FIRST_RESET_CYCLES, reset=True)
        yield from self.directed()
        yield from self._users()
        yield Step(Part.GAPS, None, self.timing.settle)

    @abstractmethod
    def directed(self) -> Iterable[Step]:
        """What precedes the user's events."""

    def sent(self, step: Step) -> int:
        """Beats of a frame that a step sends."""
        return (self.timing.beats if step.beats is None else step.beats) - step.skipped

    def frame(self, part: Part, vector: int, gaps: Gaps = (), extra: int = 0) -> Step:
        """A whole frame; the next may follow ``extra`` cycles later than necessary."""
        idle = sum(cycles for _, cycles in gaps)
        return Step(part, vector, self.timing.initiation_interval + idle + extra, gaps=gaps)

    def first(self) -> Iterable[Step]:
        """A frame alone, on which the latency is measured."""
        yield self.frame(Part.FIRST, 0)
        yield Step(Part.FIRST, None, self.timing.settle)

    def struck(self, cycles: int, rest: bool = False) -> Iterable[Step]:
        """Frames in flight, and a reset ``cycles`` after the first of them began.

        The source may not know about the reset: the rest of the frame is still sent, without a first beat; sometimes,
        or always if ``rest``, and then nothing else is sent between the reset and the next frame.
        """
        beats, interval = self.timing.beats, self.timing.initiation_interval
        sent = beats
        for start in range(0, cycles, interval):
            sent = min(beats, cycles - start)
            yield Step(Part.RESET, vector := self.any(), min(interval, cycles - start), beats=sent)
        length = self.rng.randint(1, 2)
        yield Step(Part.RESET, None, length, reset=True)
        choice = self.rng.random()
        if (rest or choice < 0.5) and sent + length < beats:
            yield Step(Part.RESET, vector, beats - sent - length, skipped=sent + length)
        elif choice < 0.7 and not rest:
            yield Step(Part.RESET, None, self.rng.randint(1, self.timing.settle))

    def _users(self) -> Iterable[Step]:
        first, second = self.pool.halves
        for vector in first:
            yield self.frame(Part.BACK_TO_BACK, vector)
        if first:
            yield Step(Part.BACK_TO_BACK, None, 1 + self.rng.randrange(self.timing.settle))
        for vector in second:
            yield self.frame(Part.GAPS, vector, self.inside(), self.gap())

    def any(self) -> int:
        """Any vector of the pool that is worth sending."""
        return self.pool.any(self.rng)

    def gap(self) -> int:
        """Cycles between frames beyond the minimum: none, a few, or until the pipeline has drained."""
        choice = self.rng.random()
        if choice < 0.4:
            return 0
        if choice < 0.8:
            return self.rng.randint(1, 8)
        return self.rng.randint(1, self.timing.settle)

    def inside(self) -> Gaps:
        """Gaps inside a frame: none, a few or many of one cycle, many of random length, or one long one."""
        places = range(1, self.timing.beats)
        choice = self.rng.random()
        if choice < 0.2 or not places:
            return ()
        if choice < 0.8:
            density, mean = self.rng.choice(((1 / 16, 0), (1 / 2, 0), (1 / 16, 4), (1 / 4, 1)))
            chosen = [beat for beat in places if self.rng.random() < density]
            return tuple((beat, 1 + (int(self.rng.expovariate(1 / mean)) if mean else 0)) for beat in chosen)
        return ((self.rng.choice(places), self.rng.randint(1, self.timing.settle)),)
