"""Makes the models in golden/ with QKeras 0.9 on tf-keras, and what QKeras answers. Usage: save_models.py FOLDER."""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import array_ops
from tensorflow.python.util import nest

nest.is_sequence = nest.is_nested  # QKeras 0.9 asks TensorFlow for names that have moved
array_ops.unstack = tf.unstack

from qkeras import QGRU, QLSTM, QActivation, QBidirectional, QSimpleRNN  # noqa: E402  after the names

_QUANTIZERS = {
    "kernel_quantizer": "quantized_bits(4,0,alpha=1)",
    "recurrent_quantizer": "quantized_bits(4,0,alpha=1)",
    "bias_quantizer": "quantized_bits(4,1,alpha=1)",
}
_STATE = {**_QUANTIZERS, "state_quantizer": "quantized_bits(5,0,alpha=1)"}
_ARCHIVES = ("both_ways_mul", "both_ways_of_two")  # .keras
MODELS: dict[str, Any] = {
    "backwards": lambda: QSimpleRNN(
        3, activation="quantized_relu(5,1)", go_backwards=True, return_sequences=True, use_bias=False, **_QUANTIZERS
    ),
    "one_step": lambda: QLSTM(2, return_sequences=True, activation="quantized_tanh(5)", **_STATE),
    "own_defaults": lambda: QLSTM(2, **{**_STATE, "kernel_quantizer": "quantized_bits(4,0)"}),
    "resets_after": lambda: QGRU(2, activation="quantized_tanh(5)", reset_after=True, **_STATE),
    "sequence": lambda: QGRU(
        2, activation="quantized_tanh(5)", recurrent_activation="quantized_sigmoid(4)", return_sequences=True, **_STATE
    ),
    "both_ways": lambda: QBidirectional(QGRU(2, activation="quantized_tanh(5)", **_STATE)),
    **{
        f"both_ways_{mode}": lambda mode=mode: tf.keras.layers.Bidirectional(
            QSimpleRNN(2, return_sequences=True, activation="quantized_tanh(5)", **_STATE), merge_mode=mode
        )
        for mode in ("concat", "sum", "mul", "ave")
    },
    "both_ways_of_two": lambda: tf.keras.layers.Bidirectional(
        QSimpleRNN(3, activation="quantized_tanh(5)", **_STATE),
        backward_layer=QLSTM(2, activation="quantized_tanh(5)", go_backwards=True, name="other", **_STATE),
    ),
}


def main(folder: Path) -> None:
    """Write ``<name>.h5`` or ``.keras`` and ``<name>.npz`` with inputs x and outputs y of every model."""
    keras = tf.keras
    for seed, (name, make) in enumerate(MODELS.items()):
        keras.utils.set_random_seed(seed)
        source = keras.Input((1 if name == "one_step" else 4, 2), name="x")
        result = make()(QActivation("quantized_bits(4,1,alpha=1)", name="q")(source))
        model = keras.Model(source, result, name=name)
        rng = np.random.default_rng(seed)
        model.set_weights([rng.normal(0, 0.5, array.shape) for array in model.get_weights()])
        x = rng.normal(0, 1, (64, *source.shape[1:])).astype(np.float32)
        path = folder / f"{name}.{'keras' if name in _ARCHIVES else 'h5'}"
        model.save(path, **({} if name in _ARCHIVES else {"include_optimizer": False}))
        np.savez_compressed(folder / f"{name}.npz", x=x, y=model(x, training=False).numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
