"""Whatever a file contains, loading it ends soon: with a graph or with a ModelError.

The seed is fixed below and printed by hypothesis on failure; ``--hypothesis-seed`` explores others.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import InputError, SeveralProblemsError
from bxnn.compiler.frontend import load_model
from tests.frontend import handmade as hand
from tests.frontend.test_models import GOLDEN
from tests.processor_time import at_most

SEED = 20261121
SECONDS = 2.0  # of processor time; wall time depends on the load
bounded = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
edits = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=16)
junk: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1,
        2.5,
        1 << 61,
        "",
        "x",
        "quantized_bits(9",
        "relu",
        [],
        [None],
        [[]],
        {},
        {"a": 1},
    ]
)


def survives(path: Path, weights: Path | None = None) -> None:
    """Only errors meant for the user may escape, and soon."""
    with at_most(SECONDS):
        try:
            graph = load_model(path, weights)
            for layer in graph.layers:
                layer.quantized()
        except InputError as error:
            problems = error.problems if isinstance(error, SeveralProblemsError) else [error]
            lines = str(error).split("\n")
            assert len(lines) == len(set(lines)) == len(problems), "a line for each problem"


def mutated(data: bytes, changes: list[tuple[float, int]], cut: float) -> bytes:
    changed = bytearray(data)
    for place, value in changes:
        changed[int(place * len(changed))] = value
    return bytes(changed) if cut > 0.2 else bytes(changed[: int(len(changed) * cut * 5)])


@pytest.mark.parametrize("name", ["qkeras_v3.h5", "qkeras_v3.keras"])
@seed(SEED)
@bounded
@given(changes=edits, cut=st.floats(0, 1))
def test_mutated_bytes(tmp_path: Path, name: str, changes: list[tuple[float, int]], cut: float) -> None:
    path = tmp_path / name
    path.write_bytes(mutated((GOLDEN / name).read_bytes(), changes, cut))
    survives(path)


@seed(SEED)
@bounded
@given(changes=edits, cut=st.floats(0, 1))
def test_mutated_weights(tmp_path: Path, changes: list[tuple[float, int]], cut: float) -> None:
    config = hand.sequential(hand.dense("fc1", 2))
    survives(*hand.write(tmp_path, config, mutated(hand.good_weights(), changes, cut)))


@seed(SEED)
@bounded
@given(changes=edits, cut=st.floats(0, 1))
def test_mutated_text(tmp_path: Path, changes: list[tuple[float, int]], cut: float) -> None:
    model, weights = hand.write(tmp_path, hand.sequential(hand.dense("fc1", 2)))
    model.write_bytes(mutated(model.read_bytes(), changes, cut))
    survives(model, weights)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a JSON value, with each of its keys or indices."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from places(value[key])


def rich_model() -> dict[str, Any]:
    """One of every supported layer, in a functional model."""
    normal = {
        "name": "bn",
        "axis": [1],
        "epsilon": 2.0**-10,
        "scale": False,
        "center": False,
        "momentum": 0.9,
    }
    batch = {"class_name": "BatchNormalization", "config": normal}
    layers = [
        hand.input_layer("x", 3),
        {"class_name": "QActivation", "config": {"name": "q", "activation": "quantized_bits(8,3,alpha=1)"}},
        hand.dense("fc1", 2, activation=hand.quantizer("quantized_relu", bits=6, negative_slope=0.25)),
        {
            "class_name": "ReLU",
            "config": {"name": "r", "max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0},
        },
        {"class_name": "LeakyReLU", "config": {"name": "l", "alpha": 0.25}},
        {"class_name": "Reshape", "config": {"name": "rs", "target_shape": [2, 1]}},
        {"class_name": "Flatten", "config": {"name": "f", "data_format": "channels_last"}},
        {"class_name": "Dropout", "config": {"name": "d", "rate": 0.5}},
        batch,
        {"class_name": "Softmax", "config": {"name": "s", "axis": -1}},
    ]
    names = [layer["config"]["name"] for layer in layers]
    chain = {name: [previous] for previous, name in pairwise(names)}
    return hand.functional(layers, chain, ["s"])


RICH = rich_model()
RICH_WEIGHTS = hand.weights(
    fc1__kernel=[[1, 2], [3, 4], [0, 1]],
    fc1__bias=[0, 1],
    bn__moving_mean=[0, 0],
    bn__moving_variance=[1 - 2.0**-10] * 2,
)
PLACES = len(list(places(RICH)))


def test_the_rich_model_loads(tmp_path: Path) -> None:
    graph = load_model(*hand.write(tmp_path, RICH, RICH_WEIGHTS))
    assert len(graph.layers) == len(RICH["config"]["layers"]) + 1


@pytest.mark.parametrize("value", [None, True, -1, 1 << 61, "x", [], {"a": 1}], ids=repr)
def test_every_value_replaced(tmp_path: Path, value: Any) -> None:
    """Every place in the model description in turn, not at random."""
    model, weights = hand.write(tmp_path, RICH, RICH_WEIGHTS)
    for index in range(PLACES):
        spoiled = copy.deepcopy(RICH)
        container, key = list(places(spoiled))[index]
        container[key] = value
        model.write_text(json.dumps(spoiled))
        survives(model, weights)


@seed(SEED)
@bounded
@given(
    changes=st.lists(st.tuples(st.integers(0, PLACES - 1), st.integers(0, PLACES - 1), junk), min_size=1, max_size=4)
)
def test_mutated_structure(tmp_path: Path, changes: list[tuple[int, int, Any]]) -> None:
    """Values replaced by junk or by other parts of the same model, or removed."""
    spoiled = copy.deepcopy(RICH)
    for at, other, value in changes:
        where = list(places(spoiled))
        container, key = where[at % len(where)]
        donor, donor_key = where[other % len(where)]
        if value == "x":
            container[key] = copy.deepcopy(donor[donor_key])
        elif value == "":
            del container[key]
        else:
            container[key] = value
    survives(*hand.write(tmp_path, spoiled, RICH_WEIGHTS))
