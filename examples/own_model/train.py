"""Trains a float jet tagger 16-64-32-32-5 with Keras and writes `model.keras`; nothing in it knows of quantization.

    python -m examples.own_model.train

Every fourth jet is left for `bxnn calibrate`, which compares float model and firmware on the same ones.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pathlib import Path

import keras
import numpy as np
import typer

HERE = Path(__file__).resolve().parent
JETS = HERE.parent / "jet_tagger" / "jets.npz"
WIDTHS = {"fc1": 64, "fc2": 32, "fc3": 32}


def network() -> keras.Model:
    """ReLU between the layers, softmax at the end."""
    tensor = inputs = keras.Input((16,), name="jet")
    for name, width in WIDTHS.items():
        tensor = keras.layers.Dense(width, activation="relu", name=name)(tensor)
    tensor = keras.layers.Dense(5, name="logits")(tensor)
    return keras.Model(inputs, keras.layers.Softmax(name="classes")(tensor), name="own_model")


def main(seed: int = 1, epochs: int = 20) -> None:
    """Train and save."""
    keras.utils.set_random_seed(seed)
    with np.load(JETS, allow_pickle=False) as data:
        x, y = data["x"], data["y"]
    is_test = np.arange(len(x)) % 4 == 3
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[~is_test], y[~is_test], epochs=epochs, batch_size=32, verbose=2)
    typer.echo(f"accuracy on {is_test.sum()} other jets: {model.evaluate(x[is_test], y[is_test], verbose=0)[1]:.3f}")
    model.save(HERE / "model.keras")


if __name__ == "__main__":
    typer.run(main)
