"""Recurrent layers of QKeras against the framework's own answers, from the file alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.processor_time import at_most

GOLDEN = Path(__file__).with_name("golden")
SHARED = Path(__file__).parents[2].parent / "shared/models/qkeras_rnn"
MODELS = sorted((*GOLDEN.glob("*.h5"), *GOLDEN.glob("*.keras")))
_SECONDS = 1.0  # to read and lower one


def differing(model: Path) -> int:
    """Outputs that differ from those stored beside the model."""
    with at_most(_SECONDS):
        graph = run(load_model(model), PIPELINE, PassOptions())
    with np.load(model.with_suffix(".npz")) as stored:
        x, y = stored["x"], stored["y"].astype(np.float64)
    (outputs,) = Reference(graph).predict({graph.inputs[0]: x}).values()
    assert outputs.shape == y.shape
    return int((outputs != y).sum())


@pytest.mark.parametrize("model", MODELS, ids=lambda path: str(path.stem))
def test_no_output_differs(model: Path) -> None:
    assert differing(model) == 0


def test_both_ways_that_are_not_joined_are_two_outputs(tmp_path: Path) -> None:
    """``merge_mode=None``: what another model joins by Concatenate, from the same weights."""
    joined, apart = GOLDEN / "both_ways_concat.h5", tmp_path / "apart.h5"
    shutil.copy(joined, apart)
    with h5py.File(apart, "r+") as file:
        model = json.loads(file.attrs["model_config"])
        (layer,) = (one["config"] for one in model["config"]["layers"] if one["class_name"] == "Bidirectional")
        layer["merge_mode"] = None
        model["config"]["output_layers"] = [[layer["name"], 0, place] for place in (0, 1)]
        file.attrs["model_config"] = json.dumps(model)
    graph = run(load_model(apart), PIPELINE, PassOptions())
    with np.load(joined.with_suffix(".npz")) as stored:
        x, y = stored["x"], stored["y"].astype(np.float64)
    forward, backward = Reference(graph).predict({graph.inputs[0]: x}).values()
    assert np.array_equal(np.concatenate([forward, backward], axis=-1), y)


@pytest.mark.third_party
@pytest.mark.parametrize("name", ["simplernn", "lstm", "gru"])
def test_no_output_of_other_models_differs(name: str) -> None:
    assert differing(SHARED / f"{name}.h5") == 0


def test_what_only_a_mask_would_change_is_ignored(tmp_path: Path) -> None:
    """Keras 3 sets ``zero_output_for_mask`` in every Bidirectional that returns sequences."""
    path = tmp_path / "masked.h5"
    shutil.copy(GOLDEN / "both_ways_concat.h5", path)
    shutil.copy(GOLDEN / "both_ways_concat.npz", path.with_suffix(".npz"))
    with h5py.File(path, "r+") as file:
        model = json.loads(file.attrs["model_config"])
        (layer,) = (one["config"] for one in model["config"]["layers"] if one["class_name"] == "Bidirectional")
        layer["layer"]["config"]["zero_output_for_mask"] = True
        file.attrs["model_config"] = json.dumps(model)
    assert differing(path) == 0
