"""Run in a separate process: build and run small networks. Usage: save_models.py CASES.json FOLDER.

For each case, writes ``<name>.h5`` (model and weights), and its inputs and QKeras' outputs to ``answers.npz``.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
# TensorFlow 2.21's oneDNN kernel is wrong for one input channel, an output one pixel wide and a horizontal stride:
# x (1,4,3,1), kernel (2,2,1,3), strides (1,2), 'valid' repeats rows. Without oneDNN all results are right.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import numpy as np
import qkeras
from tensorflow import keras

EVENTS = 6


def make(class_name: str, config: dict[str, Any]) -> Any:
    """A layer of QKeras or Keras."""
    return getattr(qkeras if class_name.startswith("Q") else keras.layers, class_name)(**config)


def randomised(layer: Any, rng: np.random.Generator) -> None:
    """Weights off the grid for layers that quantize them, otherwise short binary fractions."""
    quantizes = type(layer).__name__.startswith("Q")
    values = []
    for variable in layer.weights:
        shape = tuple(variable.shape)
        value = rng.normal(0, 0.5, shape) if quantizes else rng.integers(-40, 40, shape) / 16
        if "variance" in variable.name:
            value = rng.uniform(0.2, 3, shape)
        if "iteration" in variable.name:
            value = np.asarray(7)
        values.append(value)
    if values:
        layer.set_weights(values)


def main(cases: Path, folder: Path) -> None:
    """Build, save and run every case."""
    warnings.simplefilter("ignore")
    arrays: dict[str, Any] = {}
    for number, case in enumerate(json.loads(cases.read_text())):
        rng = np.random.default_rng(number)
        source = keras.Input(tuple(case["shape"]), name="x")
        result = source
        for layer in case.get("layers") or [case]:
            result = make(layer["class_name"], layer["config"])(result)
        if "merge" in case:
            other = source
            for layer in case["merge"]["branch"]:
                other = make(layer["class_name"], layer["config"])(other)
            result = make(case["merge"]["class_name"], case["merge"].get("config", {}))([result, other])
        model = keras.Model(source, result)
        for layer in model.layers:
            randomised(layer, rng)
        model.save(folder / f"{case['name']}.h5")
        if case.get("keras"):
            model.save(folder / f"{case['name']}.keras")
        x = (rng.integers(-32, 32, (EVENTS, *case["shape"])) / 8).astype(np.float32)
        arrays[f"{case['name']}|x"] = x
        arrays[f"{case['name']}|y"] = np.asarray(model(x, training=False))
    np.savez(folder / "answers.npz", **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
