"""Timing in the report: predicted beside measured, and a path slower than predicted is reported."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.report.timing_facts import MeasuredPath, PathFacts, Timing

LIMIT = Timing(period_ns=4.0, margin=0.25, estimate="pessimistic", delays="ultrascaleplus-2")


def measured(kind: PathClass, typical_ns: float, pessimistic_ns: float) -> MeasuredPath:
    place: dict[str, Any] = {"layer": "fc1", "entity": "bxnn_adder_tree", "levels": 2, "carries": 1, "fan_out": 7}
    slack = LIMIT.time_ns - pessimistic_ns
    numbers: dict[str, Any] = {"typical_ns": typical_ns, "pessimistic_ns": pessimistic_ns, "slack_ns": slack}
    return MeasuredPath(kind=kind, start="a", end="b.D", **place, **numbers)


def predicted(kind: PathClass, typical_ns: float, pessimistic_ns: float) -> PathFacts:
    return PathFacts(kind=kind, typical_ns=typical_ns, pessimistic_ns=pessimistic_ns, levels=3, fan_out=9)


def with_predictions(*classes: PathFacts) -> Timing:
    worst = max(entry.pessimistic_ns or 0.0 for entry in classes)
    return LIMIT.model_copy(update={"classes": classes, "worst_path_ns": worst, "worst_path": "fc1"})


def test_measured_stands_beside_predicted() -> None:
    before = with_predictions(predicted(PathClass.DATA, 2.0, 2.5), predicted(PathClass.MEMORY, 1.0, 1.5))
    after = before.with_measured((measured(PathClass.DATA, 1.9, 2.4),))
    assert [entry.model_dump() for entry in after.classes] == [
        {
            "class": PathClass.DATA,
            "typical_ns": 2.0,
            "pessimistic_ns": 2.5,
            "measured_ns": 2.4,
            "levels": 3,
            "fan_out": 9,
        },
        {
            **{"class": PathClass.MEMORY, "typical_ns": 1.0, "pessimistic_ns": 1.5, "measured_ns": None},
            **{"levels": 3, "fan_out": 9},
        },
    ]
    assert after.difference is None
    assert Timing.model_validate_json(after.model_dump_json()) == after


def test_all_longer_paths_are_told_the_worst_first() -> None:
    before = with_predictions(predicted(PathClass.DATA, 2.0, 2.5), predicted(PathClass.CONTROL, 1.0, 1.5))
    after = before.with_measured((measured(PathClass.DATA, 1.9, 2.51), measured(PathClass.CONTROL, 1.0, 1.7)))
    assert after.difference == (
        "slowest control path: 1.500 ns predicted, 1.700 ns in the netlist (a to b.D); "
        "slowest data path: 2.500 ns predicted, 2.510 ns in the netlist (a to b.D)"
    )


def test_a_class_that_nobody_predicted_is_told() -> None:
    after = with_predictions(predicted(PathClass.DATA, 2.0, 2.5)).with_measured((measured(PathClass.MEMORY, 1, 1),))
    assert after.difference == "slowest memory path: none predicted, 1.000 ns in the netlist (a to b.D)"


def test_without_a_prediction_nothing_is_compared() -> None:
    after = LIMIT.with_measured((measured(PathClass.DATA, 1.9, 2.4),))
    assert after.difference is None
    assert after.classes == (PathFacts(kind=PathClass.DATA, measured_ns=2.4, levels=2, fan_out=7),)


@given(st.integers(100, 5000), st.integers(-2, 2), st.sampled_from(["typical", "pessimistic"]))
def test_told_if_and_only_if_longer(told_ps: int, more_ps: int, estimate: str) -> None:
    """The estimate of the design counts; the other one does not."""
    told_ns, found_ns = told_ps / 1000, (told_ps + more_ps) / 1000
    other = {"typical": (told_ns, 0.0), "pessimistic": (0.0, told_ns)}[estimate]
    before = with_predictions(predicted(PathClass.DATA, *other)).model_copy(update={"estimate": estimate})
    after = before.with_measured((measured(PathClass.DATA, found_ns, found_ns),))
    assert (after.difference is not None) == (more_ps > 0)


@given(st.permutations([0.079, 0.33, 0.1, 0.496, 0.1, 0.061, 0.359, 0.015]))
def test_the_order_in_which_delays_are_added_does_not_count(delays: list[float]) -> None:
    told = sum(sorted(delays))
    after = with_predictions(predicted(PathClass.DATA, told, told)).with_measured(
        (measured(PathClass.DATA, sum(delays), sum(delays)),)
    )
    assert after.difference is None


@pytest.mark.parametrize("margin", [0.0, 0.25])
def test_what_a_path_may_take(margin: float) -> None:
    assert LIMIT.model_copy(update={"margin": margin}).time_ns == 4.0 * (1 - margin)
