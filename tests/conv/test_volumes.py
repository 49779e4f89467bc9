"""Layers of Keras on volumes, by their definitions on the codes of a drawn input, and in VHDL."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.registry import keras_layer_types
from bxnn.compiler.ir.source import LayerSource
from bxnn.sim.reference import Reference
from tests.ir.networks import network, source
from tests.layers.firmware import check_firmware, schedule

SHAPE = (4, 3, 5, 2)
RNG = np.random.default_rng(11)
KERNEL = (RNG.integers(-7, 8, (2, 3, 2, 2, 3)) / 8).astype(np.float32)
BIAS = (RNG.integers(-9, 10, 3) / 16).astype(np.float32)
CONV = {"filters": 3, "kernel_size": [2, 3, 2], "strides": [2, 1, 3], "padding": "valid"}
CASES: dict[str, dict[str, Any]] = {
    "Conv3D": CONV,
    "MaxPooling3D": {"pool_size": [2, 1, 3], "strides": [1, 1, 2]},
    "AveragePooling3D": {"pool_size": [2, 1, 4]},
    "GlobalMaxPooling3D": {},
    "GlobalAveragePooling3D": {"keepdims": True},
    "ZeroPadding3D": {"padding": [[1, 0], [0, 2], [1, 1]]},
}


def volume(kind: str, shape: tuple[int, ...] = SHAPE) -> Graph:
    """A network of one layer."""
    weights = {"kernel": KERNEL, "bias": BIAS} if kind == "Conv3D" else {}
    config = dict(CASES[kind])
    record = LayerSource(kind, "l1", ("x",), (shape,), config, weights, parse_activation, parse_weight_quantizer)
    layer, *_ = keras_layer_types()[kind].from_keras(record)  # an activation after it changes nothing
    return network(source("x", *shape), layer.quantized())


def windows(x: Any, size: tuple[int, ...], step: tuple[int, ...]) -> Any:
    """The pixels under a window at every position: axes of positions, channels, axes of the window."""
    a, b, c = step
    return np.lib.stride_tricks.sliding_window_view(x, size, (1, 2, 3))[:, ::a, ::b, ::c]


def defined(kind: str, x: Any) -> Any:
    """What the layer is defined to compute."""
    if kind == "Conv3D":
        return np.einsum("nabcidhw,dhwio->nabco", windows(x, (2, 3, 2), (2, 1, 3)), KERNEL) + BIAS
    if kind == "MaxPooling3D":
        return windows(x, (2, 1, 3), (1, 1, 2)).max(axis=(5, 6, 7))
    if kind == "AveragePooling3D":
        return windows(x, (2, 1, 4), (2, 1, 4)).mean(axis=(5, 6, 7))
    if kind == "ZeroPadding3D":
        return np.pad(x, ((0, 0), (1, 0), (0, 2), (1, 1), (0, 0)))
    return x.max(axis=(1, 2, 3)) if "Max" in kind else x.mean(axis=(1, 2, 3), keepdims=True)


@pytest.mark.parametrize("kind", CASES)
def test_by_definition(kind: str) -> None:
    shape = (4, 2, 4, 2) if kind.startswith("GlobalA") else SHAPE  # an average over a power of two is exact
    x = RNG.integers(-8, 8, (30, *shape)) / 4
    (found,) = Reference(volume(kind, shape)).predict({"x": x}).values()
    assert np.array_equal(found, defined(kind, np.clip(x, -8, 8)))


@pytest.mark.parametrize("kind", ["Conv3D", "AveragePooling3D"])
def test_the_firmware_is_the_reference(kind: str, tmp_path: Path) -> None:
    graph = volume(kind)
    check_firmware(graph, schedule(graph, 4), tmp_path)


def test_what_is_no_volume_is_refused() -> None:
    wanted = "input of shape (4, 3, 2) is not supported; reshape it to (depth, height, width, channels)"
    with pytest.raises(ModelError, match=re.escape(f"l1 (MaxPooling3D): {wanted}") + "$"):
        volume("MaxPooling3D", (4, 3, 2))
