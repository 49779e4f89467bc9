"""The plan for a network whose input is streaming: frames of beats with gaps between and inside them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.plural import counted
from sim.bench.plan import FIRST_RESET_CYCLES, Part, Plan, Step

_TEETH = 8
_RANDOM_GAPS = 4
_RANDOM_RESETS = 3
_RANDOM_LOSSES = 2

Gaps = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class FrameTiming:
    """What a plan must know of a streaming network.

    Attributes:
        beats: Beats of a frame.
        latency_cycles: From the last beat to the output.
        initiation_interval: Smallest spacing of the first beats of frames without gaps.
    """

    beats: int
    latency_cycles: int
    initiation_interval: int

    @property
    def apart(self) -> int:
        """Smallest spacing of the last beat of a frame and the first of the next."""
        return self.initiation_interval - (self.beats - 1)

    @property
    def settle(self) -> int:
        """Idle cycles in which the last output comes, and one more if the design went on by itself."""
        return self.latency_cycles + self.initiation_interval + 2


def make_frame_plan(seed: int, directed: int, user: int, timing: FrameTiming) -> Plan:
    """Plan a simulation of a pool of ``directed`` corner vectors followed by ``user`` events of the user.

    Reset and a first frame alone; the corner vectors back to back; frames with every pattern of gaps; resets inside
    frames and in the pipeline's drain; frames that lose beats; the first half of the user's events at exactly the
    II and without gaps, the second half with random gaps between and inside frames.
    """
    maker = _Maker(random.Random(seed), directed, user, timing)
    steps = tuple(maker.steps())
    cut = sum(step.vector is not None and maker.sent(step) < timing.beats for step in steps)
    events = [step for step in steps if step.vector is not None and maker.sent(step) == timing.beats]
    close = sum(step.part is Part.BACK_TO_BACK for step in events)
    spread = sum(step.part is Part.GAPS for step in events)
    text = (
        f"seed {seed}: frames of {counted(timing.beats, 'beat')}; {len(events) - close - spread} directed frames from "
        f"{directed} corner vectors, {sum(step.reset for step in steps)} resets, {cut} incomplete frames, "
        f"{close} frames back to back at II = {timing.initiation_interval}, "
        f"{spread} frames with random gaps between and inside, "
        f"{counted(sum(step.cycles for step in steps), 'cycle')}"
    )
    return Plan(seed, steps, text)


class _Maker:
    """Generates the parts of a plan one after the other."""

    def __init__(self, rng: random.Random, directed: int, user: int, timing: FrameTiming) -> None:
        self.rng = rng
        self.corners = range(directed)
        self.user = range(directed, directed + user)
        self.timing = timing

    def steps(self) -> Iterable[Step]:
        """All steps."""
        settle = self.timing.settle
        yield Step(Part.FIRST, None, FIRST_RESET_CYCLES, reset=True)
        yield self._frame(Part.FIRST, 0)
        yield Step(Part.FIRST, None, settle)
        for vector in self.corners:
            yield self._frame(Part.DIRECTED, vector)
        yield Step(Part.DIRECTED, None, self.rng.randint(1, settle))
        for gaps in self._patterns():
            yield self._frame(Part.INSIDE, self._any(), gaps, self.rng.choice((0, self._gap())))
        for cycles in self._reset_offsets():
            yield from self._reset_after(cycles)
        for sent in self._losses():
            yield from self._incomplete(sent)
        yield Step(Part.TRUNCATED, None, settle)
        yield from self._users()
        yield Step(Part.GAPS, None, settle)

    def sent(self, step: Step) -> int:
        """Beats of a frame that a step sends."""
        return (self.timing.beats if step.beats is None else step.beats) - step.skipped

    def _frame(self, part: Part, vector: int, gaps: Gaps = (), extra: int = 0) -> Step:
        """A whole frame; the next may follow ``extra`` cycles later than it must."""
        idle = sum(cycles for _, cycles in gaps)
        return Step(part, vector, self.timing.initiation_interval + idle + extra, gaps=gaps)

    def _patterns(self) -> Iterable[Gaps]:
        """Gaps inside frames: one cycle before every beat, alone and all together; long ones; random ones."""
        beats = self.timing.beats
        if beats == 1:
            return
        teeth = min(_TEETH, beats - 1)
        for offset in range(teeth):  # every place has its single cycle, with beats in a row around it
            yield tuple((beat, 1) for beat in range(1 + offset, beats, teeth))
        yield tuple((beat, 1) for beat in range(1, beats))
        for beat in sorted({1, beats // 2, beats - 1} - {0}):
            yield ((beat, self.timing.settle),)
        for _ in range(_RANDOM_GAPS):
            yield self._inside()

    def _reset_offsets(self) -> list[int]:
        """Cycles from the first beat to the reset: inside the frame, around its end and its output, random ones."""
        beats, latency = self.timing.beats, self.timing.latency_cycles
        chosen = {1, max(beats - 1, 1), beats, beats - 1 + max(latency - 1, 1), beats - 1 + max(latency, 1)}
        longest = beats + latency + self.timing.initiation_interval
        return sorted(chosen) + [self.rng.randint(1, longest) for _ in range(_RANDOM_RESETS)]

    def _reset_after(self, cycles: int) -> Iterable[Step]:
        """Frames in flight, a reset ``cycles`` after the first of them began, and a frame right after it.

        The source may not know of the reset: the rest of the frame comes all the same, without a first beat.
        """
        beats, interval = self.timing.beats, self.timing.initiation_interval
        sent = beats
        for start in range(0, cycles, interval):
            sent = min(beats, cycles - start)
            yield Step(Part.RESET, vector := self._any(), min(interval, cycles - start), beats=sent)
        length = self.rng.randint(1, 2)
        yield Step(Part.RESET, None, length, reset=True)
        choice = self.rng.random()
        if choice < 0.5 and sent + length < beats:
            yield Step(Part.RESET, vector, beats - sent - length, skipped=sent + length)
        elif choice < 0.7:
            yield Step(Part.RESET, None, self.rng.randint(1, self.timing.settle))
        yield self._frame(Part.RESET, self._any(), self.rng.choice(((), self._inside())), self._gap())

    def _losses(self) -> list[range]:
        """Which beats of a frame come: its beginning, all but the last, all but the first, its end."""
        beats = self.timing.beats
        if beats == 1:
            return []
        cuts = [1, 2, beats // 2, beats - 1, *(self.rng.randint(1, beats - 1) for _ in range(_RANDOM_LOSSES))]
        heads = [range(cut) for cut in cuts if 0 < cut < beats]
        return [*heads, range(1, beats), range(self.rng.randint(1, beats - 1), beats)]

    def _incomplete(self, sent: range) -> Iterable[Step]:
        """A frame that must come out all the same, one with beats lost, at times another one, and a whole frame."""
        yield self._frame(Part.TRUNCATED, self._any())
        for _ in range(self.rng.choice((1, 1, 2))):
            inside = tuple((beat, idle) for beat, idle in self._inside() if sent[0] < beat <= sent[-1])
            gaps = self.rng.choice(((), inside))
            cycles = len(sent) + sum(idle for _, idle in gaps) + self.rng.choice((0, 0, 1, self._gap()))
            if sent[0] > 0:  # nothing is accepted: the frame before it still needs its time
                cycles = max(cycles, self.timing.apart)
            yield Step(Part.TRUNCATED, self._any(), cycles, gaps=gaps, skipped=sent[0], beats=sent[-1] + 1)
        yield self._frame(Part.TRUNCATED, self._any(), extra=self._gap())

    def _users(self) -> Iterable[Step]:
        half = (len(self.user) + 1) // 2
        for vector in self.user[:half]:
            yield self._frame(Part.BACK_TO_BACK, vector)
        if half:
            yield Step(Part.BACK_TO_BACK, None, 1 + self.rng.randrange(self.timing.settle))
        for vector in self.user[half:]:
            yield self._frame(Part.GAPS, vector, self._inside(), self._gap())

    def _any(self) -> int:
        return self.rng.choice(self.corners or self.user)

    def _gap(self) -> int:
        """Cycles between frames beyond the least: none, a few, or draining the pipeline."""
        choice = self.rng.random()
        if choice < 0.4:
            return 0
        if choice < 0.8:
            return self.rng.randint(1, 8)
        return self.rng.randint(1, self.timing.settle)

    def _inside(self) -> Gaps:
        """Gaps inside a frame: none, few or many of one cycle, many of random length, or one long one."""
        places = range(1, self.timing.beats)
        choice = self.rng.random()
        if choice < 0.2 or not places:
            return ()
        if choice < 0.8:
            density, mean = self.rng.choice(((1 / 16, 0), (1 / 2, 0), (1 / 16, 4), (1 / 4, 1)))
            chosen = [beat for beat in places if self.rng.random() < density]
            return tuple((beat, 1 + (int(self.rng.expovariate(1 / mean)) if mean else 0)) for beat in chosen)
        return ((self.rng.choice(places), self.rng.randint(1, self.timing.settle)),)
