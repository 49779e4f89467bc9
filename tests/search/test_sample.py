"""Events: what is refused, and that a split keeps shares and never mixes its parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import DataError
from bxnn.compiler.search.sample import Sample, checked_sample, split_sample
from bxnn.compiler.search.search_config import check_search
from bxnn.compiler.search.standardization import standardization
from tests.search.records import defaults

_X = np.zeros((4, 2))
_NAN = np.array([[0, 1], [np.nan, 0], [0, 0], [0, 0]])


@pytest.mark.parametrize(
    ("x", "y", "problem"),
    [
        (_X, [0, 1, 0], "labels y have 3 labels, but there are 4 events"),
        (_X, 1, "labels y have no axis of events, but there are 4 events"),
        (_NAN, [0, 1, 0, 1], "array x has 1 element that is not finite; the first is nan (event 1, element 0)"),
        (_X, [1, 1, 1, 1], "all labels y are 1; a classification needs events of two classes or more"),
        (_X, [0, 2, 0, 2], "labels y go up to 2, but no event is of class 1; number classes from 0"),
        (_X, [0, 0.5, 0, 1], "label 0.5 is not a class number from 0 to 999; use class numbers or one-hot vectors"),
        (
            _X,
            [[1, 1], [0, 1], [1, 0], [0, 1]],
            "labels y are vectors that are not one-hot; use class numbers or one-hot vectors",
        ),
        (np.zeros(4), [0, 1, 0, 1], "array x has shape (4,); give events first, then at least one axis of features"),
        (
            np.array(["a"] * 8).reshape(4, 2),
            [0, 1, 0, 1],
            "array x has dtype <U1; use a real or integer type",
        ),
        (
            _X,
            ["a", "b", "a", "b"],
            "labels y of dtype <U1 are not numbers; use class numbers or one-hot vectors",
        ),
    ],
)
def test_what_is_refused(x: Any, y: Any, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        checked_sample("events.npz", np.asarray(x), np.asarray(y))
    assert str(caught.value) == f"events.npz: {problem}"


@pytest.mark.parametrize(
    ("task", "y", "problem"),
    [
        ("regression", [0.5, 1, 2], "targets y have 3 targets, but there are 4 events"),
        ("regression", [0.5, np.inf, 2, 1], "targets y of dtype float64 are not finite numbers; remove such events"),
        ("regression", [[0, 1], [0, 2], [0, 3], [0, 1]], "target 0 of y is the same in all events; leave it out"),
        (
            "autoencoder",
            [0, 0, 0, 0],
            "all labels y are 0; an autoencoder is judged by a signal sample; label it 1, and what it learns 0",
        ),
        ("autoencoder", [0, 1, 2, 0], "labels y go up to 2; those of an autoencoder are 0, or 1 for signal"),
    ],
)
def test_what_other_tasks_refuse(task: str, y: Any, problem: str) -> None:
    with pytest.raises(DataError) as caught:
        checked_sample("events.npz", _X, np.asarray(y), task)
    assert str(caught.value) == f"events.npz: {problem}"


def test_an_autoencoder_learns_from_class_0_only() -> None:
    config = check_search({"task": "autoencoder"})
    y = np.arange(200) % 3 == 0
    found = split_sample("e", checked_sample("e", np.arange(400.0).reshape(200, 2), y, "autoencoder"), config)
    assert not found.train.y.any() and found.validation.y.any() and found.test.y.any()


def test_too_few_events_of_a_class() -> None:
    found = Sample(np.zeros((60, 2), np.float32), np.array([0] * 50 + [1] * 10))
    with pytest.raises(DataError) as caught:
        split_sample("events.npz", found, defaults())
    assert str(caught.value) == (
        "events.npz: has 10 events of class 1, too few to split; each of training, validation and test needs at least 5"
    )


def test_one_hot_vectors_are_class_numbers() -> None:
    assert checked_sample("e", _X, np.eye(2)[[0, 1, 1, 0]]).y.tolist() == [0, 1, 1, 0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(50, 90), min_size=2, max_size=4), st.integers(1, 4), st.integers(1, 4))
def test_every_event_is_in_one_part_and_every_class_in_all(counts: list[int], validation: int, test: int) -> None:
    config = check_search({"split": {"validation": validation / 10, "test": test / 10}})
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.arange(len(y), dtype=np.float32)[:, None]
    found = split_sample("e", Sample(x, y), config)
    parts = found.train, found.validation, found.test
    assert sorted(np.concatenate([part.x[:, 0] for part in parts]).tolist()) == x[:, 0].tolist()
    for part, share in ((found.validation, validation / 10), (found.test, test / 10)):
        assert np.bincount(part.y).tolist() == [round(count * share) for count in counts]
    assert all((y[part.x[:, 0].astype(int)] == part.y).all() for part in parts)


def test_constant_features_stay_finite() -> None:
    x = np.stack([np.full(50, 7.0), np.arange(50.0)], axis=1).astype(np.float32)
    found = standardization(x, True)(x)
    assert np.isfinite(found).all() and abs(found[:, 1].std() - 1) < 1e-6 and not found[:, 0].any()
    assert not standardization(x, False).changes
