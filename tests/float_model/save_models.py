"""Run in a separate process: save small models. Usage: save_models.py FOLDER."""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"  # for tensorflow.keras; the package keras stays Keras 3

import numpy as np


def save_tfkeras(folder: Path) -> None:
    """QKeras 0.9 on tf-keras: one model of each file kind."""
    from qkeras import QActivation, QDense, quantized_bits, quantized_relu
    from tensorflow import keras

    bits = quantized_bits(6, 0, alpha=1)
    layers = keras.layers

    def dense(size: int, name: str, **more: Any) -> Any:
        return QDense(size, kernel_quantizer=bits, bias_quantizer=bits, name=name, **more)

    chain = keras.Sequential(
        [
            QActivation("quantized_bits(6,2)", input_shape=(6,), name="entity"),
            dense(8, "9lives/a", activation=quantized_relu(5, 1, negative_slope=0.25)),
            layers.Dropout(0.5),
            dense(4, "scores", activation="softmax"),
        ],
        name="chain",
    )
    a, b = keras.Input((4,), name="in a"), keras.Input((3,), name="in_b")
    left = QActivation(quantized_relu(6), name="relu")(dense(6, "fc1")(a))
    first = layers.Softmax(name="classes")(dense(3, "logits")(left))
    second = QDense(2, kernel_quantizer="quantized_bits(4,0,alpha='auto_po2')", use_bias=False, name="two")(b)
    fork = keras.Model([b, a], [second, first], name="fork")
    steps = keras.Sequential([dense(5, "fc1", input_shape=(6,)), QActivation("ternary()"), dense(1, "fc2")])
    gate = keras.Sequential(
        [
            dense(5, "fc1", input_shape=(6,)),
            QActivation("quantized_bits(8,3,alpha=1)", name="sums"),
            layers.Activation("sigmoid", name="gate"),
            QActivation("quantized_bits(6,0,alpha=1)", name="gates"),
            dense(3, "fc2", activation="softmax"),
        ],
        name="gate",
    )
    rng = np.random.default_rng(5)
    for model in (chain, fork, steps, gate):
        model.set_weights([rng.normal(0, 0.5, array.shape) for array in model.get_weights()])
    chain.save(folder / "chain.h5")
    gate.save(folder / "gate.h5")
    fork.save(folder / "fork.keras")
    (folder / "steps.json").write_text(steps.to_json())
    steps.save_weights(folder / "steps_weights.h5")


def save_keras3(folder: Path) -> None:
    """Plain Keras 3 with weights that are short binary fractions."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, activation="relu", name="fc1"),
            keras.layers.Dense(3, activation="softmax", name="fc2"),
        ]
    )
    rng = np.random.default_rng(6)
    model.set_weights([rng.integers(-40, 40, array.shape) / 16 for array in model.get_weights()])
    model.save(folder / "plain.keras")
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu", name="fc1")], name="inner")
    x = keras.Input((2, 6), name="x")
    rows = keras.layers.TimeDistributed(keras.layers.Dense(6, name="row"), name="rows")(x)
    both = keras.layers.Add(name="both")([inner(rows[:, 0]), inner(rows[:, 1])])
    nested = keras.Model(x, keras.layers.Dense(3, activation="softmax", name="fc2")(both))
    nested.set_weights([rng.integers(-8, 8, array.shape) / 16 for array in nested.get_weights()])
    nested.save(folder / "nested.keras")


if __name__ == "__main__":
    save_tfkeras(Path(sys.argv[1]))
    save_keras3(Path(sys.argv[1]))
