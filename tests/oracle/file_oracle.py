"""The outputs of a Keras, QKeras or HGQ2 file by the definitions of these frameworks; nothing here is bxnn's.

A network is read from its configuration and its HDF5 weights and evaluated layer by layer in float64, in which every
number of these small networks is exact.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
Array = NDArray[np.float64]

_CALL = re.compile(r"(\w+)\((.*)\)")
_HGQ_ORDER = {  # of a quantizer's variables in the file
    ("kbi", True): ("b", "k", "i"),
    ("kif", True): ("f", "k", "i"),
    ("kbi", False): ("b", "i", "k"),
    ("kif", False): ("i", "f", "k"),
}
_ROUNDINGS: Mapping[str, Callable[[Array], Array]] = {
    "RND": lambda x: np.floor(x + 0.5),
    "RND_CONV": np.rint,
    "TRN": np.floor,
}


@dataclass(frozen=True)
class Stored:
    """A model's configuration and its weights by their paths in the file."""

    layers: tuple[Json, ...]
    arrays: Mapping[str, Array]


def stored(model: Path, weights: Path | None = None) -> Stored:
    """Read a ``.json`` with its ``.h5``, or a ``.keras``."""
    if weights is not None:
        config, data = json.loads(model.read_text(encoding="utf-8")), weights.read_bytes()
    else:
        with zipfile.ZipFile(model) as archive:
            config, data = json.loads(archive.read("config.json")), archive.read("model.weights.h5")
    arrays: dict[str, Array] = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.asarray(item[()], np.float64)

    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(keep)
    return Stored(tuple(config["config"]["layers"]), arrays)


def answers(network: Stored, events: Array, input_format: tuple[int, int] | None = None) -> Array:
    """Outputs of a Sequential model.

    Args:
        network: The model.
        events: Real values, shape (events, *input shape).
        input_format: Bits and integer bits, the sign among them, to which inputs are rounded (to even) and saturated.
    """
    values = events if input_format is None else _fixed(events, input_format)
    seen: dict[str, int] = {}
    for layer in network.layers:
        kind, config = layer["class_name"], layer["config"]
        number = seen.get(kind, 0)
        seen[kind] = number + 1
        if layer.get("registered_name", "").startswith("hgq>"):
            values = _hgq(network, kind, number, config, values)
        elif kind != "InputLayer":
            values = _qkeras(network, kind, config, values)
    return values


def _fixed(values: Array, bits: tuple[int, int]) -> Array:
    lsb = 2.0 ** (bits[1] - bits[0])
    high = 2 ** (bits[0] - 1)
    return np.clip(np.rint(values / lsb), -high, high - 1) * lsb


def _qkeras(network: Stored, kind: str, config: Json, values: Array) -> Array:
    if kind in ("QDense", "QConv2D", "QConv1D"):
        kernel = quantized(config["kernel_quantizer"], _weights(network, config, "kernel"))
        found = values @ kernel if kind == "QDense" else _convolved(values, kernel, config)
        if config.get("use_bias", True):
            found = found + quantized(config["bias_quantizer"], _weights(network, config, "bias"))
        return quantized(config.get("activation", "linear"), found)
    if kind in ("QActivation", "Activation"):
        return quantized(config["activation"], values)
    if kind == "ReLU":
        return np.maximum(values, 0)
    if kind == "Flatten":
        return values.reshape(len(values), -1)
    if kind in ("MaxPooling1D", "MaxPooling2D"):
        size = tuple(config["pool_size"])
        taps = _windows(values, size, tuple(config["strides"]), config["padding"], -np.inf)
        return np.asarray(taps.max(axis=-2))
    raise AssertionError(kind)


def _weights(network: Stored, config: Json, role: str) -> Array:
    (found,) = (array for name, array in network.arrays.items() if name.endswith(f"{config['name']}/{role}:0"))
    return found


