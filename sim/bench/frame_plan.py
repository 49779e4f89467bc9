"""The plan for a network whose input is streaming."""

from __future__ import annotations

import random
from collections.abc import Iterable

from bxnn.compiler.plural import counted
from bxnn.sim.bench.frame_cover import Cover
from bxnn.sim.bench.frames import FrameMaker, FrameTiming, Gaps
from bxnn.sim.bench.plan import Effort, Part, Plan, Pool, Step, directed_in_words

_TEETH = 8
_RANDOM_GAPS = 4
_RANDOM_RESETS = 3
_RANDOM_LOSSES = 2


def make_frame_plan(seed: int, pool: Pool, timing: FrameTiming, effort: Effort = Effort.ALL) -> Plan:
    """Plan a simulation of a pool of vectors.

    Reset and a first frame alone; the corner vectors back to back; frames with every pattern of gaps; resets inside
    frames and while the pipeline drains; frames that lose beats; the first half of the user's events at exactly the
    II and without gaps, the second half with random gaps between and inside frames. ``Cover`` describes what is left of
    this if the number of frames matters.
    """
    maker = _MAKERS[effort](random.Random(seed), pool, timing)
    steps = tuple(maker.steps())
    cut = sum(step.vector is not None and maker.sent(step) < timing.beats for step in steps)
    events = [step for step in steps if step.vector is not None and maker.sent(step) == timing.beats]
    close = sum(step.part is Part.BACK_TO_BACK for step in events)
    spread = sum(step.part is Part.GAPS for step in events)
    directed = directed_in_words("frame", len(events) - close - spread, pool, effort)
    resets = sum(step.reset for step in steps)
    text = (
        f"seed {seed}: frames of {counted(timing.beats, 'beat')}; {directed}, {counted(resets, 'reset')}, "
        f"{counted(cut, 'incomplete frame')}, {counted(close, 'frame')} back to back at II = "
        f"{timing.initiation_interval}, {counted(spread, 'frame')} with random gaps between and inside, "
        f"{counted(sum(step.cycles for step in steps), 'cycle')}"
    )
    return Plan(seed, steps, text)


class _Nothing(FrameMaker):
    """Only the user's events."""

    def directed(self) -> Iterable[Step]:
        return ()


class _All(FrameMaker):
    """Every corner vector back to back, and every situation with random ones."""

    def directed(self) -> Iterable[Step]:
        settle = self.timing.settle
        yield from self.first()
        for vector in self.pool.corners:
            yield self.frame(Part.DIRECTED, vector)
        yield Step(Part.DIRECTED, None, self.rng.randint(1, settle))
        for gaps in self._patterns():
            yield self.frame(Part.INSIDE, self.any(), gaps, self.rng.choice((0, self.gap())))
        for cycles in self._reset_offsets():
            yield from self.struck(cycles)
            yield self.frame(Part.RESET, self.any(), self.rng.choice(((), self.inside())), self.gap())
        for sent in self._losses():
            yield from self._incomplete(sent)
        yield Step(Part.TRUNCATED, None, settle)

    def _patterns(self) -> Iterable[Gaps]:
        """Gaps inside frames: one cycle before each beat, alone and all together; long ones; random ones."""
        beats = self.timing.beats
        if beats == 1:
            return
        teeth = min(_TEETH, beats - 1)
        for offset in range(teeth):  # each position has its single cycle, with consecutive beats around it
            yield tuple((beat, 1) for beat in range(1 + offset, beats, teeth))
        yield tuple((beat, 1) for beat in range(1, beats))
        for beat in sorted({1, beats // 2, beats - 1} - {0}):
            yield ((beat, self.timing.settle),)
        for _ in range(_RANDOM_GAPS):
            yield self.inside()

    def _reset_offsets(self) -> list[int]:
        """Cycles from the first beat to the reset: inside the frame, around its end and its output, random ones."""
        beats, latency = self.timing.beats, self.timing.latency_cycles
        chosen = {1, max(beats - 1, 1), beats, beats - 1 + max(latency - 1, 1), beats - 1 + max(latency, 1)}
        longest = beats + latency + self.timing.initiation_interval
        return sorted(chosen) + [self.rng.randint(1, longest) for _ in range(_RANDOM_RESETS)]

    def _losses(self) -> list[range]:
        """Which beats of a frame are sent: its beginning, all but the last, all but the first, its end."""
        beats = self.timing.beats
        if beats == 1:
            return []
        cuts = [1, 2, beats // 2, beats - 1, *(self.rng.randint(1, beats - 1) for _ in range(_RANDOM_LOSSES))]
        heads = [range(cut) for cut in cuts if 0 < cut < beats]
        return [*heads, range(1, beats), range(self.rng.randint(1, beats - 1), beats)]

    def _incomplete(self, sent: range) -> Iterable[Step]:
        """A frame that must still come out, one with lost beats, sometimes another one, and a whole frame."""
        yield self.frame(Part.TRUNCATED, self.any())
        for _ in range(self.rng.choice((1, 1, 2))):
            inside = tuple((beat, idle) for beat, idle in self.inside() if sent[0] < beat <= sent[-1])
            gaps = self.rng.choice(((), inside))
            cycles = len(sent) + sum(idle for _, idle in gaps) + self.rng.choice((0, 0, 1, self.gap()))
            if sent[0] > 0:  # nothing is accepted: the frame before it still needs its time
                cycles = max(cycles, self.timing.apart)
            yield Step(Part.TRUNCATED, self.any(), cycles, gaps=gaps, skipped=sent[0], beats=sent[-1] + 1)
        yield self.frame(Part.TRUNCATED, self.any(), extra=self.gap())


_MAKERS: dict[Effort, type[FrameMaker]] = {Effort.ALL: _All, Effort.COVER: Cover, Effort.QUICK: _Nothing}
