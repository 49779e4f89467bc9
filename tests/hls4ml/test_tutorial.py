"""Notebooks of hls4ml's tutorial with only the name of the back end changed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::UserWarning"),  # what is left out, and the part of no board
]


def converted(model: Any, config: Any, folder: Path, **options: Any) -> Any:
    import hls4ml

    return hls4ml.converters.convert_from_keras_model(
        model,
        hls_config=copy.deepcopy(config),
        backend="bxnn",
        project_name="myproject",
        output_dir=str(folder),
        part="xcu250-figd2104-2L-e",
        **options,
    )


@pytest.mark.parametrize("granularity", ["model", "name"])
def test_getting_started(granularity: str, tmp_path: Path) -> None:
    """Default types, a softmax at the end, all layers traced, the VHDL simulated: decisions and bits."""
    import hls4ml
    import keras

    keras.utils.set_random_seed(5)
    layers = [keras.layers.Input((8,)), keras.layers.Dense(6, activation="relu", name="fc1")]
    layers += [keras.layers.Dense(4, name="fc2"), keras.layers.Activation("softmax", name="softmax")]
    model = keras.Sequential(layers)
    config = hls4ml.utils.config_from_keras_model(model, granularity=granularity, backend="bxnn")
    for name in config.get("LayerName", ()):
        config["LayerName"][name]["Trace"] = True
    notebook = converted(model, config, tmp_path / "prj")
    notebook.compile()
    x = np.random.default_rng(1).normal(0, 1, (1000, 8)).astype(np.float32)
    found, truth = notebook.predict(np.ascontiguousarray(x)), model.predict(x, verbose=0)
    assert (found.argmax(axis=1) == truth.argmax(axis=1)).mean() > 0.98
    outputs, traced = notebook.trace(np.ascontiguousarray(x))
    assert np.array_equal(outputs, found)
    if granularity == "name":
        assert {"fc1", "fc1_relu", "fc2"} <= set(traced)
        assert np.array_equal(traced["fc1_relu"], np.floor(np.maximum(traced["fc1"], 0) * 1024) / 1024)
        assert np.array_equal(traced["fc2"].astype(found.dtype), found)
    report = notebook.build(csim=False)
    assert report["simulation"]["passed"] and report["simulation"]["mismatches"] == 0


def test_convolutions_in_a_stream(tmp_path: Path) -> None:
    """The tutorial's io_stream with a strategy and a reuse factor for the model; the bits of io_parallel."""
    import hls4ml
    import keras

    keras.utils.set_random_seed(7)
    layers = [keras.layers.Input((6, 6, 1)), keras.layers.Conv2D(2, 3, activation="relu", name="conv")]
    layers += [keras.layers.MaxPooling2D(2), keras.layers.Flatten(), keras.layers.Dense(3, name="out")]
    model = keras.Sequential([*layers, keras.layers.Activation("softmax", name="softmax")])
    config = hls4ml.utils.config_from_keras_model(model, granularity="model", backend="bxnn")
    config["Model"]["Strategy"] = "Resource"
    x = np.random.default_rng(1).normal(0, 1, (200, 6, 6, 1)).astype(np.float32)
    outputs = []
    for io_type in ("io_stream", "io_parallel"):
        notebook = converted(model, config, tmp_path / io_type, io_type=io_type)
        notebook.compile()
        outputs.append(notebook.predict(x))
    assert np.array_equal(*outputs) and len(np.unique(outputs[0])) > 100
