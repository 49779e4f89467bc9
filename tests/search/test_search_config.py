"""search.yaml: defaults that work, and what is refused, in whole messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.errors import InputError
from bxnn.compiler.search.search_config import check_search, given_search, load_search


def test_without_a_file_everything_has_a_default() -> None:
    found = load_search(None)
    assert (found.clock_mhz, found.initiation_interval, found.task, found.objective) == (
        320.632,
        8,
        "classification",
        "accuracy",
    )
    assert found.design("lut").strategy == "lut"


@pytest.mark.parametrize(
    ("task", "objective", "family"),
    [("classification", "accuracy", "mlp"), ("regression", "resolution", "mlp"), ("autoencoder", "auc", "autoencoder")],
)
def test_a_task_brings_its_objective_and_family(task: str, objective: str, family: str) -> None:
    found = check_search({"task": task, "space": {"widths": 4}})
    assert (found.objective, found.space.family, found.space.widths) == (objective, family, (4,))


def test_a_value_is_a_list_of_one() -> None:
    found = check_search({"space": {"widths": 16, "bits": [4, 6]}, "fidelity": {"epochs": 5}, "seeds": [1, 2]})
    assert (found.space.widths, found.space.bits, found.seeds) == ((16,), (4, 6), (1, 2))
    assert (found.fidelity.least, found.fidelity.most) == (5, 5)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"spce": {}}, "search.yaml: key 'spce' is unknown; did you mean 'space'?"),
        ({"space": {"width": 8}}, "search.yaml: space: key 'width' is unknown; did you mean 'widths'?"),
        ({"space": {"family": "mpl"}}, "family: 'mpl' is not mlp, cnn, deepsets or autoencoder; did you mean 'mlp'?"),
        ({"space": {"widths": [8, "x"]}}, "search.yaml: space: widths: 1: 'x' is not integers from 1 to 1024"),
        ({"space": {"strategy": "luts"}}, "'luts' is not auto, dsp, lut; did you mean 'lut'?"),
        ({"space": {"bits": []}}, "search.yaml: space: bits: a list is not integers from 2 to 16"),
        (
            {"objective": "acuracy"},
            "is not accuracy, auc, efficiency or resolution; did you mean 'accuracy'?",
        ),
        ({"budget": {"dsp": -1}}, "search.yaml: budget: dsp: -1 is not an integer of at least 0"),
        (
            {"task": "regression", "objective": "auc"},
            "search.yaml: objective: auc is not an objective of task regression; use resolution",
        ),
        (
            {"objective": "resolution"},
            "search.yaml: objective: resolution is not an objective of task classification; use accuracy or auc or "
            "efficiency",
        ),
        (
            {"task": "autoencoder", "space": {"family": "mlp"}},
            "search.yaml: space: family: mlp is not a family for task autoencoder; they go together",
        ),
        (
            {"training": "qkeras", "task": "regression"},
            "search.yaml: training: qkeras trains classifications by networks of family mlp with relu; use float for "
            "others",
        ),
        (
            {"training": "hgq2", "space": {"family": "cnn"}},
            "search.yaml: training: hgq2 trains classifications by networks of family mlp with relu; use float for "
            "others",
        ),
        ({"trials": 0}, "search.yaml: trials: 0 is not an integer from 1 to 100000"),
        (
            {"split": {"validation": 0.5, "test": 0.4}},
            "search.yaml: split: leaves less than a fifth of the events for training; lower its shares",
        ),
    ],
)
def test_what_is_refused(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_search(raw)
    assert str(caught.value).endswith(message)


def test_an_unknown_board_is_one_of_this_file() -> None:
    with pytest.raises(InputError) as caught:
        check_search({"board": "xcvu9"})
    assert str(caught.value).startswith("search.yaml: board: 'xcvu9' is unknown; did you mean 'xcvu9p'? There are: ")


def test_what_is_given_in_python_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "search.yaml"
    path.write_text("budget: {dsp: 1}\ntrials: 3\n")
    found = given_search(path, {"depth": 1}, {"lut": 5})
    assert (found.trials, found.space.depth, found.budget.dsp, found.budget.lut) == (3, (1,), None, 5)
    assert given_search({"trials": 3}, None, None).trials == 3
