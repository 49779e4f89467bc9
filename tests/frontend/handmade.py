"""A small model file written without Keras, easy to corrupt."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Json = dict[str, Any]


def quantizer(name: str = "quantized_bits", **config: Any) -> Json:
    return {"class_name": name, "config": config}


def dense(name: str, units: int, **more: Any) -> Json:
    config = {"name": name, "units": units, "activation": "linear", "use_bias": True}
    config |= {role: quantizer(bits=4, integer=0, alpha=1) for role in ("kernel_quantizer", "bias_quantizer")}
    return {"class_name": "QDense", "config": config | more}


def sequential(*layers: Json, shape: Any = (None, 3)) -> Json:
    source = {"class_name": "InputLayer", "config": {"batch_input_shape": list(shape), "name": "x"}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [source, *layers]}}


def functional(layers: list[Json], inbound: dict[str, list[str]], outputs: list[str]) -> Json:
    """A Keras 2 functional model; layers that ``inbound`` does not name read nothing."""
    placed = []
    for layer in layers:
        name = layer["config"]["name"]
        nodes = [[[source, 0, 0, {}] for source in inbound[name]]] if name in inbound else []
        placed.append({**layer, "name": name, "inbound_nodes": nodes})
    inputs = [[item["name"], 0, 0] for item in placed if item["class_name"] == "InputLayer"]
    config = {"layers": placed, "input_layers": inputs, "output_layers": [[name, 0, 0] for name in outputs]}
    return {"class_name": "Functional", "config": config}


def input_layer(name: str, *shape: Any) -> Json:
    return {"class_name": "InputLayer", "config": {"batch_shape": [None, *shape], "name": name}}


def weights(**arrays: Any) -> bytes:
    """A Keras 2 weights file; ``fc1__kernel`` names the array ``fc1/kernel:0`` of layer ``fc1``."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for key, value in arrays.items():
            layer, short = key.split("__")
            file.create_dataset(f"{layer}/{layer}/{short}:0", data=np.asarray(value, np.float32))
    return stream.getvalue()


def good_weights() -> bytes:
    return weights(fc1__kernel=np.arange(6).reshape(3, 2) / 8, fc1__bias=[0.5, -0.5])


def write(folder: Path, config: Any, stored: bytes | None = None) -> tuple[Path, Path]:
    """``m.json`` and ``w.h5``."""
    (folder / "m.json").write_text(config if isinstance(config, str) else json.dumps(config))
    (folder / "w.h5").write_bytes(good_weights() if stored is None else stored)
    return folder / "m.json", folder / "w.h5"


def keras_file(config: Json, stored: bytes) -> bytes:
    """A ``.keras`` archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", stored)
    return stream.getvalue()
