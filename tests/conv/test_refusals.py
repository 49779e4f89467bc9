"""Anything that is not exact, or does not fit, is refused by name in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bxnn.boards.board import load_board
from bxnn.compiler import limits
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.registry import keras_layer_types
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from tests.conv.networks import window
from tests.ir.networks import network, sat, source

CONV: dict[str, Any] = {"filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "groups": 1}
DEPTHWISE: dict[str, Any] = {"kernel_size": [2, 2], "depth_multiplier": 1}
NORMALIZED = {**CONV, "axis": [3], "epsilon": 1e-3}
Q = "quantized_bits(4,0,alpha=1)"


def message(kind: str, shape: tuple[int, ...], config: dict[str, Any], **weights: Any) -> str:
    """The refusal of a layer that reads ``shape``."""
    config = {key: value for key, value in config.items() if value != "absent"}
    arrays = {name: np.asarray(value, np.float32) for name, value in weights.items()}
    record = LayerSource(kind, "l1", ("x",), (shape,), config, arrays, parse_activation, parse_weight_quantizer)
    with pytest.raises(ModelError) as caught:
        for layer in keras_layer_types()[kind].from_keras(record):
            layer.quantized()
    assert str(caught.value).startswith(f"l1 ({kind}): ")
    return str(caught.value).removeprefix(f"l1 ({kind}): ")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"data_format": "channels_first"}, "data_format 'channels_first' is not supported; use 'channels_last'"),
        ({"padding": "causal"}, "padding 'causal' is not supported; use 'valid' or 'same'"),
        ({"padding": "full"}, "padding 'full' is not supported; use 'valid' or 'same'"),
        (
            {"kernel_size": [7, 2]},
            "kernel_size (7, 2) leaves no output pixel of its 6x5 input; use a smaller window or padding='same'",
        ),
        (
            {"dilation_rate": [3, 1]},
            "kernel_size (3, 3) leaves no output pixel of its 6x5 input; use a smaller window or padding='same'",
        ),
        ({"kernel_size": [3]}, "kernel_size [3] is not 2 positive sizes; the model file is damaged"),
        ({"strides": [0, 1]}, "strides [0, 1] is not 2 positive sizes; the model file is damaged"),
        ({"strides": "2"}, "strides '2' is not 2 positive sizes; the model file is damaged"),
        ({"filters": 0}, "filters 0 is not a positive integer; the model file is damaged"),
        ({"groups": 2}, "groups 2 is not supported; it must divide 3 channels and 2 filters"),
        ({"mask": [[1]]}, "mask [[1]] is not supported; train without a mask, or set the weights outside it to zero"),
        ({"lora_rank": 4}, "lora_rank 4 is not supported; merge the LoRA weights"),
        ({"use_bias": 1}, "use_bias 1 is not true or false; the model file is damaged"),
        ({"wobble": 2}, "attribute wobble=2 is unknown; bxnn cannot tell what it does"),
        ({"filters": 3}, "weight 'kernel' has shape (3, 3, 3, 2), but the model needs (3, 3, 3, 3)"),
    ],
)
def test_convolutions(change: dict[str, Any], problem: str) -> None:
    weights = {"kernel": np.ones((3, 3, 3, 2)), "bias": np.ones(2)}
    assert message("Conv2D", (6, 5, 3), {**CONV, **change}, **weights) == problem


def test_convolutions_read_images_and_quantized_weights() -> None:
    kernel = np.full((3, 3, 3, 2), 0.1)
    assert message("QConv2D", (6,), CONV) == (
        "input of shape (6,) is not supported; reshape it to (height, width, channels)"
    )
    assert message("Conv1D", (6, 5, 3), {**CONV, "kernel_size": 3, "strides": 1}) == (
        "input of shape (6, 5, 3) is not supported; reshape it to (length, channels)"
    )
    assert message("Conv2D", (6, 5, 3), {**CONV, "use_bias": False}, kernel=kernel) == (
        "kernel is not quantized and needs 25 bits on one grid, but at most 18 are supported; train with a "
        'kernel_quantizer, or give formats in design.yaml, layers: {l1: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or '
        "events: bxnn calibrate MODEL --events x.npz"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"center": False}, "center False is not supported; QKeras itself fails without beta"),
        ({"folding_mode": "other"}, "folding_mode 'other' is not supported; use 'ema_stats_folding'"),
        ({"axis": [1]}, "axis [1] is not supported; normalize the last axis"),
        ({"epsilon": -1}, "epsilon -1 is not supported; use a small positive number"),
        (
            {"bias_quantizer": None},
            "bias is not quantized and needs 42 bits on one grid, but at most 32 are supported; "
            "train with a bias_quantizer, or give formats in design.yaml, layers: "
            '{l1: {bias: "fixed<W,I,RND_CONV,SAT>"}}, or events: bxnn calibrate MODEL --events x.npz',
        ),
    ],
)
def test_folded_convolutions(change: dict[str, Any], problem: str) -> None:
    channels = {"gamma": [1, 1], "beta": [0.1, 12345.678], "moving_mean": [0, 0], "moving_variance": [1, 1]}
    config = {**NORMALIZED, "kernel_quantizer": Q, "bias_quantizer": Q, **change}
    weights = {"kernel": np.ones((3, 3, 3, 2)), "bias": [0, 0], **channels}
    assert message("QConv2DBatchnorm", (6, 5, 3), config, **weights) == problem


@pytest.mark.parametrize(
    ("kind", "change", "problem"),
    [
        ("DepthwiseConv2D", {"groups": 2}, "groups 2 is not supported; use 1"),
        (
            "DepthwiseConv2D",
            {"depth_multiplier": 0},
            "depth_multiplier 0 is not a positive integer; the model file is damaged",
        ),
        (
            "DepthwiseConv2D",
            {"data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        (
            "DepthwiseConv2D",
            {"kernel_size": [7, 1]},
            "kernel_size (7, 1) leaves no output pixel of its 6x5 input; use a smaller window or padding='same'",
        ),
        (
            "QDepthwiseConv2D",
            {"dilation_rate": [1, 5]},
            "kernel_size (2, 2) leaves no output pixel of its 6x5 input; use a smaller window or padding='same'",
        ),
        (
            "SeparableConv2D",
            {"data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        ("SeparableConv2D", {}, "filters None is not a positive integer; the model file is damaged"),
        ("SeparableConv2D", {"filters": 2}, "weight 'pointwise_kernel' is missing from the weights file"),
    ],
)
def test_depthwise_convolutions(kind: str, change: dict[str, Any], problem: str) -> None:
    weights = {"depthwise_kernel": np.ones((2, 2, 3, 1)), "bias": np.ones(3)}
    assert message(kind, (6, 5, 3), {**DEPTHWISE, **change}, **weights) == problem


@pytest.mark.parametrize(
    ("kind", "config", "problem"),
    [
        (
            "MaxPooling2D",
            {"pool_size": [7, 2]},
            "pool_size (7, 2) leaves no output pixel of its 6x5 input; use a smaller window or padding='same'",
        ),
        (
            "AveragePooling2D",
            {"pool_size": [2, 6]},
            "pool_size (2, 6) leaves no output pixel of its 6x5 input; use a smaller window or padding='same'",
        ),
        (
            "QAveragePooling2D",
            {"pool_size": 2, "data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        (
            "MaxPooling2D",
            {"pool_size": [2, 2], "padding": "causal"},
            "padding 'causal' is not supported; use 'valid' or 'same'",
        ),
        ("GlobalMaxPooling2D", {"keepdims": 1}, "keepdims 1 is not true or false; the model file is damaged"),
        (
            "GlobalMaxPooling2D",
            {"data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        (
            "QGlobalAveragePooling2D",
            {"average_quantizer": "quantized_bits(3,0)"},
            "average_quantizer 'quantized_bits(3,0)' is not supported; it rounds 1/30 to 0, use more fraction bits",
        ),
        (
            "AveragePooling2D",
            {"pool_size": 2, "padding": "full"},
            "padding 'full' is not supported; use 'valid' or 'same'",
        ),
        (
            "GlobalAveragePooling2D",
            {"data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        (
            "MaxPooling1D",
            {"pool_size": 2},
            "input of shape (6, 5, 2) is not supported; reshape it to (length, channels)",
        ),
        (
            "ZeroPadding2D",
            {"data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        (
            "Flatten",
            {"data_format": "channels_first"},
            "data_format 'channels_first' is not supported; use 'channels_last'",
        ),
        ("Reshape", {"target_shape": [7, -1]}, "target_shape (7, -1) does not hold 60 elements"),
        ("Reshape", {"target_shape": [-1, -1]}, "target_shape (-1, -1) does not hold 60 elements"),
        ("Reshape", {"target_shape": [0, 60]}, "target_shape [0, 60] is not a list of sizes"),
        ("ZeroPadding2D", {"padding": [[1, 1]]}, "padding [[1, 1]] is not 2 pairs of sizes; the model file is damaged"),
        ("ZeroPadding2D", {"padding": -1}, "padding -1 is not 2 pairs of sizes; the model file is damaged"),
        ("Permute", {"dims": [1, 2]}, "dims [1, 2] is not a permutation of the axes 1 to 3"),
        ("Permute", {"dims": [1, 2, "3"]}, "dims [1, 2, '3'] is not a permutation of the axes 1 to 3"),
        ("Add", {}, "has 1 input; it needs at least 2"),
        ("Concatenate", {}, "has 1 input; it needs at least 2"),
    ],
)
def test_other_layers(kind: str, config: dict[str, Any], problem: str) -> None:
    assert message(kind, (6, 5, 2), config) == problem


def test_layers_with_several_inputs() -> None:
    left, right = source("a", 2, 3), source("b", 3, 2, fraction_bits=58, integer_bits=1)
    for layer, problem in [
        (Add("y", ("a", "b")), "y (add): inputs of shapes (2, 3) and (3, 2) cannot be added; give them the same shape"),
        (
            Concatenate("y", ("a", "b"), 1),
            "y (concatenate): inputs of shapes (2, 3) and (3, 2) cannot be concatenated on axis 1",
        ),
        (
            Add("y", ("b", "b", "b")),
            "y (add): its inputs need more than 62 bits on one grid; use coarser quantizers",
        ),
    ]:
        with pytest.raises(ModelError) as caught:
            network(left, right, layer).tensors()
        assert str(caught.value) == problem


FOUND = "connects 144 inputs with 400 outputs at once, at most 1,000 connections are supported"
DENSE = "d (dense): connects 64 inputs with 16 outputs at once, at most 1,000 connections are supported"
BOARD = load_board("xcvu9p")
TOO_LARGE = [
    ("form: frame_parallel", f"c (conv2d): {FOUND}; set form: streaming in design.yaml"),
    (
        "layers: {c: {form: frame_parallel}}",
        f"c (conv2d): {FOUND}; set form: streaming in design.yaml and remove form: frame_parallel from layers: c",
    ),
    (
        "form: streaming\nlayers: {c: {form: frame_parallel}}",
        f"c (conv2d): {FOUND}; remove form: frame_parallel from layers: c",
    ),
    (
        "form: streaming\nlayers: {r: {form: frame_parallel}}",
        f"c (conv2d): {FOUND}; remove form: frame_parallel from layers: r",
    ),
]


@pytest.mark.parametrize(("form", "message"), TOO_LARGE, ids=[form for form, _ in TOO_LARGE])
def test_a_frame_that_is_too_large_is_refused_with_a_way_that_works(
    form: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advice is followed step by step, until the layer is no longer too large."""
    monkeypatch.setattr(limits, "FRAME_CONNECTIONS", 1000)
    relu = ActivationLayer("r", ("x",), sat(False, 4, 1))
    layer = Conv2D("c", ("r",), FixedTensor(np.ones((3, 3, 1, 4), np.int64), 0), None, window(3, 3))
    graph = network(source("x", 12, 12, 1), relu, layer)
    with pytest.raises(ModelError) as caught:
        schedule_graph(graph, parse_config(f"initiation_interval: 2000\n{form}"), BOARD)
    assert str(caught.value) == message
    advised = schedule_graph(graph, parse_config("initiation_interval: 2000\nform: streaming"), BOARD)
    assert isinstance(advised, StreamSchedule)


@pytest.mark.parametrize("form", ["form: frame_parallel", "form: auto"])
def test_a_dense_layer_that_is_too_large_cannot_stream(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FRAME_CONNECTIONS", 1000)
    layer = Dense("d", ("x",), FixedTensor(np.ones((64, 16), np.int64), 0), None)
    with pytest.raises(ModelError) as caught:
        schedule_graph(network(source("x", 64), layer), parse_config(f"initiation_interval: 64\n{form}"), BOARD)
    assert str(caught.value) == f"{DENSE}; use a smaller layer"
