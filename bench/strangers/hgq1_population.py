"""The HGQ1 part of the population: proxy models as .h5 of Keras 2, compared with their definition in float64.

Every number is a short binary fraction, so float64 is exact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bench.strangers.outcome import Array, Outcome, outcome

EVENTS = 100
Json = dict[str, Any]
_ROUNDINGS: Mapping[str, Callable[[Array], Array]] = {
    "RND": lambda x: np.floor(x + 0.5),
    "RND_CONV": np.rint,
    "RND_ZERO": lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
    "TRN": np.floor,
    "TRN_ZERO": np.trunc,
}
_POOLS: Mapping[str, Callable[..., Array]] = {"Max": np.max, "Average": np.mean}


@dataclass(frozen=True)
class Step:
    """One layer of a chain: what the file says, its arrays, and what it computes."""

    kind: str
    config: Json
    compute: Callable[[Array], Array]
    arrays: Mapping[str, Array] = field(default_factory=dict)


def _grid(draw: np.random.Generator, *shape: int) -> Array:
    """Drawn weights, multiples of 1/16."""
    return draw.integers(-15, 16, shape) / 16


def _fixed(
    draw: np.random.Generator, *shape: int, rounding: str = "RND", overflow: str = "SAT", empty: bool = False
) -> Step:
    """A quantizer with formats of this shape, without the batch axis; ``empty``: some elements have no bits."""
    keep, bits = draw.integers(0, 2, shape), draw.integers(3, 8, shape)
    bits = np.where(draw.random(shape) < 0.3, 0, bits) if empty else bits
    integers = draw.integers(-1, 4, shape)

    def compute(x: Array) -> Array:
        code = _ROUNDINGS[rounding](x * 2.0 ** (bits - integers))
        high = 2.0 ** (bits - keep) - 1
        low = -keep * (high + 1)
        if overflow == "WRAP":
            code = np.mod(code - low, 2.0**bits) + low
        else:
            code = np.clip(code, -keep * high if overflow == "SAT_SYM" else low, high)
        return np.where(bits > 0, code * 2.0 ** (integers - bits), 0.0)

    config = {"RND": rounding, "SAT": overflow, "shape": [1, *shape], "overrides": {"layers": {}}, "fusible": True}
    columns = {"keep_negative": keep, "bits": bits, "integers": integers}
    arrays = {name: column[np.newaxis].astype(np.int8) for name, column in columns.items()}
    return Step("HGQ>FixedPointQuantizer", config, compute, arrays)


def _dense(draw: np.random.Generator, inputs: int, units: int, activation: str = "linear") -> Step:
    kernel, bias = _grid(draw, inputs, units), _grid(draw, units)
    config = {"units": units, "activation": activation, "use_bias": True}
    arrays = {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
    return Step("Dense", config, lambda x: _activated(activation, x @ kernel + bias), arrays)


def _conv(draw: np.random.Generator, window: tuple[int, ...], channels: int, filters: int, padding: str) -> Step:
    """A convolution with stride 1 along one axis or two, and a ReLU."""
    kernel = _grid(draw, *window, channels, filters)
    axes = tuple(range(1, len(window) + 1))

    def compute(x: Array) -> Array:
        border = [((w - 1) // 2, w // 2) if padding == "same" else (0, 0) for w in window]
        found = sliding_window_view(np.pad(x, [(0, 0), *border, (0, 0)]), window, axes)
        letters = "hw"[: len(window)]
        return np.asarray(np.maximum(np.einsum(f"n...c{letters},{letters}co->n...o", found, kernel), 0))

    rank = len(window)
    config = {"filters": filters, "kernel_size": list(window), "strides": [1] * rank, "padding": padding}
    config |= {"activation": "relu", "use_bias": False, "dilation_rate": [1] * rank, "groups": 1}
    return Step(f"Conv{rank}D", config, compute, {"kernel": kernel.astype(np.float32)})


def _pool(kind: str, size: int) -> Step:
    def compute(x: Array) -> Array:
        found = sliding_window_view(x, (size, size), (1, 2))[:, ::size, ::size]
        return np.asarray(_POOLS[kind](found, axis=(-1, -2)))

    config = {"pool_size": [size, size], "strides": [size, size], "padding": "valid"}
    return Step(f"{kind}Pooling2D", config, compute)


def _table(draw: np.random.Generator, bits: tuple[int, int, int]) -> Step:
    """A table by the code of its input, with the sign, bits before and bits after the point."""
    values = draw.integers(-20, 21, 1 << sum(bits)) / 8

    def compute(x: Array) -> Array:
        return np.asarray(values[np.mod(np.rint(x * 2.0 ** bits[2]), len(values)).astype(int)])

    config = {"kif_in": list(bits), "kif_out": [1, 3, 3]}
    return Step("HGQ>UnaryLUT", config, compute, {"table": values.astype(np.float32)})


def _activated(name: str, x: Array) -> Array:
    return np.maximum(x, 0) if name == "relu" else x


def _relu() -> Step:
    return Step("Activation", {"activation": "relu"}, lambda x: np.maximum(x, 0))


def _moved(kind: str, *shape: int) -> Step:
    config = {"target_shape": list(shape)} if kind == "Reshape" else {}
    return Step(kind, config, lambda x: x.reshape(len(x), *(shape or (-1,))))


def _cases(draw: np.random.Generator) -> Iterator[tuple[str, tuple[int, ...], list[Step]]]:
    """Names, shapes of the input, and layers."""
    for rounding in _ROUNDINGS:
        for overflow in ("WRAP", "SAT", "SAT_SYM"):
            first = _fixed(draw, 6, rounding=rounding, overflow=overflow)
            last = _fixed(draw, 4, rounding=rounding, overflow=overflow)
            yield f"{rounding}, {overflow}", (6,), [first, _dense(draw, 6, 4), last, _dense(draw, 4, 3)]
    yield "elements of no bits", (6,), [_fixed(draw, 6, empty=True), _dense(draw, 6, 4)]
    yield "one format", (6,), [_fixed(draw, 1), _dense(draw, 6, 4, "relu"), _fixed(draw, 1), _dense(draw, 4, 2)]
    yield "Activation", (5,), [_fixed(draw, 5), _dense(draw, 5, 4), _relu(), _fixed(draw, 4), _dense(draw, 4, 2)]
    yield "quantizer last", (5,), [_fixed(draw, 5), _dense(draw, 5, 4), _fixed(draw, 4, overflow="WRAP")]
    yield "rows", (3, 4), [_fixed(draw, 3, 4), _dense(draw, 4, 2, "relu"), _fixed(draw, 1, 2), _moved("Flatten")]
    yield "Reshape", (12,), [_fixed(draw, 12), _moved("Reshape", 3, 4), _dense(draw, 4, 2)]
    yield "table", (4,), [_fixed(draw, 4), _dense(draw, 4, 3), _table(draw, (1, 3, 4)), _dense(draw, 3, 2)]
    for padding in ("valid", "same"):
        image = [_fixed(draw, 1, 1, 2), _conv(draw, (3, 3), 2, 3, padding), _fixed(draw, 1, 1, 3)]
        yield f"Conv2D, {padding}", (6, 6, 2), [*image, _moved("Flatten")]
        row = [_fixed(draw, 7, 2), _conv(draw, (3,), 2, 3, padding), _fixed(draw, 1, 3)]
        yield f"Conv1D, {padding}", (7, 2), [*row, _moved("Flatten")]
    for kind in _POOLS:
        image = [_fixed(draw, 6, 6, 2), _conv(draw, (3, 3), 2, 3, "same"), _fixed(draw, 6, 6, 3), _pool(kind, 2)]
        yield f"{kind}Pooling2D", (6, 6, 2), [*image, _moved("Flatten")]
    yield "Dropout", (4,), [_fixed(draw, 4), Step("Dropout", {"rate": 0.2}, lambda x: x), _dense(draw, 4, 2)]
    yield "training model", (4,), [Step("HGQ>HQuantize", {}, lambda x: x), Step("HGQ>HDense", {}, lambda x: x)]
    yield "no quantizer", (4,), [_dense(draw, 4, 2)]
    yield "table of 17 bits", (4,), [_fixed(draw, 4), Step("HGQ>UnaryLUT", _WIDE, lambda x: x, _FEW)]
    yield "mode UP", (4,), [_renamed(_fixed(draw, 4), RND="UP"), _dense(draw, 4, 2)]


_WIDE: Json = {"kif_in": [1, 8, 8], "kif_out": [1, 3, 3]}
_FEW: Mapping[str, Array] = {"table": np.zeros(8, np.float32)}


def _renamed(step: Step, **config: str) -> Step:
    return Step(step.kind, step.config | config, step.compute, step.arrays)


def _saved(path: Path, shape: tuple[int, ...], steps: list[Step]) -> None:
    """A file as Keras 2 writes it."""
    names = [f"layer_{number}" for number in range(len(steps))]
    source = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, *shape], "name": "x"}}
    items = [{"class_name": s.kind, "config": {"name": n, **s.config}} for s, n in zip(steps, names, strict=True)]
    model = {"class_name": "Sequential", "config": {"name": "proxy", "layers": [source, *items]}}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(model)
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for name in names]
        for step, name in zip(steps, names, strict=True):
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{short}:0".encode() for short in step.arrays]
            for short, array in step.arrays.items():
                group.create_dataset(f"{name}/{short}:0", data=array)


def population(folder: Path) -> Iterator[Outcome]:
    """All files."""
    draw = np.random.default_rng(19)
    for number, (name, shape, steps) in enumerate(_cases(draw)):
        path = folder / f"hgq1_{number}.h5"
        _saved(path, shape, steps)
        x = draw.normal(0, 3, (EVENTS, *shape)).astype(np.float32)
        yield outcome(name, path, [x], lambda inputs, own=steps: [_computed(own, inputs[0])])  # type: ignore[misc]


def _computed(steps: list[Step], x: Array) -> Array:
    found = np.asarray(x, np.float64)
    for step in steps:
        found = step.compute(found)
    return found
