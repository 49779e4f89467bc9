"""A convolutional network made outside this project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.ir.networks import sat

MODEL = Path(__file__).parents[2].parent / "shared/models/mnist_cnn"
CONFIG, WEIGHTS = MODEL / "qkeras_mnist_cnn.json", MODEL / "qkeras_mnist_cnn_weights.h5"

ORACLE = """
import os, sys
os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")
import numpy as np
from qkeras.utils import _add_supported_quantized_objects
from tensorflow import keras
names = {}
_add_supported_quantized_objects(names)
model = keras.models.model_from_json(open(sys.argv[1]).read(), custom_objects=names)
model.load_weights(sys.argv[2])
logits = keras.Model(model.input, model.layers[-2].output)
np.save(sys.argv[4], logits(np.load(sys.argv[3]), training=False).numpy())
"""


@pytest.mark.third_party
def test_mnist_cnn(tmp_path: Path) -> None:
    """Logits of random images and of sparse strokes equal those of QKeras, to the bit."""
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (300, 28, 28, 1)) / 256
    images[100:] *= rng.random((200, 28, 28, 1)) < 0.2
    np.save(tmp_path / "x.npy", images.astype(np.float32))
    command = [sys.executable, "-c", ORACLE, str(CONFIG), str(WEIGHTS)]
    subprocess.run(
        [*command, str(tmp_path / "x.npy"), str(tmp_path / "y.npy")], check=True, capture_output=True, timeout=300
    )
    loaded = load_model(CONFIG, WEIGHTS, "mnist_cnn")
    graph = run(loaded, PIPELINE, PassOptions(inputs={"input_1": sat(False, 0, 8)}))
    ours = Reference(graph).predict({"input_1": images})[graph.outputs[0]]
    theirs = np.load(tmp_path / "y.npy")
    assert np.array_equal(ours, theirs)
    assert len(np.unique(theirs.argmax(axis=1))) > 2
    layers = [layer for layer in graph.layers if isinstance(layer, HardwareLayer)]
    tensors = graph.tensors()
    maps = [layer.linear_map(graph.sources(layer, tensors)) for layer in layers]
    assert sum(linear.macs for linear in maps if linear is not None) == 380_128
