"""Trains two anomaly detectors on common events alone and writes `model.h5` and `autoencoder.h5`.

    python -m examples.anomaly.train

The first is the encoder of a variational autoencoder, 57-28-15-8: the score is the squared norm of its latent vector.
The second is a small autoencoder, 57-16-57: the score is the sum of the squared errors, 57 times their mean.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tensorflow as tf
import typer
from numpy.typing import NDArray
from qkeras import QActivation, QDense
from sklearn.metrics import roc_auc_score

from examples import training
from examples.anomaly.events import COMMON, FEATURES, HEAVY, events

HERE = Path(__file__).resolve().parent
INPUT_QUANTIZER = "quantized_bits(8,3,alpha=1)"  # [-8, 8) by 1/16
WEIGHTS = dict.fromkeys(("kernel_quantizer", "bias_quantizer"), "quantized_bits(6,0,alpha=1)")  # [-1, 1) by 1/32
RELU_QUANTIZER = "quantized_relu(8,3)"  # [0, 8) by 1/32
LATENT_QUANTIZER = "quantized_bits(8,3,alpha=1)"
KEPT = 0.01  # share of common events above the threshold that is printed

Real = NDArray[np.float32]


def encoder() -> Any:
    """57-28-15-8 and the squared norm of the result, as it goes into firmware."""
    layers = tf.keras.layers
    inputs = layers.Input((FEATURES,), name="objects")
    tensor = QActivation(INPUT_QUANTIZER, name="input_quantizer")(inputs)
    for index, width in enumerate((28, 15), start=1):
        tensor = QDense(width, name=f"fc{index}", **WEIGHTS)(tensor)
        tensor = QActivation(RELU_QUANTIZER, name=f"relu{index}")(tensor)
    tensor = QDense(8, name="fc3", **WEIGHTS)(tensor)
    latent = QActivation(LATENT_QUANTIZER, name="latent")(tensor)
    return tf.keras.Model(inputs, layers.Dot(axes=1, name="norm")([latent, latent]), name="anomaly")


def autoencoder() -> Any:
    """57-16-57 and the sum of the squared differences from its own input, as it goes into firmware."""
    layers = tf.keras.layers
    inputs = layers.Input((FEATURES,), name="objects")
    seen = QActivation(INPUT_QUANTIZER, name="input_quantizer")(inputs)
    tensor = QDense(16, name="narrow", **WEIGHTS)(seen)
    tensor = QActivation(RELU_QUANTIZER, name="narrow_relu")(tensor)
    tensor = QDense(FEATURES, name="wide", **WEIGHTS)(tensor)
    decoded = QActivation(INPUT_QUANTIZER, name="decoded")(tensor)
    error = layers.Subtract(name="error")([decoded, seen])
    return tf.keras.Model(inputs, layers.Dot(axes=1, name="loss")([error, error]), name="autoencoder")


def with_decoder(model: Any) -> Any:
    """The encoder with noise, a penalty on its latent vector and a decoder, for training."""
    layers = tf.keras.layers
    tensor = layers.ActivityRegularization(l2=1e-4)(model.get_layer("latent").output)
    tensor = layers.GaussianNoise(0.2)(tensor)
    for width in (15, 28):
        tensor = layers.Dense(width, activation="relu")(tensor)
    return tf.keras.Model(model.input, layers.Dense(FEATURES)(tensor))


def decoded(model: Any) -> Any:
    """The autoencoder up to what it decodes, for training."""
    return tf.keras.Model(model.input, model.get_layer("decoded").output)


def train(build: Callable[[], Any], trained: Callable[[Any], Any], x: Real, epochs: int) -> Any:
    """A detector, trained to reproduce events as its input quantizer sees them."""
    model = build()
    target = np.clip(np.rint(x * 16), -128, 127).astype(np.float32) / 16
    training.fit(trained(model), x, target, epochs, 3e-3, loss="mse")
    return model


def print_quality(name: str, model: Any, x: Real, y: NDArray[np.int64]) -> None:
    """Area under the curve, and the threshold that keeps a hundredth of the common events."""
    scores = training.outputs(model, x)[:, 0]
    threshold = float(np.quantile(scores[y == 0], 1 - KEPT))
    kept = [float(np.mean(scores[y == kind] >= threshold)) for kind in (0, 1)]
    typer.echo(f"{name}: AUC {roc_auc_score(y, scores):.4f}; threshold {threshold} keeps {kept[0]:.2%}, {kept[1]:.1%}")


def main(
    folder: Annotated[Path, typer.Option(help="Where the models go.")] = HERE,
    count: Annotated[int, typer.Option(min=1, help="Common events to train on.")] = 50_000,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each of the two trainings.")] = 6,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Trains both detectors, prints their quality on fresh events and writes them."""
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(seed)
    x = events(COMMON, count, rng)
    test = np.concatenate([events(kind, 10_000, rng) for kind in (COMMON, HEAVY)])
    labels = np.repeat(np.arange(2), 10_000)
    for name, build, trained in (("model", encoder, with_decoder), ("autoencoder", autoencoder, decoded)):
        model = train(build, trained, x, epochs)
        print_quality(name, model, test, labels)
        training.save_and_reload(model, build(), folder / f"{name}.h5", test)


if __name__ == "__main__":
    typer.run(main)
