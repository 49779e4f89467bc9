"""Plain Keras 3 networks with weights that are short binary fractions, in every file format."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.ir.networks import sat


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("keras3_conv")
    script = Path(__file__).with_name("save_keras3.py")
    subprocess.run([sys.executable, str(script), str(target)], check=True, capture_output=True, timeout=300)
    return target


@pytest.mark.parametrize(("model", "weights"), [("net.keras", ""), ("net.h5", ""), ("net.json", "net.weights.h5")])
def test_file_formats(folder: Path, model: str, weights: str) -> None:
    loaded = load_model(folder / model, folder / weights if weights else None, "net")
    graph = run(loaded, PIPELINE, PassOptions(inputs={"x": sat(True, 4, 2)}))
    with np.load(folder / "answers.npz") as answers:
        ours = Reference(graph).predict({"x": answers["x"]})[graph.outputs[0]]
        assert np.array_equal(ours, answers["y"]) and len(np.unique(ours)) > 10
