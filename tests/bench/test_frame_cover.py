"""The cover of a streaming network has every kind of corner, gap, reset and loss, and few frames."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.sim.bench.frame_plan import make_frame_plan
from bxnn.sim.bench.frames import FrameTiming
from bxnn.sim.bench.job import Job
from bxnn.sim.bench.plan import Effort, Part, Plan, Pool, Step
from bxnn.sim.bench.planning import plan_of
from bxnn.sim.rtl import simulate
from bxnn.sim.vectors import Vectors
from tests.bench.small_designs import FRAMES
from tests.bench.test_streams import DEFECTS

MNIST = FrameTiming(784, 150, 784)
TIMINGS = st.builds(
    lambda beats, latency, more: FrameTiming(beats, latency, beats + more),
    st.integers(1, 900),
    st.integers(1, 300),
    st.integers(0, 40),
)


def whole(plan: Plan, timing: FrameTiming) -> list[Step]:
    """Directed frames that are sent to their end."""
    sent = [step for step in plan.steps if step.vector is not None and not step.part.user]
    return [step for step in sent if step.skipped == 0 and step.beats in (None, timing.beats)]


def compared(plan: Plan, timing: FrameTiming) -> set[int | None]:
    """Vectors whose output is not swallowed by a reset."""
    cycle, due = 0, list[tuple[int | None, int]]()
    found: set[int | None] = set()
    for step in plan.steps:
        if step.reset:
            found |= {vector for vector, out in due if out <= cycle}
            due = []
        if step.vector is not None and step.skipped == 0 and step.beats in (None, timing.beats):
            last = cycle + timing.beats - 1 + sum(idle for _, idle in step.gaps)
            due.append((step.vector, last + timing.latency_cycles))
        cycle += step.cycles
    return found | {vector for vector, _ in due}


def reset_positions(plan: Plan) -> set[int]:
    """Cycles from the first beat of the frames in flight to the reset."""
    found, since = set(), 0
    for early, late in pairwise(plan.steps):
        flying = early.part is Part.RESET and early.vector is not None and early.beats is not None
        since = since + early.cycles if flying else 0
        if late.reset:
            found.add(since)
    return found


@given(TIMINGS, st.integers(0, 99), st.integers(0, 30))
def test_every_kind_occurs(timing: FrameTiming, seed: int, cover: int) -> None:
    beats, latency = timing.beats, timing.latency_cycles
    plan = make_frame_plan(seed, Pool(31, cover, 3), timing, Effort.COVER)
    assert compared(plan, timing) >= set(range(cover))
    assert reset_positions(plan) == {
        max(cycles, 1) for cycles in (1, beats - 1, beats, beats - 1 + max(latency - 1, 1), beats - 1 + latency)
    }
    after = [late for early, late in pairwise(plan.steps) if early.reset]
    assert all(step.vector is not None for step in after)
    assert beats <= 3 or any(step.skipped for step in after), "the rest of a frame comes after a reset inside it"
    gaps = [step.gaps for step in whole(plan, timing) if step.gaps]
    single = [found for found in gaps if {idle for _, idle in found} == {1}]
    assert {beat for found in single for beat, _ in found if len(found) < max(beats - 1, 2)} == set(range(1, beats))
    assert beats == 1 or tuple((beat, 1) for beat in range(1, beats)) in single
    long = {beat for found in gaps for beat, idle in found if idle > latency + 1}
    assert long == {1, beats // 2, beats - 1} - {0} if beats > 1 else not long
    lost = {(step.skipped, step.beats) for step in plan.steps if step.part is Part.TRUNCATED and step.beats is not None}
    assert lost >= {(0, 1), (0, beats - 1), (1, beats)} if beats > 1 else not lost
    close = [step for step in plan.steps if step.part is Part.DIRECTED and step.vector is not None]
    assert len(close) >= 2
    assert {(step.cycles, step.gaps) for step in close} == {(timing.initiation_interval, ())}


@given(TIMINGS, st.integers(0, 99))
def test_frames_are_few(timing: FrameTiming, seed: int) -> None:
    plan = make_frame_plan(seed, Pool(23, 11, 3), timing, Effort.COVER)
    flight = sum(ceil_div(cycles, timing.initiation_interval) for cycles in reset_positions(plan))
    assert len(whole(plan, timing)) <= 12 + flight
    assert sum(step.cycles for step in plan.steps) <= 32 * (timing.initiation_interval + timing.latency_cycles + 2)


def test_an_image_of_mnist_takes_few_frames() -> None:
    plan = make_frame_plan(1, Pool(23, 11, 3), MNIST, Effort.COVER)
    assert len(whole(plan, MNIST)) <= 14
    assert len(compared(plan, MNIST) - set(range(23, 26))) >= 11


def job(beats: int) -> Job:
    """Frames of single elements."""
    order = tuple((beat,) for beat in range(beats))
    port = Port("x", "in_valid", "in_data", beats, 6, True, "in_first", order)
    outputs = (Port("y", "out_valid", "out_data", 1, 16, True),)
    interface = Interface("net", ("net.vhd",), (port,), outputs, beats + 39, beats)
    vectors = np.zeros((26, beats), np.int64)
    return Job(interface, {"x": vectors}, {"y": vectors[:, :1]}, directed=23, seed=1, cover=11)


@pytest.mark.parametrize(("beats", "effort"), [(16, Effort.ALL), (784, Effort.COVER)])
def test_a_small_network_gets_everything_and_a_large_one_the_cover(beats: int, effort: Effort) -> None:
    assert plan_of(job(beats)) == plan_of(replace(job(beats), effort=effort))


def test_a_quick_plan_is_the_users_frames_and_nothing_else() -> None:
    plan = plan_of(replace(job(784), effort=Effort.QUICK))
    assert [step.vector for step in plan.steps if step.vector is not None] == [23, 24, 25]
    assert plan.text == (
        "seed 1: frames of 784 beats; no directed frames, 1 reset, 0 incomplete frames, 2 frames back to back at "
        "II = 784, 1 frame with random gaps between and inside, "
        f"{sum(step.cycles for step in plan.steps)} cycles"
    )


@pytest.mark.parametrize("defect", [*DEFECTS, None])
def test_the_cover_finds_every_defect(defect: str | None, tmp_path: Path) -> None:
    stimulus, directed = FRAMES.stimulus(1), FRAMES.stimulus(11, seed=9)
    vectors = Vectors(directed, FRAMES.expected(directed), cover=11)
    build = FRAMES.write(tmp_path, defect or "0")
    found = simulate(
        build, FRAMES.interface, stimulus, FRAMES.expected(stimulus), "ghdl", 1, vectors, effort=Effort.COVER
    )
    assert found.passed == (defect is None), found.first_difference
