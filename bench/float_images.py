"""A float network of the shape of mnist_cnn, with weights as drawn at the start of a training, and images for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.float_network import Reals

DESIGN = "initiation_interval: 784\nform: streaming\npixels_per_cycle: 1\n"
EVENTS = 10_000
_ANSWERED = 100
_SEED = 3


def write(model: Path, events: Path) -> Reals:
    """Write both; returns some of the images."""
    import keras

    keras.utils.set_random_seed(_SEED)
    layers = keras.layers
    tensor = inputs = keras.Input((28, 28, 1), name="image")
    for index in (1, 2):
        tensor = layers.Conv2D(16, 3, activation="relu", name=f"conv{index}")(tensor)
        tensor = layers.MaxPooling2D(2, name=f"pool{index}")(tensor)
    tensor = layers.Dense(10, name="logits")(layers.Flatten(name="flat")(tensor))
    keras.Model(inputs, layers.Softmax(name="digits")(tensor), name="float_cnn").save(model)
    rng = np.random.default_rng(_SEED)
    x = np.clip(rng.normal(0.1, 0.4, (EVENTS, 28, 28, 1)), 0, 1).astype(np.float32)
    np.savez(events, x=x)
    return x[:_ANSWERED].astype(np.float64)
