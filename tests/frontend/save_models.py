"""Run in a separate process: save small models. Usage: save_models.py (tfkeras|keras3) FOLDER.

Writes every file format of the flavour and ``expected_<model>.npz`` with the weights that the framework
itself uses after loading the file, ``<layer>/kernel`` and ``<layer>/bias``.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
if sys.argv[1] == "tfkeras":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np

from tests.frontend.save_operations import TABULATED, save_operations
from tests.frontend.save_operations import keras3 as operations_of_keras3
from tests.frontend.save_operations import tfkeras as operations_of_tfkeras


def save_tfkeras(folder: Path) -> None:
    """QKeras 0.9 on tf-keras: functional with two outputs, and Sequential without InputLayer."""
    from qkeras import QActivation, QDense, quantized_bits, quantized_relu
    from qkeras.utils import _add_supported_quantized_objects
    from tensorflow import keras

    keras.utils.set_random_seed(3)
    source = keras.Input((4,), name="in_data")
    hidden = QDense(5, kernel_quantizer=quantized_bits(6, 0, alpha=1), bias_quantizer="quantized_bits(6,0)", name="fc1")
    left = QActivation("quantized_relu(6)", name="entity")(hidden(source))
    right = keras.layers.BatchNormalization(epsilon=2.0**-10, name="bn__")(left)
    one = QDense(
        3,
        kernel_quantizer="quantized_bits(4,0)",
        bias_quantizer="quantized_bits(4)",
        activation="softmax",
        name="Fc1",
    )(left)
    two = QDense(
        2,
        kernel_quantizer="ternary()",
        bias_quantizer="binary()",
        name="two",
        activation=quantized_relu(4, 1),
    )
    model = keras.Model(source, [two(right), one], name="fork")
    rng = np.random.default_rng(5)
    for layer in model.layers:
        layer.set_weights([rng.normal(0, 0.5, array.shape) for array in layer.get_weights()])
    model.get_layer("bn__").set_weights(
        [np.array([1, 2, -1, 0.5, 0]), np.arange(5) / 4, np.zeros(5), np.full(5, 1 - 2.0**-10)]
    )
    names: dict[str, Any] = {}
    _add_supported_quantized_objects(names)
    _save(folder, "fork", model)
    described = json.loads(model.to_json())
    for item in described["config"]["layers"]:  # what a hand-written file may say
        if item["class_name"] == "QDense":
            item["config"]["kernel_quantizer"]["config"]["alpha"] = None
    (folder / "no_alpha.json").write_text(json.dumps(described))
    for stem, path in (("fork", "fork.h5"), ("no_alpha", "")):
        if path:
            loaded = keras.models.load_model(folder / path, custom_objects=names, compile=False)
        else:
            loaded = keras.models.model_from_json((folder / "no_alpha.json").read_text(), custom_objects=names)
            loaded.load_weights(folder / "fork_weights.h5")
        _expect(folder, stem, loaded)
    chain = keras.Sequential(
        [
            QActivation(quantized_bits(8, 3), input_shape=(4,), name="first"),
            QDense(3, kernel_quantizer=quantized_bits(4, 1, alpha=1.0), use_bias=False, name="9lives/a"),
            keras.layers.ReLU(name="clk"),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            QDense(
                2,
                kernel_quantizer="quantized_bits(3,0,alpha=0.5)",
                bias_quantizer="quantized_bits(4)",
                name="z",
            ),
        ]
    )
    _save(folder, "chain", chain)
    _expect(folder, "chain", chain)
    save_nested(folder, keras)
    save_operations(folder, keras, operations_of_tfkeras)


def save_nested(folder: Path, keras: Any) -> None:
    """Models inside models, one of them twice, a layer that is used twice, and a dense layer for every step."""
    layers = keras.layers
    encoder = [layers.Dense(3, activation="relu", name="d1"), layers.Dense(3, name="d2")]
    inner = keras.Sequential([keras.Input((4,)), *encoder], name="encoder")
    middle = keras.Sequential([keras.Input((3,)), layers.Dense(4, name="d1"), layers.ReLU(name="r")], name="middle")
    deep_input = keras.Input((3,), name="deep_input")
    pre = layers.Dense(3, name="pre")(deep_input)
    deep = keras.Model(
        deep_input, [layers.Dense(3, name="last")(middle(pre)), layers.ReLU(name="part")(pre)], name="deep"
    )
    x, shared = keras.Input((4,), name="x"), layers.Dense(4, name="shared")
    both = layers.Add(name="both")([inner(shared(shared(x))), inner(x)])
    steps = layers.Reshape((3, 1), name="steps")(deep(both)[0])
    steps = layers.TimeDistributed(layers.Dense(2, name="step"), name="each")(steps)
    model = keras.Model(x, layers.Dense(2, name="out")(layers.Flatten(name="flat")(steps)), name="nested")
    rng = np.random.default_rng(8)
    model.set_weights([rng.integers(-6, 7, array.shape) / 4 for array in model.get_weights()])
    events = rng.integers(-8, 8, (50, 4)) / 4
    _save(folder, "nested", model)
    np.savez(folder / "nested.npz", x=events, y=np.asarray(model(events.astype(np.float32))))


def save_keras3(folder: Path) -> None:
    """Plain Keras 3 with weights that are short binary fractions."""
    import keras
    from keras import layers

    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    late = layers.Dense(2, name="late")(layers.Dense(5, activation="relu", name="fc1")(a))
    normal = layers.BatchNormalization(epsilon=2.0**-10, name="norm")(layers.Dense(4, use_bias=False, name="fc2")(b))
    pair = keras.Model([b, a], [late, layers.Softmax(name="sm")(normal)], name="pair")
    named = keras.Model({"a": a, "b": b}, {"p": late, "q": normal}, name="named")
    chain = keras.Sequential([layers.Dense(3, name="x y"), layers.LeakyReLU(negative_slope=0.25), layers.Dense(2)])
    chain.build((None, 4))
    rng = np.random.default_rng(6)
    for model in (pair, chain):
        for layer in model.layers:
            layer.set_weights([rng.integers(-40, 40, array.shape) / 16 for array in layer.get_weights()])
    norm = pair.get_layer("norm")
    norm.set_weights([np.ones(4), np.zeros(4), np.zeros(4), np.full(4, 1 - 2.0**-10)])
    for stem, model in (("pair", pair), ("named", named), ("sequence", chain)):
        _save(folder, stem, model)
        _expect(folder, stem, model)
    keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: x * 2, name="double")]).save(folder / "lambda.keras")
    save_nested(folder, keras)
    save_operations(folder, keras, operations_of_keras3)
    half = keras.Sequential([keras.Input((4,)), layers.Dense(2, dtype="mixed_float16", name="half")])
    half.save(folder / "half.keras")
    numbers = np.linspace(-9, 9, 577).astype(np.float32)
    values: dict[str, Any] = {name: np.asarray(keras.activations.get(name)(numbers)) for name in TABULATED}
    np.savez(folder / "functions.npz", x=numbers, **values)


def _save(folder: Path, stem: str, model: Any) -> None:
    model.save(folder / f"{stem}.h5")
    model.save(folder / f"{stem}.keras")
    (folder / f"{stem}.json").write_text(model.to_json())
    model.save_weights(folder / f"{stem}.weights.h5")
    if sys.argv[1] == "tfkeras":
        model.save_weights(folder / f"{stem}_weights.h5")


def _expect(folder: Path, stem: str, model: Any) -> None:
    found: dict[str, Any] = {}
    for layer in model.layers:
        for role in ("kernel", "bias"):
            value = getattr(layer, role, None)
            if value is None:
                continue
            quantizer = getattr(layer, f"{role}_quantizer_internal", None)
            found[f"{layer.name}|{role}"] = np.array(value if quantizer is None else quantizer(value))
    np.savez(folder / f"expected_{stem}.npz", **found)


if __name__ == "__main__":
    {"tfkeras": save_tfkeras, "keras3": save_keras3}[sys.argv[1]](Path(sys.argv[2]))
