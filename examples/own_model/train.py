"""Trains a float jet tagger 16-64-32-32-5 with Keras and writes `model.keras`; nothing in it knows of quantization.

    python -m examples.own_model.train

On the training jets of examples/jet_tagger, from the file of its `generate.py`; those in `jets.npz` are test jets.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pathlib import Path
from typing import Annotated

import keras
import numpy as np
import typer

HERE = Path(__file__).resolve().parent
JETS = HERE.parent / "jet_tagger" / "build" / "jets_all.npz"
WIDTHS = {"fc1": 64, "fc2": 32, "fc3": 32}
PATIENCE = 8  # epochs without a better validation loss


def network() -> keras.Model:
    """ReLU between the layers, softmax at the end."""
    tensor = inputs = keras.Input((16,), name="jet")
    for name, width in WIDTHS.items():
        tensor = keras.layers.Dense(width, activation="relu", name=name)(tensor)
    tensor = keras.layers.Dense(5, name="logits")(tensor)
    return keras.Model(inputs, keras.layers.Softmax(name="classes")(tensor), name="own_model")


def main(
    data: Annotated[Path, typer.Option(exists=True, help="File of jet_tagger's generate.py.")] = JETS,
    seed: int = 1,
    epochs: int = 60,
) -> None:
    """Train and save."""
    keras.utils.set_random_seed(seed)
    with np.load(data, allow_pickle=False) as stored:
        x, y, is_test = stored["x"], stored["y"], stored["is_test"]
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
    train = x[~is_test], y[~is_test]
    model.fit(*train, epochs=epochs, batch_size=128, validation_split=0.1, callbacks=[stop], verbose=2)
    typer.echo(f"accuracy on {is_test.sum()} other jets: {model.evaluate(x[is_test], y[is_test], verbose=0)[1]:.4f}")
    model.save(HERE / "model.keras")


if __name__ == "__main__":
    typer.run(main)
