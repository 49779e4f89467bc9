"""The minimum sent to a streaming network: every kind of corner, gap, reset and loss once, in few frames."""

from __future__ import annotations

import random
from collections.abc import Iterable

from bxnn.sim.bench.frames import FrameMaker, FrameTiming, Gaps
from bxnn.sim.bench.plan import Part, Pool, Step


class Cover(FrameMaker):
    """Every whole frame after the first carries the next corner vector of the cover, and serves a second purpose.

    Frames back to back, at least two; a frame directly after every reset, with the next pattern of gaps; pairs of
    frames that lose beats, each between whole frames.
    """

    def __init__(self, rng: random.Random, pool: Pool, timing: FrameTiming) -> None:
        super().__init__(rng, pool, timing)
        self._deck = list(range(1, pool.cover))
        self._gaps = self._patterns()

    def directed(self) -> Iterable[Step]:
        resets, losses, latency = self._reset_offsets(), self._losses(), self.timing.latency_cycles
        yield from self.first()
        for _ in range(max(2, len(self._deck) - max(len(resets), len(self._gaps)) - len(losses))):
            yield self.frame(Part.DIRECTED, self._next())
        yield Step(Part.DIRECTED, None, latency)
        for cycles in resets:
            yield from self.struck(cycles, rest=True)
            # The next reset must not swallow the output, or what this one leaves over would go unseen.
            gaps = self._gaps.pop() if self._gaps else ()
            yield self.frame(Part.RESET, self._next(), gaps, latency + self._few())
        while self._gaps:
            yield self.frame(Part.INSIDE, self._next(), self._gaps.pop())
        for pair in losses:
            for sent in pair:
                yield self._incomplete(sent)
            yield self.frame(Part.TRUNCATED, self._next(), extra=self._few())
        yield Step(Part.TRUNCATED, None, self.timing.settle)

    def _next(self) -> int:
        """The next vector that must be sent, or any other once all have been sent."""
        return self._deck.pop(0) if self._deck else self.any()

    def _few(self) -> int:
        """Cycles between frames beyond the minimum."""
        return self.rng.randint(0, 8)

    def _patterns(self) -> list[Gaps]:
        """Gaps inside frames: long ones, one cycle before every beat, and one before every second beat."""
        beats = self.timing.beats
        if beats == 1:
            return []
        idle = self.timing.latency_cycles + 2
        long = tuple((beat, idle) for beat in sorted({1, beats // 2, beats - 1} - {0}))
        every, teeth = range(1, beats), min(2, beats - 1)
        single = [tuple((beat, 1) for beat in every[offset::teeth]) for offset in range(teeth)]
        return [long, *single, tuple((beat, 1) for beat in every)]

    def _reset_offsets(self) -> list[int]:
        """Cycles from the first beat to the reset: inside the frame, around its end and around its output."""
        beats, latency = self.timing.beats, self.timing.latency_cycles
        return sorted({1, max(beats - 1, 1), beats, beats - 1 + max(latency - 1, 1), beats - 1 + max(latency, 1)})

    def _losses(self) -> list[tuple[range, ...]]:
        """Which beats of consecutive frames are sent: beginnings, and then ends."""
        beats = self.timing.beats
        if beats == 1:
            return []
        end = range(self.rng.randint(1, beats - 1), beats)
        return [(range(1), range(beats - 1)), (range(1, beats), end)]

    def _incomplete(self, sent: range) -> Step:
        # Without a first beat nothing of a frame is accepted: the frame before it still needs its time.
        cycles = max(len(sent), self.timing.apart) if sent[0] > 0 else len(sent)
        return Step(Part.TRUNCATED, self.any(), cycles, skipped=sent[0], beats=sent[-1] + 1)
