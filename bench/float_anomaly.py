"""The autoencoder of examples/anomaly without its quantizers, and events for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.float_network import Reals
from examples.anomaly.events import COMMON, FEATURES, HEAVY, events

MODEL = Path(__file__).resolve().parents[1] / "examples/anomaly/autoencoder.h5"
LAYERS = ("narrow", "wide")
PARTS = ("kernel", "bias")
BACKGROUND = 0.01  # share of common events above the threshold
_SEED = 5


def write(path: Path) -> None:
    """The float autoencoder 57-16-57 with its score, the sum of the squared errors, as a Keras file."""
    import h5py
    import keras

    with h5py.File(MODEL) as file:
        stored = {name: file[f"model_weights/{name}/{name}"] for name in LAYERS}
        weights = {
            name: [np.asarray(group[f"{part}:0"]) for part in ("kernel", "bias")] for name, group in stored.items()
        }
    inputs = keras.Input((FEATURES,), name="objects")
    tensor = keras.layers.Dense(16, activation="relu", name="narrow")(inputs)
    decoded = keras.layers.Dense(FEATURES, name="wide")(tensor)
    error = keras.layers.Subtract(name="error")([decoded, inputs])
    model = keras.Model(inputs, keras.layers.Dot(axes=1, name="loss")([error, error]), name="float_autoencoder")
    for name, own in weights.items():
        model.get_layer(name).set_weights(own)
    model.save(path)


def score(model: Path, x: Reals) -> Reals:
    """What Keras computes."""
    import keras

    loaded: Any = keras.models.load_model(model)
    return np.asarray(loaded.predict(x, verbose=0), np.float64)


def sample(count: int) -> tuple[Reals, NDArray[np.bool_]]:
    """As many common events as heavy ones, and which are heavy."""
    rng = np.random.default_rng(_SEED)
    x = np.concatenate([events(kind, count, rng) for kind in (COMMON, HEAVY)]).astype(np.float64)
    return x, np.repeat([False, True], count)


def passing(scores: Reals, heavy: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which heavy events are above the threshold that the common ones set."""
    flat = scores.reshape(len(heavy))
    return np.asarray(flat[heavy] > np.quantile(flat[~heavy], 1 - BACKGROUND))
