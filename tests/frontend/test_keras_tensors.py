"""Keras layers without weights that combine tensors or select elements, against numpy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.frontend import handmade as hand

Array = NDArray[np.float64]
RNG = np.random.default_rng(6)
A, B = (RNG.integers(-32, 32, (20, *shape)) / 8 for shape in ((3, 2), (1, 2)))
IMAGE = RNG.integers(-32, 32, (20, 4, 3, 2)) / 8


def quantized(name: str) -> hand.Json:
    activation = hand.quantizer(bits=6, integer=2, alpha=1)
    return {"class_name": "QActivation", "config": {"name": name, "activation": activation}}


def read(folder: Path, config: hand.Json) -> Reference:
    (folder / "m.keras").write_bytes(hand.keras_file(config, hand.weights()))
    return Reference(run(load_model(folder / "m.keras"), PIPELINE, PassOptions()))


def merged(kind: str, *names: str) -> hand.Json:
    inputs = [hand.input_layer("a", 3, 2), hand.input_layer("b", 1, 2)]
    layers = [*inputs, quantized("qa"), quantized("qb"), {"class_name": kind, "config": {"name": "y"}}]
    return hand.functional(layers, {"qa": ["a"], "qb": ["b"], "y": list(names)}, ["y"])


@pytest.mark.parametrize(
    ("kind", "function"),
    [
        ("Add", np.add),
        ("Subtract", np.subtract),
        ("Multiply", np.multiply),
        ("Maximum", np.maximum),
        ("Minimum", np.minimum),
    ],
)
def test_two_tensors_of_shapes_that_broadcast(
    kind: str, function: Callable[[Array, Array], Array], tmp_path: Path
) -> None:
    (found,) = read(tmp_path, merged(kind, "qa", "qb")).predict({"a": A, "b": B}).values()
    assert np.array_equal(found, function(A, B))


def test_three_tensors(tmp_path: Path) -> None:
    (found,) = read(tmp_path, merged("Maximum", "qa", "qb", "qa")).predict({"a": A, "b": B}).values()
    assert np.array_equal(found, np.maximum(A, B))


def test_the_mean_of_three_tensors_is_exact_before_a_quantizer(tmp_path: Path) -> None:
    config = merged("Average", "qa", "qb", "qa")
    after = {
        "class_name": "QActivation",
        "config": {"name": "z", "activation": hand.quantizer(bits=6, integer=2, alpha=1)},
    }
    layers = [item for item in config["config"]["layers"] if item["class_name"] != "InputLayer"]
    inputs = [hand.input_layer("a", 3, 2), hand.input_layer("b", 1, 2)]
    inbound = {"qa": ["a"], "qb": ["b"], "y": ["qa", "qb", "qa"], "z": ["y"]}
    (found,) = (
        read(tmp_path, hand.functional([*inputs, *layers, after], inbound, ["z"])).predict({"a": A, "b": B}).values()
    )
    assert np.array_equal(found, np.rint((2 * A + B) / 3 * 8) / 8)


SLOPES = np.array([0.3, 0.7], np.float32)


@pytest.mark.parametrize(
    ("layer", "slopes"),
    [
        ({"class_name": "PReLU", "config": {"name": "y", "shared_axes": [1]}}, SLOPES),
        ({"class_name": "LeakyReLU", "config": {"name": "y", "alpha": 0.3}}, np.float32(0.3)),
    ],
    ids=["PReLU", "LeakyReLU"],
)
@pytest.mark.parametrize("bits", [3, 6])
def test_slopes(layer: hand.Json, slopes: Any, bits: int, tmp_path: Path) -> None:
    """The product of float32 with the quantizer after it: comparators for few results, else a table."""
    after = {
        "class_name": "QActivation",
        "config": {"name": "z", "activation": hand.quantizer(bits=bits, integer=2, alpha=1)},
    }
    config = hand.sequential(quantized("q"), layer, after, shape=(None, 3, 2))
    stored = hand.weights(y__alpha=SLOPES.reshape(1, 2)) if layer["class_name"] == "PReLU" else hand.weights()
    (tmp_path / "m.keras").write_bytes(hand.keras_file(config, stored))
    graph = run(load_model(tmp_path / "m.keras"), PIPELINE, PassOptions())
    assert [one.kind for one in graph.layers] == ["input", "threshold" if bits == 3 else "lookup"]
    (found,) = Reference(graph).predict({"x": A}).values()
    exact = np.where(A >= 0, A, A.astype(np.float32) * slopes).astype(np.float64)
    lsb = 2.0 ** (3 - bits)
    assert np.array_equal(found, np.clip(np.rint(exact / lsb) * lsb, -4, 4 - lsb))


def picked(kind: str, **config: Any) -> hand.Json:
    layer = {"class_name": kind, "config": {"name": "y", **config}}
    return hand.sequential(quantized("q"), layer, shape=(None, 4, 3, 2))


def test_upsampling_and_cropping(tmp_path: Path) -> None:
    (found,) = (
        read(tmp_path, picked("UpSampling2D", size=[2, 3], interpolation="nearest")).predict({"x": IMAGE}).values()
    )
    assert np.array_equal(found, IMAGE.repeat(2, axis=1).repeat(3, axis=2))
    (found,) = read(tmp_path, picked("Cropping2D", cropping=[[1, 2], [0, 1]])).predict({"x": IMAGE}).values()
    assert np.array_equal(found, IMAGE[:, 1:2, 0:2])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            picked("UpSampling2D", size=2, interpolation="bilinear"),
            "interpolation 'bilinear' is not supported; use 'nearest'",
        ),
        (
            picked("Cropping2D", cropping=[[2, 2], [0, 0]]),
            "cropping [[2, 2], [0, 0]] is not supported; leave at least one pixel",
        ),
        (picked("Cropping2D", cropping="x"), "cropping 'x' is not 2 pairs of sizes; the model file is damaged"),
    ],
    ids=["bilinear", "nothing", "damaged"],
)
def test_refusals(layer: hand.Json, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        read(tmp_path, layer)
    kind = layer["config"]["layers"][-1]["class_name"]
    assert str(caught.value) == f"y ({kind}): {message}"
