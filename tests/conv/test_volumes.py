"""Layers of Keras on volumes, by their definitions on the codes of a drawn input, in VHDL and in C++."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Example
from bxnn.compiler.ir.pooling import PLAIN_AVERAGE
from bxnn.compiler.ir.registry import keras_layer_types
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.sim.reference import Reference
from tests.hls.project import check_project
from tests.hls.test_contract import side_by_side
from tests.hls.test_emulator import built, check
from tests.ir.networks import network, source
from tests.layers.firmware import check_firmware, random_codes, schedule

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


def drawn(seed: int) -> list[Example]:
    """Convolutions and pools with drawn windows; every window of a pool has a pixel of the volume."""
    rng = np.random.default_rng(seed)
    size, stride, pixels = rng.integers(1, 4, 3), rng.integers(1, 3, 3), rng.integers(3, 5, 3)
    shape = (*pixels.tolist(), 2)
    near, far = (tuple(rng.integers(0, size).tolist()) for _ in range(2))
    pool = Window(tuple(size.tolist()), tuple(stride.tolist()), (1, 1, 1), near, far)
    spread = tuple(np.where(size < 3, rng.integers(1, 3, 3), 1).tolist())
    window = Window(pool.size, pool.stride, spread, near, far)
    apart, grouped = (FixedTensor(rng.integers(-8, 8, (*pool.size, k, 4 // k)), 2) for k in (2, 1))
    layers = [
        Conv2D("y", ("x",), grouped, None, window, 2),
        DepthwiseConv2D("y", ("x",), apart, None, window),
        MaxPool2D("y", ("x",), pool, True),
        AveragePool2D("y", ("x",), PLAIN_AVERAGE, None, pool, True, 3),
    ]
    return [Example(layer, (Tensor.of_format(shape, FixedFormat(True, 1, 2)),)) for layer in layers]


def test_all_kinds_and_drawn_windows_through_gxx_and_the_emulator(tmp_path: Path) -> None:
    examples = [example for seed in range(6) for example in drawn(seed)]
    for kind in CASES:
        graph = volume(kind, (4, 2, 4, 2) if kind.startswith("GlobalA") else SHAPE)
        read, layer = graph.layers
        examples.append(Example(layer, (graph.tensors()[read.name],)))
    graph = side_by_side(examples)
    check_project(graph, schedule(graph, 3), tmp_path, events=100)
    check(built(graph, tmp_path), random_codes(graph, 100, 7))


def test_what_is_no_volume_is_refused() -> None:
    wanted = "input of shape (4, 3, 2) is not supported; reshape it to (depth, height, width, channels)"
    with pytest.raises(ModelError, match=re.escape(f"l1 (MaxPooling3D): {wanted}") + "$"):
        volume("MaxPooling3D", (4, 3, 2))
