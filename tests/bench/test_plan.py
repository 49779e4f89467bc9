"""The plan keeps its promises whatever the timing of the network."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bxnn.sim.bench.plan import Effort, Part, Pool, make_plan

TIMINGS = [(1, 1), (7, 3), (6, 8), (200, 8), (300, 1)]


@pytest.mark.parametrize(("latency", "interval"), TIMINGS)
def test_events_are_never_closer_than_the_initiation_interval(latency: int, interval: int) -> None:
    cycle, last, started = 0, None, 0
    for step in make_plan(3, Pool(20, 11, 50), latency, interval).steps:
        if step.reset:
            last = None
        if step.vector is not None:
            assert last is None or cycle - last >= interval
            last = cycle
            started += 1
        cycle += step.cycles
    assert started >= 90


@pytest.mark.parametrize(("latency", "interval"), TIMINGS)
def test_every_user_event_is_sent_once_and_in_order(latency: int, interval: int) -> None:
    steps = make_plan(3, Pool(20, 11, 51), latency, interval).steps
    sent = [step.vector for step in steps if step.part.user and step.vector is not None]
    assert sent == list(range(20, 71))
    close = [step for step in steps if step.part is Part.BACK_TO_BACK and step.vector is not None]
    assert len(close) == 26
    assert {step.cycles for step in close} == {interval}
    spread = {step.cycles for step in steps if step.part is Part.GAPS and step.vector is not None}
    assert len(spread) > 1
    assert min(spread) == interval


def test_first_event_and_some_others_come_right_after_a_reset() -> None:
    steps = make_plan(1, Pool(20, 11, 50), 7, 3).steps
    after = [late.vector is not None for early, late in pairwise(steps) if early.reset]
    assert after[0]
    assert True in after[1:]
    assert False in after[1:]


def test_plan_is_a_function_of_the_seed() -> None:
    assert make_plan(1, Pool(20, 11, 50), 7, 3) == make_plan(1, Pool(20, 11, 50), 7, 3)
    assert make_plan(1, Pool(20, 11, 50), 7, 3).steps != make_plan(2, Pool(20, 11, 50), 7, 3).steps
    assert make_plan(1, Pool(20, 11, 50), 7, 3).text.startswith("seed 1: ")


def test_one_event_without_directed_vectors() -> None:
    plan = make_plan(1, Pool(0, 0, 1), 7, 3)
    assert {step.vector for step in plan.steps} == {0, None}


@pytest.mark.parametrize(("latency", "interval"), TIMINGS)
def test_the_cover_sends_its_corners_once_and_resets_around_the_output(latency: int, interval: int) -> None:
    steps = make_plan(3, Pool(20, 11, 5), latency, interval, Effort.COVER).steps
    sent = [step.vector for step in steps if step.part is Part.DIRECTED and step.vector is not None]
    assert sorted(sent) == list(range(11))
    assert sum(step.reset for step in steps) == 4
    assert [step.vector for step in steps if step.part.user and step.vector is not None] == list(range(20, 25))


def test_a_quick_plan_is_the_users_events_and_nothing_else() -> None:
    plan = make_plan(3, Pool(20, 11, 5), 7, 3, Effort.QUICK)
    assert [step.vector for step in plan.steps if step.vector is not None] == list(range(20, 25))
    assert plan.text == (
        "seed 3: no directed events, 1 reset, 3 events back to back at II = 3, 2 events with random gaps, "
        f"{sum(step.cycles for step in plan.steps)} cycles"
    )
