"""Trains the recurrent network (5 samples, 8 units, one energy) with QKeras and writes `model.h5`.

python -m examples.lar_energy.train
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tensorflow as tf
import typer
from tensorflow.python.util import nest

from examples import training
from examples.lar_energy.pulses import SAMPLES, windows

nest.is_sequence = nest.is_nested  # QKeras 0.9 asks TensorFlow for the old name

from qkeras import QActivation, QDense, QSimpleRNN  # noqa: E402  after the name

HERE = Path(__file__).resolve().parent
UNITS = 8
WEIGHTS = dict.fromkeys(("kernel_quantizer", "bias_quantizer"), "quantized_bits(8,0,alpha=1)")


def network() -> Any:
    """The published shape, 89 parameters: a vanilla recurrent layer with ReLU, and one output."""
    layers = tf.keras.layers
    inputs = layers.Input((SAMPLES, 1), name="samples")
    tensor = QActivation("quantized_bits(12,2,alpha=1)", name="adc")(inputs)
    tensor = QSimpleRNN(
        UNITS,
        activation="quantized_relu(8,2)",
        recurrent_quantizer="quantized_bits(8,0,alpha=1)",
        name="rnn",
        **WEIGHTS,
    )(tensor)
    return tf.keras.Model(inputs, QDense(1, name="energy", **WEIGHTS)(tensor), name="lar_energy")


def main(
    out: Annotated[Path, typer.Option(help="The model as HDF5.")] = HERE / "model.h5",
    count: Annotated[int, typer.Option(min=1, help="Windows to train on.")] = 60_000,
    epochs: Annotated[int, typer.Option(min=1)] = 12,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Trains, prints the resolution beside that of a linear filter, and writes the model."""
    tf.keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    (x, energy), (test, truth) = windows(count, rng), windows(20_000, rng)
    model = network()
    training.fit(model, x, energy, epochs, 5e-3, loss="mse")
    flat = x[..., 0].astype(np.float64)
    weights = np.linalg.lstsq(np.c_[flat, np.ones(len(flat))], energy, rcond=None)[0]
    linear = np.c_[test[..., 0], np.ones(len(test))] @ weights
    for name, found in (("network", training.outputs(model, test)[:, 0]), ("linear filter", linear)):
        typer.echo(f"{name}: rms error {np.sqrt(np.mean((found - truth) ** 2)):.4f}")
    training.save_and_reload(model, network(), out, test)


if __name__ == "__main__":
    typer.run(main)
