"""The plan of a streaming network keeps its promises whatever the timing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bxnn.sim.bench.frame_plan import make_frame_plan
from bxnn.sim.bench.frames import FrameTiming
from bxnn.sim.bench.plan import Effort, Part, Plan, Pool, Step

TIMINGS = [
    FrameTiming(784, 40, 784),
    FrameTiming(6, 5, 7),
    FrameTiming(2, 30, 2),
    FrameTiming(3, 1, 20),
    FrameTiming(1, 4, 1),
]
ALL = pytest.mark.parametrize("timing", TIMINGS, ids=str)


POOL = Pool(20, 11, 41)
BOTH = pytest.mark.parametrize("effort", [Effort.ALL, Effort.COVER])


def steps(timing: FrameTiming, seed: int = 3, effort: Effort = Effort.ALL) -> tuple[Step, ...]:
    return make_frame_plan(seed, POOL, timing, effort).steps


def sent(step: Step, timing: FrameTiming) -> range:
    return range(step.skipped, timing.beats if step.beats is None else step.beats)


@ALL
@BOTH
@pytest.mark.parametrize("seed", range(5))
def test_no_frame_begins_too_early(timing: FrameTiming, seed: int, effort: Effort) -> None:
    cycle, free = 0, 0
    for step in steps(timing, seed, effort):
        if step.reset:
            free = 0
        if step.vector is not None:
            beats = sent(step, timing)
            length = len(beats) + sum(idle for _, idle in step.gaps)
            assert len(beats) > 0
            assert length <= step.cycles
            assert all(beats[0] < beat <= beats[-1] and idle > 0 for beat, idle in step.gaps)
            if step.skipped == 0:
                assert cycle >= free
            if len(beats) == timing.beats:
                free = cycle + length - 1 + timing.apart
        cycle += step.cycles


@ALL
def test_every_user_event_is_sent_once_and_in_order(timing: FrameTiming) -> None:
    user = [step for step in steps(timing) if step.part.user and step.vector is not None]
    assert [step.vector for step in user] == list(range(20, 61))
    assert all(len(sent(step, timing)) == timing.beats for step in user)
    close = [step for step in user if step.part is Part.BACK_TO_BACK]
    assert {(step.cycles, step.gaps) for step in close} == {(timing.initiation_interval, ())}
    assert len(close) == 21
    if timing.beats > 1:
        assert len({step.gaps for step in user if step.part is Part.GAPS}) > 5


@ALL
def test_every_beat_has_a_single_cycle_gap_before_it(timing: FrameTiming) -> None:
    inside = [step.gaps for step in steps(timing) if step.part is Part.INSIDE]
    alone = [gaps for gaps in inside if {idle for _, idle in gaps} == {1} and len(gaps) < max(timing.beats - 1, 2)]
    assert {beat for gaps in alone for beat, _ in gaps} == set(range(1, timing.beats))
    if timing.beats > 1:
        assert tuple((beat, 1) for beat in range(1, timing.beats)) in inside
        for place in (1, timing.beats - 1):
            assert ((place, timing.settle),) in inside


@ALL
def test_frames_lose_their_beginning_and_their_end(timing: FrameTiming) -> None:
    lost = [sent(step, timing) for step in steps(timing) if step.part is Part.TRUNCATED and step.vector is not None]
    broken = {beats for beats in lost if len(beats) < timing.beats}
    if timing.beats == 1:
        assert not broken
    else:
        assert broken >= {range(1), range(timing.beats - 1), range(1, timing.beats)}
    if timing.beats > 2:
        assert any(beats[0] > 0 and len(beats) < timing.beats - 1 for beats in broken)


@ALL
def test_resets_come_inside_frames_and_after_them(timing: FrameTiming) -> None:
    cut = [(early, late) for early, late in pairwise(steps(timing)) if late.reset and early.vector is not None]
    whole = [len(sent(early, timing)) == timing.beats for early, _ in cut]
    assert True in whole
    assert timing.beats < 3 or False in whole
    tails = [step for step in steps(timing) if step.part is Part.RESET and step.skipped]
    assert timing.beats < 6 or tails


def test_plan_is_a_function_of_the_seed() -> None:
    timing = TIMINGS[1]
    assert make_frame_plan(1, POOL, timing) == make_frame_plan(1, POOL, timing)
    assert steps(timing, 1) != steps(timing, 2)


def test_the_plan_in_words() -> None:
    plan = make_frame_plan(1, Pool(20, 11, 60), TIMINGS[1])
    assert plan.text == (
        "seed 1: frames of 6 beats; 65 directed frames from 20 corner vectors, 9 resets, 21 incomplete frames, "
        f"30 frames back to back at II = 7, 30 frames with random gaps between and inside, {cycles(plan)} cycles"
    )
    assert {step.vector for step in make_frame_plan(1, Pool(0, 0, 1), TIMINGS[1]).steps} == {0, None}
    cover = make_frame_plan(1, POOL, TIMINGS[1], Effort.COVER)
    assert cover.text == (
        "seed 1: frames of 6 beats; 14 directed frames from 11 of 20 corner vectors, 6 resets, 11 incomplete frames, "
        f"21 frames back to back at II = 7, 20 frames with random gaps between and inside, {cycles(cover)} cycles"
    )


def cycles(plan: Plan) -> int:
    return sum(step.cycles for step in plan.steps)
