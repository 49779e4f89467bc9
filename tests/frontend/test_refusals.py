# ruff: noqa: E501  whole messages, one per line
"""Anything that bxnn does not support exactly is refused by name, in one line that says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.keras.qkeras_weights import parse_weight_quantizer
from tests.frontend import handmade as hand

Q = hand.quantizer


def message(folder: Path, config: Any, stored: bytes | None = None) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(*hand.write(folder, config, stored))
    return str(caught.value)


def activation_error(value: Any) -> str:
    with pytest.raises(ModelError) as caught:
        parse_activation("a (QActivation)", "activation", value)
    return str(caught.value)


def kernel_error(value: Any, kernel: Any = None) -> str:
    with pytest.raises(ModelError) as caught:
        quantizer = parse_weight_quantizer("fc1 (QDense)", "kernel_quantizer", value)
        quantizer.quantize(np.asarray([[0.1, 0.2]] if kernel is None else kernel, np.float32))
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("leaky_relu", "leaky_relu is not supported; its slope of 0.2 is not exact; use quantized_relu with negative_slope=0.25"),
        (
            "softsign",
            "softsign is not supported; use one of quantized_bits, quantized_linear, quantized_relu, quantized_tanh, "
            "ternary, binary, quantized_sigmoid, linear, relu, relu6, sigmoid, softmax, tanh, elu, selu, swish, gelu, "
            "softplus, exponential",
        ),
        ("bernoulli()", "bernoulli is not supported; it is random even at inference; use binary()"),
        (Q("quantized_po2", bits=4), "quantized_po2 is not supported; use quantized_bits"),
        (Q("stochastic_ternary", alpha=None), "stochastic_ternary is not supported; use ternary()"),
        ("quantized_bits(4,0,alpha='auto_po2')", "alpha='auto_po2' depends on the data; retrain with alpha=1"),
        ("quantized_bits(4,0,alpha=0.3)", "alpha=0.3 is not exact; retrain with alpha=1 or another power of two"),
        ("quantized_bits(4,0,alpha=2)", "quantized_bits: alpha=2 is not supported; use alpha=1 for activations and set integer instead"),
        ("quantized_bits(25)", "quantized_bits: bits=25 is not supported; use 1 to 24, what float32 can hold"),
        (Q(bits=True), "quantized_bits: bits=True is not supported; use an integer"),
        (Q(bits="6"), "quantized_bits: bits='6' is not supported; use an integer"),
        (Q(bits=6, integer=99), "quantized_bits: integer=99 is not supported; use -32 to 32"),
        (Q(bits=6, symmetric=2), "quantized_bits: symmetric=2 is not supported; use True or False"),
        (Q(bits=6, qnoise_factor=0.5), "quantized_bits: qnoise_factor=0.5 is not supported; use 1.0; other values blend in unquantized numbers"),
        (Q(bits=6, post_training_scale=[1.0]), "quantized_bits: post_training_scale=[1.0] is not supported; leave it out"),
        (Q(bits=6, foo=1), "quantized_bits: parameter 'foo' is unknown; bxnn cannot tell what it does"),
        ("quantized_relu(6,use_sigmoid=1)", "quantized_relu: use_sigmoid=1 is not supported; the file does not say which sigmoid it means; use 0"),
        ("quantized_relu(6,negative_slope=0.3)", "quantized_relu: negative_slope=0.3 is not supported; use a power of two up to 1"),
        ("quantized_relu(3,negative_slope=0.125)", "quantized_relu: negative_slope=0.125 is not supported; with 3 bits use at least 0.25, or 0"),
        (
            "quantized_relu(3,relu_upper_bound=0.3,is_quantized_clip=False)",
            "quantized_relu: relu_upper_bound=0.3 is not supported; use a multiple of 0.125",
        ),
        ("ternary(threshold=0)", "ternary: threshold=0 is not supported; use a positive number"),
        ("quantized_bits(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16)", "quantized_bits is given 16 arguments; it takes at most 15"),
        ("quantized_bits(6,bits=6)", "quantized_bits is given bits twice"),
        ("__import__('os').system('x')", "\"__import__('os').system('x')\" cannot be read; write it like quantized_bits(6,0,alpha=1)"),
        ("quantized_bits(2**9**9)", "'quantized_bits(2**9**9)' cannot be read; write it like quantized_bits(6,0,alpha=1)"),
        ("quantized_bits(**{'bits':6})", "\"quantized_bits(**{'bits':6})\" cannot be read; write it like quantized_bits(6,0,alpha=1)"),
        ("(" * 900, f"{'(' * 80!r} cannot be read; write it like quantized_bits(6,0,alpha=1)"),
        (5, "5 is not a quantizer or activation; the model file is damaged"),
        ({"config": {}}, "has no class_name; the model file is damaged"),
    ],
)  # fmt: skip
def test_activations(value: Any, problem: str) -> None:
    assert activation_error(value) == f"a (QActivation): activation {problem}"


def test_activations_with_code() -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAA"}}
    assert activation_error(code) == (
        "a (QActivation): activation (__lambda__): executes code from the model file; "
        "replace it with a layer that bxnn supports"
    )
    custom = {"class_name": "quantized_bits", "config": {}, "registered_name": "mine>quantized_bits"}
    assert activation_error(custom) == (
        "a (QActivation): activation (quantized_bits): is a custom class of 'mine'; use Keras, QKeras or HGQ2 layers"
    )


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (Q(alpha="auto"), "kernel_quantizer alpha='auto' is not exact; retrain with alpha=1 or 'auto_po2'"),
        (Q(alpha="best"), "kernel_quantizer quantized_bits: alpha='best' is not supported; use 1 or 'auto_po2'"),
        (Q(alpha=[1.0]), "kernel_quantizer quantized_bits: alpha=[1.0] is not supported; use a number"),
        (Q(alpha=-1), "kernel_quantizer alpha=-1 is not exact; retrain with alpha=1 or another power of two"),
        (Q(bits=1), "kernel_quantizer quantized_bits: bits=1 is not supported; with alpha='auto_po2' it makes every weight zero; use binary()"),
        (Q("quantized_linear", bits=4), "kernel_quantizer quantized_linear: alpha='auto_po2' is not supported; use alpha=1, or quantized_bits"),
        (Q("ternary", threshold=0.5), "kernel_quantizer ternary: threshold=0.5 is not supported; QKeras does not allow it together with alpha='auto_po2'; leave it out"),
        (Q(scale_axis=0), "kernel_quantizer quantized_bits: scale_axis=0 is not supported; leave it out"),
        (Q("quantized_ulaw"), "kernel_quantizer quantized_ulaw is not supported; use one of quantized_bits, quantized_linear, quantized_relu, quantized_tanh, ternary, binary"),
        ("quantized_sigmoid(4)", "kernel_quantizer quantized_sigmoid is not supported; it is only an activation; use quantized_bits"),
        (None, "kernel is not quantized and needs 26 bits on one grid, but at most 18 are supported; train with a kernel_quantizer, or give formats in design.yaml, layers: {fc1: {kernel: \"fixed<W,I,RND_CONV,SAT>\"}}, or events: bxnn calibrate MODEL --events x.npz"),
    ],
)  # fmt: skip
def test_kernels(value: Any, problem: str) -> None:
    assert kernel_error(value) == f"fc1 (QDense): {problem}"


def test_auto_po2_on_a_tie() -> None:
    tie = np.full((64, 2), np.sqrt(2.0), np.float32)  # log2 of the scale is 0.5
    assert kernel_error(Q("binary"), tie) == (
        "fc1 (QDense): kernel_quantizer alpha='auto_po2': the scale of channel 0 is a tie decided by float32 "
        "rounding; retrain with alpha=1"
    )


def test_unquantized_weights_that_are_short_are_taken() -> None:
    quantizer = parse_weight_quantizer("fc1 (Dense)", "kernel_quantizer", None)
    exact = quantizer.quantize(np.array([[0.5, -3.25]], np.float32))
    assert (exact.codes.tolist(), exact.fraction_bits) == ([[2, -13]], 2)


def test_layers(tmp_path: Path) -> None:
    foreign = {
        "class_name": "Dense",
        "module": "mine.layers",
        "registered_name": "mine>Dense",
        "config": {"name": "d"},
    }
    later = {"class_name": "Lambda", "config": {"name": "lambda_1", "function_type": "lambda"}}
    conv = {"class_name": "Conv3DTranspose", "config": {"name": "foo"}}
    assert message(tmp_path, hand.sequential(foreign)) == (
        "d (Dense): is a custom class of 'mine'; use Keras, QKeras or HGQ2 layers"
    )
    assert message(tmp_path, hand.sequential(later)) == (
        "lambda_1 (Lambda): executes code from the model file; replace it with a layer that bxnn supports"
    )
    assert message(tmp_path, hand.sequential(conv)).startswith(
        "foo (Conv3DTranspose): layer type is not supported; supported: Activation, "
    )
    hidden = hand.dense("fc1", 2, kernel_constraint={"class_name": "__lambda__", "config": {}})
    assert message(tmp_path, hand.sequential(hidden)) == (
        "fc1 (QDense): executes code from the model file; replace it with a layer that bxnn supports"
    )


def test_graphs(tmp_path: Path) -> None:
    x, fc1, fc2 = hand.input_layer("x", 3), hand.dense("fc1", 2), hand.dense("fc2", 2)
    cycle = hand.functional([x, fc1, fc2], {"fc1": ["fc2"], "fc2": ["fc1"]}, ["fc2"])
    assert message(tmp_path, cycle) == "fc1 (QDense): depends on its own output; cycles are not supported"
    dead = hand.functional([x, fc1, fc2], {"fc1": ["x"], "fc2": ["x"]}, ["fc2"])
    assert message(tmp_path, dead) == "fc1 (QDense): does not lead to an output; remove it from the model"
    shared = hand.functional([x, fc1], {"fc1": ["x"]}, ["fc1"])
    shared["config"]["layers"][1]["inbound_nodes"] *= 2
    assert message(tmp_path, shared) == "fc1#2 (QDense): does not lead to an output; remove it from the model"
    later = hand.functional([x, fc1], {"fc1": ["x"]}, ["fc1"])
    later["config"]["output_layers"] = [["fc1", 1, 0]]
    assert message(tmp_path, later) == "m.json: reads call 1 of 'fc1', which does not exist"
    second = hand.functional([x, fc1], {"fc1": ["x"]}, ["fc1"])
    second["config"]["output_layers"] = [["fc1", 0, 1]]
    assert message(tmp_path, second) == "m.json: reads output 1 of 'fc1', which has 1; the file is damaged"
    unknown = hand.functional([x, fc1], {"fc1": ["y"]}, ["fc1"])
    assert message(tmp_path, unknown) == "fc1 (QDense): reads 'y', which is not a layer of the model"
    twice = hand.sequential(fc1, fc1)
    assert message(tmp_path, twice) == "fc1 (QDense): another layer has the same name; the model file is damaged"
    trained = hand.functional([x, fc1], {"fc1": ["x"]}, ["fc1"])
    trained["config"]["layers"][1]["inbound_nodes"][0][0][3] = {"training": True}
    assert message(tmp_path, trained) == "fc1 (QDense): is called with training, which is not supported"
    free = hand.sequential(fc1, shape=(None, None))
    assert (
        message(tmp_path, free)
        == "x (InputLayer): shape (None, None) is not fixed; give every size except the batch size"
    )
    huge = hand.sequential(fc1, shape=(None, 1 << 40))
    assert message(tmp_path, huge) == "x (InputLayer): shape (1099511627776,) has more than 1048576 elements"
    boolean = hand.sequential(hand.dense("fc1", True))
    assert message(tmp_path, boolean) == "fc1 (QDense): units True is not a positive integer; the model file is damaged"
