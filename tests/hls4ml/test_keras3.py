"""``convert_from_keras_model(..., backend="bxnn")`` on a model of Keras 3."""

import copy
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.report import load_report

pytestmark = pytest.mark.slow


def test_from_inside_hls4ml(tmp_path: Path) -> None:
    """hls4ml's own unmodified configuration; the bits of its C simulation; a warning for softmax."""
    import hls4ml
    import keras

    keras.utils.set_random_seed(3)
    layers = [keras.layers.Input((6,)), keras.layers.Dense(5, activation="relu"), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    whole = keras.Sequential([*model.layers, keras.layers.Softmax()])
    whole.build((None, 6))
    options = {"granularity": "name", "default_reuse_factor": 4}
    x = np.random.default_rng(1).normal(0, 2, (300, 6)).astype(np.float32)
    found = []
    for network, backend in ((whole, "bxnn"), (model, "Vivado")):
        config = hls4ml.utils.config_from_keras_model(network, backend=backend, **options)
        more = {"clock_period": 4, "board": "xcvu9p"} if backend == "bxnn" else {}
        converted = hls4ml.converters.convert_from_keras_model(
            network, backend=backend, output_dir=str(tmp_path / backend), hls_config=copy.deepcopy(config), **more
        )
        if backend == "bxnn":
            with pytest.warns(UserWarning, match="softmax is left out of the firmware"):
                converted.compile()
        else:
            converted.compile()
        found.append(converted.predict(x))
    assert np.array_equal(*found) and len(np.unique(found[0])) > 500
    report = load_report(tmp_path / "bxnn/report.json")
    assert (report.initiation_interval, report.clock_mhz, report.board.name) == (4, 250.0, "xcvu9p")


@pytest.mark.parametrize("slope", [0.0, 0.25])
def test_relu_as_a_layer(slope: float, tmp_path: Path) -> None:
    """hls4ml turns ``layers.ReLU()`` into a thresholded ReLU with threshold 0, or a leaky one if it has a slope."""
    import hls4ml
    import keras

    layers = [keras.layers.Input((6,)), keras.layers.Dense(5), keras.layers.ReLU(negative_slope=slope)]
    model = keras.Sequential(layers)
    rng = np.random.default_rng(3)
    kernel, bias = rng.integers(-16, 17, (6, 5)) / 16, rng.integers(-16, 17, 5) / 16
    model.layers[0].set_weights([kernel, bias])
    config = hls4ml.utils.config_from_keras_model(model, granularity="name", backend="bxnn")
    converted = hls4ml.converters.convert_from_keras_model(
        model, backend="bxnn", output_dir=str(tmp_path / "build"), hls_config=config
    )
    converted.compile()
    x = rng.integers(-32, 33, (300, 6)) / 16
    sums = x @ kernel + bias
    expected = np.maximum(sums, np.floor(sums * slope * 1024) / 1024)
    found = converted.predict(x)
    assert np.array_equal(found, expected) and (found > 0).any() and (found <= 0).any()
