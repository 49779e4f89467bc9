"""Training with Keras 2 and QKeras, as both examples do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import typer
from numpy.typing import NDArray
from qkeras.utils import load_qmodel

from bxnn.compiler.numeric.integers import ceil_div

BATCH = 256
PREDICTED_AT_ONCE = 4096


def fit(model: Any, x: NDArray[np.float32], y: NDArray[Any], epochs: int, rate: float, **choices: Any) -> None:
    """Adam with a learning rate that decays as a cosine from `rate` to 0; prints one line per epoch.

    Args:
        model: Compiled and trained in place.
        x: Inputs.
        y: Labels, or what outputs should be.
        epochs: Passes over the sample.
        rate: First learning rate.
        choices: `loss` and `metrics` of `Model.compile`, and how `Model.fit` is to validate.
    """
    steps = epochs * ceil_div(len(x), BATCH)
    schedule = tf.keras.optimizers.schedules.CosineDecay(rate, steps)
    compiled = {key: choices.pop(key) for key in ("loss", "metrics") if key in choices}
    model.compile(optimizer=tf.keras.optimizers.Adam(schedule), **compiled)
    model.fit(x, y, epochs=epochs, batch_size=BATCH, verbose=2, **choices)


def outputs(model: Any, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the model predicts, shape (events, outputs)."""
    return np.asarray(model.predict(x, batch_size=PREDICTED_AT_ONCE, verbose=0), dtype=np.float64)


def zeros_and_ends(layer: Any) -> tuple[int, float, float]:
    """How many quantized weights a layer has, and the shares of them that are zero and at an end of the 6-bit range."""
    kernel = np.asarray(layer.kernel_quantizer_internal(layer.kernel))
    ends = (kernel == -1.0) | (kernel == 1.0 - 2.0**-5)
    return kernel.size, float(np.mean(kernel == 0)), float(np.mean(ends))


def save_and_reload(model: Any, bare: Any, path: Path, x: NDArray[np.float32]) -> None:
    """Writes the weights of `model` to the never compiled `bare`, and proves that the file predicts the same.

    A model that was never compiled has no optimizer, so the file has no training state in any format.

    Raises:
        RuntimeError: The reloaded model differs.
    """
    bare.set_weights(model.get_weights())
    path.parent.mkdir(parents=True, exist_ok=True)
    bare.save(path)
    reloaded = load_qmodel(str(path), compile=False)
    if not np.array_equal(outputs(reloaded, x), outputs(model, x)):
        raise RuntimeError(f"{path.name}: the reloaded model predicts different values")
    typer.echo(f"{path.name}: {path.stat().st_size} bytes, reloaded, {len(x)} predictions identical")
