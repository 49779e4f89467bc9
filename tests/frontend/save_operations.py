"""Models of operations on tensors, of Keras 3 and of tf-keras, with the framework's results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

# Functions that HGQ2 may tabulate, as Keras spells them.
TABULATED = (
    *("tanh", "sigmoid", "exponential", "elu", "celu", "selu", "silu", "gelu", "mish", "softplus", "softsign"),
    *("log_sigmoid", "squareplus", "sparse_plus", "sparse_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh"),
    *("tanh_shrink", "soft_shrink", "hard_shrink", "relu", "relu6", "leaky_relu", "linear"),
)


def keras3(x: Any, y: Any) -> list[Any]:
    """Every operation of Keras 3 that bxnn reads."""
    from keras import layers, ops

    return [
        *(x + y, x * y, x - y, x * 2.0, 1.0 - x, -x),
        *(x[:, 1:3], x[:, 0, :], x[..., ::2], x[:, -1]),
        *(ops.sum(x, axis=1), ops.mean(x, axis=1, keepdims=True), ops.max(x, axis=-1), ops.max(x, axis=1)),
        *(ops.concatenate([x, y], axis=-1), ops.stack([x, y], axis=1), ops.reshape(x, (-1, 12))),
        *(ops.transpose(x, (0, 2, 1)), ops.expand_dims(x, -1), ops.squeeze(x[:, 0:1], 1)),
        *(ops.matmul(x, ops.transpose(y, (0, 2, 1))), ops.einsum("bij,bkj->bik", x, y)),
        *(ops.square(x), ops.relu(x), ops.abs(x), ops.maximum(x, y)),
        *(ops.min(x, axis=1), ops.min(x, axis=-1, keepdims=True), x / 4.0, ops.divide(x, -0.5)),
        *(ops.swapaxes(x, 1, 2), ops.moveaxis(x[..., None], 1, -1), ops.flip(x, axis=1)),
        *(ops.take(x, [2, 0], axis=1), ops.take(x, 1, axis=-1), ops.repeat(x, 2, axis=1)),
        *(layers.Dot(axes=(2, 2))([x, y]), layers.Dot(axes=1)([x[:, 0], x[:, 0]])),
        *(layers.RepeatVector(3)(x[:, 0, :]), layers.Average()([x, y])),
        layers.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d", activation="relu")(x),
        layers.EinsumDense("abc,bcd->abd", output_shape=(4, 2), bias_axes="bd")(x),
    ]


def tfkeras(x: Any, y: Any) -> list[Any]:
    """Every TensorFlow function that bxnn reads."""
    import tensorflow as tf

    return [
        *(x + y, x * y, x - y, x * 2.0, 1.0 - x, x[:, 1:3], x[:, 0, :]),
        *(tf.reduce_sum(x, axis=1), tf.reduce_mean(x, axis=[1], keepdims=True), tf.reduce_max(x, axis=1)),
        *(tf.concat([x, y], axis=-1), tf.reshape(x, (-1, 12)), tf.transpose(x, (0, 2, 1))),
        *(tf.expand_dims(x, -1), tf.matmul(x, y, transpose_b=True), tf.square(x), tf.nn.relu(x), tf.abs(x)),
        *(tf.math.maximum(x, y), tf.reduce_min(x, axis=-1), x / 2.0),
    ]


def save_operations(folder: Path, keras: Any, results: Any) -> None:
    """A model with a result for each operation."""
    x, y = keras.Input((4, 3), name="x"), keras.Input((4, 3), name="y")
    model = keras.Model([x, y], results(x, y), name="operations")
    rng = np.random.default_rng(9)
    model.set_weights([rng.integers(-6, 7, array.shape) / 4 for array in model.get_weights()])
    events = [rng.integers(-8, 8, (30, 4, 3)) / 4 for _ in range(2)]
    model.save(folder / "operations.h5")
    model.save(folder / "operations.keras")
    found = model([array.astype(np.float32) for array in events])
    outputs: dict[str, Any] = {f"output{n:02d}": np.asarray(value) for n, value in enumerate(found)}
    np.savez(folder / "operations.npz", x=events[0], y=events[1], **outputs)