def quantized(quantizer: Any, values: Array) -> Array:
    """A QKeras quantizer, as text or as an object, with ``alpha=1``."""
    if isinstance(quantizer, dict):
        name, given, named = quantizer["class_name"], [], dict(quantizer["config"])
    elif quantizer in (None, "linear"):
        return values
    elif quantizer == "relu":
        return np.maximum(values, 0)
    else:
        match = _CALL.fullmatch(quantizer)
        assert match is not None, quantizer
        words = [word.strip() for word in match[2].split(",") if word.strip()]
        name, given = match[1], [float(word) for word in words if "=" not in word]
        named = {key: float(value) for key, value in (word.split("=") for word in words if "=" in word)}
    order = ("bits", "integer", "symmetric", "keep_negative") if name == "quantized_bits" else ("bits", "integer")
    named |= dict(zip(order, given, strict=False))
    bits, integer = int(named.get("bits", 8)), int(named.get("integer", 0))
    if name == "quantized_relu":
        slope = float(named.get("negative_slope", 0))
        step = 2.0 ** (integer - bits)
        if slope == 0:
            return np.asarray(np.clip(np.rint(values / step), 0, 2**bits - 1) * step)
        raise AssertionError(quantizer)
    if name == "quantized_bits":
        signed = bool(named.get("keep_negative", True))
        own, step = bits - signed, 2.0 ** (integer - bits + signed)
        low = -(2**own) + bool(named.get("symmetric", 0)) if signed else 0
        return np.asarray(np.clip(np.rint(values / step), low, 2**own - 1) * step)
    raise AssertionError(name)


def _windows(values: Array, size: Sequence[int], strides: Sequence[int], padding: str, border: float) -> Array:
    """Shape (events, *positions, taps, channels), taps in the order of the kernel."""
    rank, image = len(size), values.shape[1:-1]
    if padding == "same":
        counts = [math.ceil(pixels / step) for pixels, step in zip(image, strides, strict=True)]
        missing = [
            max((count - 1) * step + taps - pixels, 0)
            for count, step, taps, pixels in zip(counts, strides, size, image, strict=True)
        ]
        sides = [(0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)]
        values = np.pad(values, sides, constant_values=border)
    else:
        counts = [(pixels - taps) // step + 1 for pixels, taps, step in zip(image, size, strides, strict=True)]
    taps = []
    for offset in itertools.product(*map(range, size)):
        places = tuple(
            slice(start, start + (count - 1) * step + 1, step)
            for start, count, step in zip(offset, counts, strides, strict=True)
        )
        taps.append(values[(slice(None), *places)])
    return np.stack(taps, axis=1 + rank)


def _convolved(values: Array, kernel: Array, config: Json) -> Array:
    size = kernel.shape[:-2]
    found = _windows(values, size, tuple(config.get("strides", (1,) * len(size))), config.get("padding", "valid"), 0.0)
    flat = found.reshape(*found.shape[:-2], -1)
    return flat @ kernel.reshape(-1, kernel.shape[-1])


def _hgq(network: Stored, kind: str, number: int, config: Json, values: Array) -> Array:
    names = {"QDense": "q_dense", "QConv2D": "q_conv2d", "QConv1D": "q_conv1d"}
    group = f"layers/{names[kind]}{f'_{number}' if number else ''}"
    kernel, bias = network.arrays[f"{group}/vars/0"], network.arrays[f"{group}/vars/1"]

    def with_quantizer(role: str, array: Array) -> Array:
        return _hgq_quantized(network, f"{group}/{role}/quantizer/vars", config[f"{role}_conf"]["config"], array)

    read, own = with_quantizer("iq", values), with_quantizer("kq", kernel)
    found = read @ own if kind == "QDense" else _convolved(read, own, config)
    found = found + with_quantizer("bq", bias)
    found = np.maximum(found, 0) if config["activation"] == "relu" else found
    return with_quantizer("oq", found) if config["enable_oq"] else found


def _hgq_quantized(network: Stored, place: str, conf: Json, values: Array) -> Array:
    wraps = conf["overflow_mode"].upper() == "WRAP"
    order = _HGQ_ORDER[conf["q_type"], wraps]
    own = {name: np.rint(network.arrays[f"{place}/{index}"]) for index, name in enumerate(order)}
    k, i = own["k"], own["i"]
    f = own["f"] if "f" in own else own["b"] - i
    code = _ROUNDINGS[conf["round_mode"].upper()](values * 2.0**f)
    high = 2.0 ** (i + f) - 1
    low = -k * (high + 1)
    if wraps:
        code = np.mod(code - low, high - low + 1) + low
    else:
        code = np.clip(code, -k * high if conf["overflow_mode"].upper() == "SAT_SYM" else low, high)
    return np.where(k + i + f <= 0, 0.0, code * 2.0**-f)
