"""A plain Keras 2 network with every kind of layer, as JSON and HDF5 without Keras, and its hls4ml configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.frontend.handmade import Json, functional, weights, write

RNG = np.random.default_rng(5)
INPUT = "fixed<7,3,RND,SAT>"


def layer(class_name: str, name: str, **config: Any) -> Json:
    return {"class_name": class_name, "config": {"name": name, "data_format": "channels_last", **config}}


def image(name: str, *shape: int) -> Json:
    return {
        "class_name": "InputLayer",
        "config": {"batch_input_shape": [None, *shape], "name": name, "dtype": "float32"},
    }


def convolution(name: str, filters: int, size: int, padding: str, activation: str = "linear") -> Json:
    shape: dict[str, Any] = {"filters": filters, "kernel_size": [size, size], "strides": [1, 1], "padding": padding}
    return layer("Conv2D", name, **shape, activation=activation, use_bias=True)


def pool(class_name: str, name: str) -> Json:
    return layer(class_name, name, pool_size=[2, 2], strides=[2, 2], padding="valid")


def normalization(name: str) -> Json:
    return layer("BatchNormalization", name, epsilon=0.001, scale=True, center=True, axis=[3])


LAYERS = [
    image("x", 6, 6, 2),
    convolution("conv", 4, 3, "same", "relu"),
    pool("MaxPooling2D", "top"),
    layer("AveragePooling2D", "mean", pool_size=[3, 3], strides=[2, 2], padding="same"),
    layer("Concatenate", "both", axis=-1),
    normalization("bn"),
    layer("Flatten", "flat"),
    layer("Dense", "fc1", units=6, activation="linear", use_bias=True),
    layer("LeakyReLU", "leaky", alpha=0.25),
    layer("Dense", "fc2", units=6, activation="relu", use_bias=True),
    layer("Add", "sum"),
    layer("Dense", "fc3", units=3, activation="linear", use_bias=True),
]
INBOUND = {
    "conv": ["x"],
    "top": ["conv"],
    "mean": ["x"],
    "both": ["top", "mean"],
    "bn": ["both"],
    "flat": ["bn"],
    "fc1": ["flat"],
    "leaky": ["fc1"],
    "fc2": ["leaky"],
    "sum": ["leaky", "fc2"],
    "fc3": ["sum"],
}
WEIGHTS: dict[str, Any] = {
    "conv__kernel": RNG.normal(0, 0.5, (3, 3, 2, 4)),
    "conv__bias": RNG.normal(0, 1, 4),
    "bn__gamma": RNG.normal(1, 0.2, 6),
    "bn__beta": RNG.normal(0, 0.5, 6),
    "bn__moving_mean": RNG.normal(0, 0.5, 6),
    "bn__moving_variance": RNG.uniform(0.3, 2, 6),
    "fc1__kernel": RNG.normal(0, 0.3, (54, 6)),
    "fc1__bias": RNG.normal(0, 1, 6),
    "fc2__kernel": RNG.normal(0, 0.5, (6, 6)),
    "fc2__bias": RNG.normal(0, 1, 6),
    "fc3__kernel": RNG.normal(0, 0.5, (6, 3)),
    "fc3__bias": RNG.normal(0, 1, 3),
}


def typed(result: str, **more: str) -> Json:
    return {"Precision": {"result": result, "accum": "auto", **more}}


# Every mode somewhere, accumulators that wrap or cut products, results that drop bits.
NAMES: dict[str, Json] = {
    "x": {"Precision": {"result": INPUT}},
    "conv": typed("fixed<9,4,RND_CONV,SAT>", weight="fixed<6,2>", bias="fixed<7,3,RND,SAT>", accum="fixed<20,5>"),
    "conv_relu": typed("ufixed<6,2,RND_ZERO,SAT>"),
    "top": typed("auto"),
    "mean": typed("fixed<8,3,TRN_ZERO,SAT_SYM>"),
    "both": typed("auto"),
    "bn": typed("fixed<8,4,RND_INF,WRAP>", scale="fixed<7,3>", bias="fixed<8,4>"),
    "flat": typed("auto"),
    "fc1": typed("fixed<8,4,RND_MIN_INF,SAT>", weight="fixed<5,1,RND,SAT>", bias="fixed<6,3>", accum="fixed<14,6>"),
    "fc1_linear": typed("fixed<10,5>"),
    "leaky": typed("fixed<7,3,RND,SAT>", param="fixed<16,6>"),
    "fc2": typed("fixed<9,5>", weight="fixed<6,2,RND_CONV,SAT>", bias="fixed<7,3>", accum="fixed<9,5>"),
    "fc2_relu": typed("fixed<6,3,RND_CONV,SAT_SYM>"),
    "sum": typed("fixed<6,3,TRN,SAT>"),
    "fc3": typed("auto", weight="fixed<6,2>", bias="fixed<7,3>"),
    "fc3_linear": typed("fixed<12,5,RND>"),
}


def save(folder: Path) -> tuple[Path, Path]:
    """The network's JSON and weights."""
    return write(folder, functional(LAYERS, INBOUND, ["fc3"]), weights(**WEIGHTS))


def events(count: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Images with ties, corners and values outside the input's type."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-140, 140, (count, 6, 6, 2)) / 32
    values[:: max(count // 20, 1)] *= 4
    return values.astype(np.float32)
