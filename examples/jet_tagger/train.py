"""Trains the quantized jet tagger (16-64-32-32-5, six-bit weights) with QKeras and writes `model.h5`.

    python -m examples.jet_tagger.train

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
from qkeras import QActivation, QDense
from sklearn.metrics import roc_auc_score, roc_curve

from examples import training

HERE = Path(__file__).resolve().parent
WIDTHS = {"fc1": 64, "fc2": 32, "fc3": 32, "output": 5}
INPUT_QUANTIZER = "quantized_bits(8,3,alpha=1)"  # 8 bits, 3 of them integer besides the sign: [-8, 8) by 1/16
WEIGHT_QUANTIZER = "quantized_bits(6,0,alpha=1)"  # 6 bits: [-1, 1) by 1/32
RELU_QUANTIZER = "quantized_relu(6)"  # 6 bits, unsigned: [0, 1) by 1/64
EFFICIENCY = 0.5  # the signal efficiency at which the background rate is printed


@dataclass(frozen=True)
class Sample:
    """Standardised features (jets, 16) and labels (jets,)."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]


def load_samples(path: Path) -> tuple[Sample, Sample, list[str]]:
    """The training sample, the test sample and the class names from the file of `generate.py`."""
    with np.load(path, allow_pickle=False) as data:
        x, y, is_test = data["x"], data["y"], data["is_test"]
        names = [str(name) for name in data["class_names"]]
    return Sample(x[~is_test], y[~is_test]), Sample(x[is_test], y[is_test]), names


def float_model() -> Any:
    """The same layers without quantizers; ReLU is clipped at 1 as in the quantized network."""
    layers = tf.keras.layers
    tensor = inputs = layers.Input((16,), name="input_1")
    for index, (name, width) in enumerate(WIDTHS.items(), start=1):
        tensor = layers.Dense(width, name=name)(tensor)
        if name != "output":
            tensor = layers.ReLU(max_value=1.0, name=f"relu{index}")(tensor)
    return tf.keras.Model(inputs, layers.Activation("softmax", name="softmax")(tensor), name="float_tagger")


def quantized_model() -> Any:
    """The network to compile: every value that enters a multiplication has six or eight bits."""
    layers = tf.keras.layers
    inputs = layers.Input((16,), name="input_1")
    tensor = QActivation(INPUT_QUANTIZER, name="input_quantizer")(inputs)
    for index, (name, width) in enumerate(WIDTHS.items(), start=1):
        dense = QDense(width, kernel_quantizer=WEIGHT_QUANTIZER, bias_quantizer=WEIGHT_QUANTIZER, name=name)
        tensor = dense(tensor)
        if name != "output":
            tensor = QActivation(RELU_QUANTIZER, name=f"relu{index}")(tensor)
    return tf.keras.Model(inputs, layers.Activation("softmax", name="softmax")(tensor), name="jet_tagger")


def fit(model: Any, train: Sample, epochs: int, rate: float) -> None:
    """Trains on nine tenths of a sample and validates on the rest."""
    loss, watched = "sparse_categorical_crossentropy", ["accuracy"]
    training.fit(model, train.x, train.y, epochs, rate, loss=loss, metrics=watched, validation_split=0.1)


def accuracy(model: Any, sample: Sample) -> float:
    """The fraction of jets whose largest output is their label."""
    return float(np.mean(training.outputs(model, sample.x).argmax(axis=1) == sample.y))


def background_rate(is_signal: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """The accepted fraction of all other classes at the cut that keeps `EFFICIENCY` of the signal."""
    false_positives, true_positives, _ = roc_curve(is_signal, score)
    return float(np.interp(EFFICIENCY, true_positives, false_positives))


def print_table(reference: Any, model: Any, test: Sample, names: list[str]) -> None:
    """Accuracy, and per class (against the four others) AUC and background rate: the README's numbers."""
    typer.echo(f"test jets: {len(test.x)}")
    typer.echo(f"accuracy: float {accuracy(reference, test):.4f}, quantized {accuracy(model, test):.4f}")
    typer.echo("class  AUC float  AUC quantized  background rate at 50 % efficiency (quantized)")
    float_scores, quantized_scores = training.outputs(reference, test.x), training.outputs(model, test.x)
    for label, name in enumerate(names):
        is_signal = test.y == label
        typer.echo(
            f"{name:5} {roc_auc_score(is_signal, float_scores[:, label]):10.4f}"
            f" {roc_auc_score(is_signal, quantized_scores[:, label]):14.4f}"
            f" {background_rate(is_signal, quantized_scores[:, label]):16.4f}"
        )


def print_weights(model: Any) -> None:
    """Per layer, how many of the quantized weights are zero and how many are at the ends of the range."""
    for name in WIDTHS:
        weights, zeros, ends = training.zeros_and_ends(model.get_layer(name))
        typer.echo(f"{name:7} {weights:5d} weights, {zeros:6.1%} zero, {ends:6.1%} at an end")


def main(
    data: Annotated[Path, typer.Option(help="The file of generate.py.")] = HERE / "build" / "jets_all.npz",
    out: Annotated[Path, typer.Option(help="The model as HDF5, the committed one.")] = HERE / "model.h5",
    keras_out: Annotated[Path, typer.Option(help="The same as .keras.")] = HERE / "build" / "model.keras",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each of the two trainings.")] = 60,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Trains the float and the quantized network, prints their quality and writes the quantized one."""
    tf.keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    train, test, names = load_samples(data)
    reference = float_model()
    fit(reference, train, epochs, rate=2e-3)
    model = quantized_model()
    model.set_weights(reference.get_weights())
    fit(model, train, epochs, rate=1e-3)
    print_weights(model)
    print_table(reference, model, test, names)
    for path in (out, keras_out):
        training.save_and_reload(model, quantized_model(), path, test.x)


if __name__ == "__main__":
    typer.run(main)
