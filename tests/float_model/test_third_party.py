"""A network made outside this project, on real jets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.float_model import compare
from bxnn.sim.reference import Reference
from tests.float_model.conftest import INPUT

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models" / "jet_tagger"


@pytest.mark.third_party
def test_jet_tagger(tmp_path: Path) -> None:
    model, weights = MODELS / "qkeras_3layer.json", MODELS / "qkeras_3layer_weights.h5"
    graph = run(load_model(model, weights), PIPELINE, PassOptions(inputs={"fc1_input": INPUT}))
    with np.load(MODELS / "jets.npz", allow_pickle=False) as stored:
        values, labels = {"fc1_input": stored["x"]}, stored["y"]
    found = compare(model, weights, Reference(graph), values, labels, tmp_path)
    assert found is not None
    assert (found.events, found.elements_differing, found.first_difference) == (1000, 0, None)
    assert found.accuracy == found.accuracy_model == 0.778
    # TensorFlow's float32 sums differ from machine to machine; the quantized network's do not.
    assert found.unquantized_rms_error == pytest.approx(0.266, abs=0.001)
    assert found.accuracy_unquantized == pytest.approx(0.773, abs=0.002)
