"""A model file or a configuration cannot tie up the compiler."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend import load_model
from tests.frontend import handmade as hand
from tests.processor_time import at_most

SECONDS = 2.0  # of processor time


def test_adds_in_reverse_order(tmp_path: Path) -> None:
    count = 1200
    quantizer = {"class_name": "QActivation", "config": {"name": "q", "activation": "quantized_bits(8,3,alpha=1)"}}
    adds = [{"class_name": "Add", "config": {"name": f"a{number}"}} for number in range(count)]
    reads = {"q": ["x"], "a0": ["q", "q"]} | {f"a{number}": [f"a{number - 1}", "q"] for number in range(1, count)}
    model = hand.functional([hand.input_layer("x", 3), quantizer, *reversed(adds)], reads, [f"a{count - 1}"])
    with at_most(SECONDS):
        graph = load_model(*hand.write(tmp_path, model, hand.weights()))
    assert [layer.name for layer in graph.layers] == ["x", "q", *(f"a{number}" for number in range(count))]


def test_pool_as_large_as_its_image(tmp_path: Path) -> None:
    config: dict[str, Any] = {"name": "p", "pool_size": [1024, 1024], "strides": [1, 1], "padding": "same"}
    image = {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, 1024, 1024, 1]}}
    model = hand.functional([image, {"class_name": "MaxPooling2D", "config": config}], {"p": ["x"]}, ["p"])
    with at_most(SECONDS), pytest.raises(ModelError) as error:
        load_model(*hand.write(tmp_path, model, hand.weights()))
    assert str(error.value) == (
        "p (MaxPooling2D): a window of 1024x1024 reads 1099511627776 pixels of its image in all its positions; "
        "the limit is 16777216"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"[" * (15 << 20), "its model description contains more than 1000000 values"),
        (b"[" + b"[]," * 2_000_000 + b"[]]", "its model description contains more than 1000000 values"),
        (b" " * (60 << 20), "its model description is larger than 16 MiB"),
    ],
    ids=["nested", "flat", "large"],
)
def test_brackets(tmp_path: Path, text: bytes, problem: str) -> None:
    model, weights = hand.write(tmp_path, hand.sequential(hand.dense("fc1", 2)))
    model.write_bytes(text)
    with at_most(SECONDS), pytest.raises(ModelError) as error:
        load_model(model, weights)
    assert str(error.value) == f"{model.name}: {problem}"


def test_a_fifo_as_configuration_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "design.yaml"
    os.mkfifo(path)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    assert str(error.value) == f"{path}: cannot be read: it is not a regular file"


def test_a_large_image_is_no_fault(tmp_path: Path) -> None:
    """Networks that stream pixel by pixel may be large: only the table of taps and the multiplications are limited."""
    config: dict[str, Any] = {"name": "c", "filters": 1, "kernel_size": [3, 3], "padding": "same", "use_bias": False}
    config |= {"kernel_quantizer": hand.quantizer(bits=4, integer=0, alpha=1), "activation": "linear"}
    model = hand.sequential({"class_name": "QConv2D", "config": config}, shape=(None, 1024, 1024, 1))
    stored = hand.weights(c__kernel=np.ones((3, 3, 1, 1)) / 4)
    graph = load_model(*hand.write(tmp_path, model, stored))
    assert [layer.name for layer in graph.layers] == ["x", "c", "c_activation"]


def test_multiplications(tmp_path: Path) -> None:
    """Weights shared by many positions cause a lot of work from a small file."""
    config: dict[str, Any] = {"filters": 256, "kernel_size": [9, 9], "padding": "same", "use_bias": False}
    config |= {"kernel_quantizer": hand.quantizer(bits=4, integer=0, alpha=1), "activation": "linear"}
    layers = [{"class_name": "QConv2D", "config": {"name": f"c{number}", **config}} for number in range(2)]
    model = hand.sequential(*layers, shape=(None, 32, 32, 256))
    kernel = np.zeros((9, 9, 256, 256), np.float32)
    stored = hand.weights(c0__kernel=kernel, c1__kernel=kernel)
    with at_most(SECONDS), pytest.raises(ModelError) as error:
        load_model(*hand.write(tmp_path, model, stored))
    assert str(error.value) == (
        "c0 (QConv2D): brings the network to 5435817984 multiplications per event; the limit is 4294967296"
    )
