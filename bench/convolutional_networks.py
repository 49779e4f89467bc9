"""Write the seeded convolutional networks of the benchmark as QKeras JSON and weights .h5, without Keras."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bench.big_network import INPUT_NAME, KERAS_VERSION, NetworkFiles

Json = dict[str, Any]
Shape = tuple[int, ...]


def conv(filters: int, size: int, stride: int = 1) -> Json:
    """A convolution with 6-bit weights, followed by quantized_relu(6)."""
    return {"kind": "QConv2D", "filters": filters, "kernel_size": [size, size], "strides": [stride, stride]}


def pool(size: int) -> Json:
    """A max pool."""
    return {"kind": "MaxPooling2D", "pool_size": [size, size]}


def dense(units: int, activation: str | None = "quantized_relu(6,2)") -> Json:
    """A Dense layer with 6-bit weights; the last one outputs its sums."""
    return {"kind": "QDense", "units": units, "activation": activation}


# 18x14 trigger towers: the shape of an anomaly trigger, 5,056 MACs.
CALORIMETER: tuple[Shape, Sequence[Json]] = ((18, 14, 1), [conv(4, 2, 2), dense(16), dense(1, None)])
# The SVHN network of arXiv:2101.05108 (hls4ml's CNN paper), 841k MACs.
SVHN: tuple[Shape, Sequence[Json]] = (
    (32, 32, 3),
    [conv(16, 3), pool(2), conv(16, 3), pool(2), conv(24, 3), pool(2), dense(42), dense(64), dense(10, None)],
)


def write(folder: Path, name: str, network: tuple[Shape, Sequence[Json]], seed: int) -> NetworkFiles:
    """Write a network with random weights: quantized_bits(6,0,alpha=1), quantized_relu(6,2).

    Kernels are normal with standard deviation sqrt(2 / inputs), biases with 1/16; both are floats on disk, like trained
    ones.

    Args:
        folder: Where ``<name>.json`` and ``<name>_weights.h5`` go; created if missing.
        name: Name of the model.
        network: Shape of the input, and the layers.
        seed: Seed of the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = NetworkFiles(folder / f"{name}.json", folder / f"{name}_weights.h5")
    shape, plan = network
    layers: list[Json] = [
        _layer("InputLayer", INPUT_NAME, batch_input_shape=[None, *shape], sparse=False, ragged=False)
    ]
    kernels: dict[str, Shape] = {}
    for number, step in enumerate(plan, start=1):
        settings = {key: value for key, value in step.items() if key != "kind"}
        layer_name = f"{step['kind'].lower().removeprefix('q')}{number}"
        if step["kind"] == "QDense" and len(shape) > 1:
            layers.append(_layer("Flatten", "flatten", data_format="channels_last"))
            shape = (int(np.prod(shape)),)
        if step["kind"] == "QDense":
            kernels[layer_name], shape = (shape[0], step["units"]), (step["units"],)
            layers.append(_layer("QDense", layer_name, **settings, **_quantizers()))
        else:
            window, stride = (step["kernel_size"], step["strides"]) if "filters" in step else (step["pool_size"],) * 2
            image = tuple((size - taps) // by + 1 for size, taps, by in zip(shape[:2], window, stride, strict=True))
            if "filters" in step:
                kernels[layer_name] = (*window, shape[2], step["filters"])
                settings |= {"padding": "valid", "activation": "quantized_relu(6,2)", **_quantizers()}
            shape = (*image, step.get("filters", shape[2]))
            layers.append(_layer(step["kind"], layer_name, **settings))
    _write_files(files, name, layers, kernels, seed)
    return files


def _layer(class_name: str, name: str, **config: object) -> Json:
    return {"class_name": class_name, "config": {"name": name, "dtype": "float32", **config}}


def _quantizers() -> Json:
    quantizer = "quantized_bits(6,0,alpha=1)"
    return {"use_bias": True, "kernel_quantizer": quantizer, "bias_quantizer": quantizer}


def _write_files(files: NetworkFiles, name: str, layers: list[Json], kernels: dict[str, Shape], seed: int) -> None:
    config = {"name": name, "layers": layers}
    model = {"class_name": "Sequential", "config": config, "keras_version": KERAS_VERSION, "backend": "tensorflow"}
    files.architecture.write_text(json.dumps(model))
    random = np.random.default_rng(seed)
    with h5py.File(files.weights, "w") as file:
        names = [layer["config"]["name"] for layer in layers[1:]]
        file.attrs["layer_names"] = [layer.encode() for layer in names]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", KERAS_VERSION.encode()
        for layer in names:
            group = file.create_group(layer)
            arrays = [f"{layer}/kernel:0", f"{layer}/bias:0"] if layer in kernels else []
            group.attrs["weight_names"] = np.array([array.encode() for array in arrays] or [], dtype="S64")
            if layer in kernels:
                shape = kernels[layer]
                kernel = random.normal(0.0, np.sqrt(2.0 / np.prod(shape[:-1])), shape)
                bias = random.normal(0.0, 1.0 / 16.0, shape[-1])
                group.create_dataset(arrays[0], data=np.clip(kernel, -1, 1).astype(np.float32))
                group.create_dataset(arrays[1], data=np.clip(bias, -1, 1).astype(np.float32))
