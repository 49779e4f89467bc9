"""``bxnn.calibrate`` and ``bxnn.compile`` on models that their own frameworks hold, as in a notebook.

The two generations of Keras each have their own process: TensorFlow decides for one of them when it is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bxnn
from tests.calibration.float_models import drawn

KERAS_3 = """
import keras
keras.utils.set_random_seed(3)
layers = keras.layers
hidden = layers.Dense(12, activation="relu")
model = keras.Sequential([keras.Input((6,)), hidden, layers.Dense(3, activation="softmax")])
"""
KERAS_2 = """
import tf_keras
tf_keras.utils.set_random_seed(3)
layers = tf_keras.layers
inputs = layers.Input((6,))
hidden = layers.BatchNormalization()(layers.Dense(12, activation="relu")(inputs))
model = tf_keras.Model(inputs, layers.Dense(3, activation="softmax")(hidden))
"""
FLOAT = """
formats = bxnn.calibrate(model, x, y, bits=8, input_bits=10)
assert formats.measured.events == 100 and formats.measured.agreement.value > 0.95, formats.measured
bxnn.compile(model, "build", config={"initiation_interval": 4}, formats=formats)
decided = np.asarray(bxnn.predict("build", x)).argmax(axis=1)
assert np.mean(decided == model.predict(x, verbose=0).argmax(axis=1)) > 0.95
"""
QKERAS = """
import tf_keras
from qkeras import QActivation, QDense, quantized_bits
tf_keras.utils.set_random_seed(3)
inputs = tf_keras.layers.Input((6,), name="x")
weights = {"kernel_quantizer": quantized_bits(6, 0, alpha=1), "bias_quantizer": quantized_bits(6, 0, alpha=1)}
hidden = QActivation("quantized_relu(6,2)")(QDense(12, **weights)(inputs))
model = tf_keras.Model(inputs, QDense(3, **weights)(hidden))
x = np.round(x * 16) / 16
bxnn.compile(model, "build", config={"initiation_interval": 4, "inputs": {"x": "fixed<12,6>"}})
assert np.array_equal(np.asarray(bxnn.predict("build", x)), model.predict(x, verbose=0))
"""
START = """
import numpy as np
import bxnn
x = np.random.default_rng(5).standard_normal((400, 6))
y = np.arange(400) % 3
"""


@pytest.mark.slow
@pytest.mark.parametrize("legacy, script", [("0", KERAS_3 + FLOAT), ("1", KERAS_2 + FLOAT), ("1", QKERAS)])
def test_keras(tmp_path: Path, legacy: str, script: str) -> None:
    environment = {"TF_USE_LEGACY_KERAS": legacy, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", START + script],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.pytorch
def test_torch(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(3)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))
    x = drawn(400, (6,), 5)
    formats = bxnn.calibrate(model, x, bits=8, input_bits=10)
    assert formats.measured.rms_error < 0.03
    bxnn.compile(model, tmp_path / "build", config={"initiation_interval": 4}, formats=formats, example=x[:1])
    found = np.asarray(bxnn.predict(tmp_path / "build", x))
    with torch.no_grad():
        wanted = model.eval()(torch.as_tensor(x, dtype=torch.float32)).numpy()
    assert np.sqrt(np.mean((found - wanted) ** 2)) < 0.03 * wanted.std()
