"""Objectives against their definitions, event by event."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.numeric.roc_curve import area, class_score, efficiency
from bxnn.compiler.search.objectives import Judgement, resolution

_SCORES = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=20)


@settings(max_examples=60, deadline=None)
@given(_SCORES, st.floats(0.01, 0.99))
def test_area_and_efficiency(events: list[tuple[int, bool]], rate: float) -> None:
    signal = [score for score, kind in events if kind]
    others = [score for score, kind in events if not kind]
    if not signal or not others:
        return
    score, kind = np.array([score for score, _ in events], float), np.array([kind for _, kind in events])
    wins = [(one > two) + 0.5 * (one == two) for one, two in product(signal, others)]
    assert area(score, kind) == pytest.approx(np.mean(wins))
    passing = [
        np.mean([one > cut for one in signal]) for cut in range(-4, 4) if np.mean([two > cut for two in others]) <= rate
    ]
    assert efficiency(score, kind, rate) == pytest.approx(max(passing))


def test_one_output_is_the_logit_of_class_1() -> None:
    outputs, y = np.array([[-1.0], [2.0], [3.0], [-4.0]]), np.array([0, 1, 0, 0])
    assert Judgement("accuracy", 0.1, 1).figure(outputs, y).value == 0.75
    assert Judgement("auc", 0.1, 1).figure(outputs, y).value == pytest.approx(2 / 3)
    assert class_score(outputs, 0).tolist() == [1.0, -2.0, -3.0, 4.0]


def test_the_score_of_a_class_is_its_log_odds() -> None:
    outputs = np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 5.0]])
    chance = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    assert class_score(outputs, 1) == pytest.approx(np.log(chance[:, 1] / (1 - chance[:, 1])))


def test_resolution_and_its_error() -> None:
    generator = np.random.default_rng(1)
    found = [resolution(generator.normal(0, 2, (500, 1))) for _ in range(300)]
    values = np.array([each.value for each in found])
    assert values.mean() == pytest.approx(2, rel=0.01)
    assert values.std() == pytest.approx(np.mean([each.error for each in found]), rel=0.12)


@pytest.mark.parametrize(("signal", "others", "rate"), [(300, 500, 0.02), (2000, 200, 0.1), (200, 5000, 0.01)])
def test_the_error_of_an_efficiency_is_what_it_varies_by(signal: int, others: int, rate: float) -> None:
    """Half of the spread and more comes from the threshold, where other events are few."""
    generator = np.random.default_rng(2)
    y = np.repeat([1, 0], [signal, others])
    found = [Judgement("efficiency", rate, 1).figure(generator.normal(y, 0.6)[:, None], y) for _ in range(400)]
    spread = np.std([each.value for each in found])
    error = np.mean([each.error for each in found])
    assert error == pytest.approx(spread, rel=0.12), f"error {error:.4f}, spread {spread:.4f}"


def test_an_error_is_never_0() -> None:
    outputs, y = np.eye(3)[[0, 1, 2] * 5] * 9, np.array([0, 1, 2] * 5)
    for objective in ("accuracy", "auc", "efficiency"):
        figure = Judgement(objective, 0.1, 1).figure(outputs, y)
        assert figure.value == 1 and figure.error > 0
