"""Write a large seeded QKeras network as architecture JSON and weights .h5, without Keras."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

WIDTHS = (16, 200, 200, 200, 200, 200, 5)
BITS = 6
INPUT_NAME = "input_1"
KERAS_VERSION = "2.4.0"


class NetworkFiles(NamedTuple):
    """The two files of a network."""

    architecture: Path
    weights: Path


def _quantized_bits() -> dict[str, Any]:
    config: dict[str, Any] = {"bits": BITS, "integer": 0, "symmetric": 0, "alpha": 1, "keep_negative": True}
    config |= {"use_stochastic_rounding": False, "qnoise_factor": 1.0}
    return {"class_name": "quantized_bits", "config": config}


def _quantized_relu() -> dict[str, Any]:
    config: dict[str, Any] = {
        "bits": BITS,
        "integer": 0,
        "use_sigmoid": 0,
        "negative_slope": 0.0,
        "relu_upper_bound": None,
    }
    config |= {"use_stochastic_rounding": False, "qnoise_factor": 1.0}
    return {"class_name": "quantized_relu", "config": config, "__passive_serialization__": True}


def _dense(name: str, units: int) -> dict[str, Any]:
    config = {"name": name, "trainable": True, "dtype": "float32", "units": units, "activation": "linear"}
    config |= {"use_bias": True, "kernel_quantizer": _quantized_bits(), "bias_quantizer": _quantized_bits()}
    config |= {"kernel_range": None, "bias_range": None}
    return {"class_name": "QDense", "config": config}


def _relu(name: str) -> dict[str, Any]:
    config = {"name": name, "trainable": True, "dtype": "float32", "activation": _quantized_relu()}
    return {"class_name": "QActivation", "config": config}


def _architecture(widths: Sequence[int]) -> dict[str, Any]:
    shape = {"batch_input_shape": [None, widths[0]], "dtype": "float32", "sparse": False, "ragged": False}
    layers: list[dict[str, Any]] = [{"class_name": "InputLayer", "config": shape | {"name": INPUT_NAME}}]
    for index, units in enumerate(widths[1:], start=1):
        layers.append(_dense(f"fc{index}", units))
        if index < len(widths) - 1:
            layers.append(_relu(f"relu{index}"))
    config = {"name": "big_network", "layers": layers}
    return {
        "class_name": "Sequential",
        "config": config,
        "keras_version": KERAS_VERSION,
        "backend": "tensorflow",
    }


def write(folder: Path, seed: int, widths: Sequence[int] = WIDTHS) -> NetworkFiles:
    """Write a network, 16-200-200-200-200-200-5 by default: quantized_bits(6,0,alpha=1), quantized_relu(6).

    Kernels are normal with standard deviation sqrt(2 / inputs), biases with 1/16. Both are float on disk and
    clipped to [-1, 1]; the reader quantises them, as with a trained model.

    Args:
        folder: Where ``big_network.json`` and ``big_network_weights.h5`` go; made if missing.
        seed: Seed of the weights.
        widths: Numbers of inputs, of units of the hidden layers and of outputs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = NetworkFiles(folder / "big_network.json", folder / "big_network_weights.h5")
    architecture = _architecture(widths)
    files.architecture.write_text(json.dumps(architecture))
    names = [layer["config"]["name"] for layer in architecture["config"]["layers"][1:]]
    random = np.random.default_rng(seed)
    with h5py.File(files.weights, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in names]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", KERAS_VERSION.encode()
        for name in names:
            file.create_group(name).attrs["weight_names"] = np.array([], dtype="S1")
        for index, (inputs, units) in enumerate(pairwise(widths), start=1):
            name = f"fc{index}"
            file[name].attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            kernel = random.normal(0.0, np.sqrt(2.0 / inputs), (inputs, units))
            bias = random.normal(0.0, 1.0 / 16.0, units)
            file[name].create_dataset(f"{name}/kernel:0", data=np.clip(kernel, -1, 1).astype(np.float32))
            file[name].create_dataset(f"{name}/bias:0", data=np.clip(bias, -1, 1).astype(np.float32))
    return files
