"""Networks made outside this project, compiled with g++."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.backend.hls.emulator_backend import EmulatorBackend
from bxnn.compiler.backend.hls.hls_backend import HlsBackend
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.csim import simulate
from bxnn.sim.emulator import Emulator
from bxnn.sim.reference import Reference
from bxnn.sim.vectors import corner_vectors
from tests.float_model.conftest import INPUT
from tests.hls.project import HLS_FACTS
from tests.layers.firmware import FACTS, schedule

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"

pytestmark = pytest.mark.third_party


def check_emulator(graph: Graph, reference: Reference, codes: dict[str, Any], folder: Path) -> None:
    EmulatorBackend(graph, schedule(graph, 64), FACTS).write(folder / "emulator")
    emulator = Emulator(folder / "emulator", folder / "built", reference)
    (expected,), (found,) = reference.output_codes(codes).values(), emulator.output_codes(codes).values()
    assert np.array_equal(found, expected)


def test_jet_tagger(tmp_path: Path) -> None:
    """1,000 real jets."""
    folder = MODELS / "jet_tagger"
    model = load_model(folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5")
    graph = run(model, PIPELINE, PassOptions(inputs={"fc1_input": INPUT}))
    HlsBackend(graph, schedule(graph, 8), HLS_FACTS).write(tmp_path / "hls")
    reference = Reference(graph)
    with np.load(folder / "jets.npz", allow_pickle=False) as stored:
        codes = reference.quantize_inputs({"fc1_input": stored["x"]})
    found = simulate(tmp_path / "hls", tmp_path, reference, codes, corner_vectors(reference, 1))
    assert (found.events, found.mismatches, found.first_difference) == (1000, 0, None)
    check_emulator(graph, reference, codes, tmp_path)


def test_mnist_cnn(tmp_path: Path) -> None:
    """Convolutions, pools and a Dense layer in one frame."""
    folder = MODELS / "mnist_cnn"
    model = load_model(folder / "qkeras_mnist_cnn.json", folder / "qkeras_mnist_cnn_weights.h5")
    graph = run(model, PIPELINE, PassOptions(inputs={"input_1": INPUT}))
    HlsBackend(graph, schedule(graph, 64), HLS_FACTS).write(tmp_path / "hls")
    reference, rng = Reference(graph), np.random.default_rng(1)
    images = np.where(rng.random((50, 28, 28, 1)) < 0.2, rng.random((50, 28, 28, 1)), 0.0)
    codes = reference.quantize_inputs({"input_1": images})
    found = simulate(tmp_path / "hls", tmp_path, reference, codes, corner_vectors(reference, 1))
    assert (found.events, found.mismatches, found.first_difference) == (50, 0, None)
    check_emulator(graph, reference, codes, tmp_path)
