"""Trains the quantized tau network (conv 3x3, max pooling, two dense layers) with QKeras.

    python -m examples.l1calo_tau.train

A floating-point network of the same shape is trained first: it is the reference for the cost of quantisation,
and the quantized training starts from its weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tensorflow as tf
import typer
from numpy.typing import NDArray
from qkeras import QActivation, QConv2D, QDense
from sklearn.metrics import roc_auc_score

from examples import training

HERE = Path(__file__).resolve().parent
SHAPE = (8, 8, 2)
FILTERS, KERNEL, POOL, HIDDEN = 4, 3, 2, 16
INPUT_QUANTIZER = "quantized_relu(8,2)"  # 8 bits, unsigned: [0, 4) by 1/64, one step per count of a tower
WEIGHT_QUANTIZER = "quantized_bits(6,0,alpha=1)"  # 6 bits: [-1, 1) by 1/32
CONV_RELU = "quantized_relu(8,2)"  # [0, 4) by 1/64
HIDDEN_RELU = "quantized_relu(8,2)"
RELU_MAX = 4.0  # where both saturate
VALIDATION = 0.1  # of the training windows


@dataclass(frozen=True)
class Sample:
    """Network inputs (windows, 8, 8, 2) and labels (windows,): 1 tau, 0 jet."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]


def load_samples(path: Path) -> tuple[Sample, Sample, Sample]:
    """Training, validation and test sample from the file of `generate.py`."""
    with np.load(path, allow_pickle=False) as data:
        x, y, is_test = data["x"], data["y"], data["is_test"]
    rest = np.flatnonzero(~is_test)
    split = round((1 - VALIDATION) * rest.size)
    train, validation = rest[:split], rest[split:]
    return Sample(x[train], y[train]), Sample(x[validation], y[validation]), Sample(x[is_test], y[is_test])


def mirrored(sample: Sample) -> Sample:
    """The windows with their mirror images in eta, in phi and in both: physics knows no difference."""
    images = [sample.x[:, ::eta, ::phi] for eta in (1, -1) for phi in (1, -1)]
    return Sample(np.concatenate(images), np.tile(sample.y, len(images)))


def float_model() -> Any:
    """The same layers without quantizers; ReLU is clipped where the quantized one saturates."""
    layers = tf.keras.layers
    inputs = layers.Input(SHAPE, name="towers")
    tensor = layers.Conv2D(FILTERS, KERNEL, name="conv")(inputs)
    tensor = layers.ReLU(max_value=RELU_MAX, name="conv_relu")(tensor)
    tensor = layers.MaxPooling2D(POOL, name="pool")(tensor)
    tensor = layers.Flatten(name="flatten")(tensor)
    tensor = layers.Dense(HIDDEN, name="hidden")(tensor)
    tensor = layers.ReLU(max_value=RELU_MAX, name="hidden_relu")(tensor)
    return tf.keras.Model(inputs, layers.Dense(1, name="logit")(tensor), name="l1calo_tau_float")


def quantized_model() -> Any:
    """The network to be compiled; it ends with the logit, because a sigmoid would not be exact."""
    layers = tf.keras.layers
    weights = {"kernel_quantizer": WEIGHT_QUANTIZER, "bias_quantizer": WEIGHT_QUANTIZER}
    inputs = layers.Input(SHAPE, name="towers")
    tensor = QActivation(INPUT_QUANTIZER, name="input_quantizer")(inputs)
    tensor = QConv2D(FILTERS, KERNEL, name="conv", **weights)(tensor)
    tensor = QActivation(CONV_RELU, name="conv_relu")(tensor)
    tensor = layers.MaxPooling2D(POOL, name="pool")(tensor)
    tensor = layers.Flatten(name="flatten")(tensor)
    tensor = QDense(HIDDEN, name="hidden", **weights)(tensor)
    tensor = QActivation(HIDDEN_RELU, name="hidden_relu")(tensor)
    return tf.keras.Model(inputs, QDense(1, name="logit", **weights)(tensor), name="l1calo_tau")


def fit(model: Any, train: Sample, validation: Sample, epochs: int, rate: float) -> None:
    """Trains on the cross-entropy of the logits."""
    loss, held_out = tf.keras.losses.BinaryCrossentropy(from_logits=True), (validation.x, validation.y)
    training.fit(model, train.x, train.y, epochs, rate, loss=loss, validation_data=held_out)


def print_network(model: Any) -> None:
    """Per layer: products per window, weights, and how many of them are zero or at an end of the range."""
    conv_outputs = (SHAPE[0] - KERNEL + 1) * (SHAPE[1] - KERNEL + 1)
    typer.echo("layer   MACs  weights   zero  at an end")
    for name, positions in (("conv", conv_outputs), ("hidden", 1), ("logit", 1)):
        weights, zeros, ends = training.zeros_and_ends(model.get_layer(name))
        typer.echo(f"{name:7} {positions * weights:4d} {weights:8d} {zeros:6.1%} {ends:10.1%}")


def main(
    data: Annotated[Path, typer.Option(help="The file of generate.py.")] = HERE / "build" / "towers_all.npz",
    out: Annotated[Path, typer.Option(help="The quantized model as HDF5.")] = HERE / "model.h5",
    float_out: Annotated[Path, typer.Option(help="Its float twin, for roc.py.")] = HERE / "float.h5",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each of the two trainings.")] = 40,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Trains the float and the quantized network, prints their quality and writes both."""
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    train, validation, test = load_samples(data)
    train = mirrored(train)
    reference = float_model()
    fit(reference, train, validation, epochs, rate=3e-3)
    model = quantized_model()
    model.set_weights(reference.get_weights())
    fit(model, train, validation, epochs, rate=2e-3)
    print_network(model)
    for name, trained in (("float", reference), ("quantized", model)):
        areas = [roc_auc_score(part.y, training.outputs(trained, part.x)[:, 0]) for part in (train, test)]
        typer.echo(f"{name}: AUC {areas[0]:.4f} in training, {areas[1]:.4f} on {len(test.x)} test windows")
    training.save_and_reload(model, quantized_model(), out, test.x)
    training.save_and_reload(reference, float_model(), float_out, test.x)


if __name__ == "__main__":
    typer.run(main)
