"""Writes models of HGQ2 and what HGQ2 answers; runs in the environment of requirements-hgq.txt.

    python -m bench.peers.hgq_population FOLDER [NAME ...]

Every model is initialised with a seed; bits of its quantizers are drawn, some elements have none, and trace_minmax is
run on drawn events, after which other events leave some of the traced ranges. Each case has two of the five styles of
quantizers, and every fourth file is a .h5. ``files.json`` has the file of every case, or HGQ2's error.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers.hgq_cases import CASES, Names

EVENTS = 20
_TRACED = 200
_DATA, _ALL, _WEIGHTS = "datalane", "all", ("weight", "bias")
STYLES: Mapping[str, tuple[dict[str, Any], ...]] = {
    "default": (),
    "per element": ({"place": _DATA, "homogeneous_axis": (0,)}, {"place": _WEIGHTS, "homogeneous_axis": ()}),
    "SAT": ({"place": _DATA, "overflow_mode": "SAT", "round_mode": "RND_CONV"},),
    "SAT_SYM": ({"place": _ALL, "overflow_mode": "SAT_SYM", "round_mode": "S_RND"},),
    "TRN, kbi": ({"place": _DATA, "round_mode": "TRN", "default_q_type": "kbi", "homogeneous_axis": (0,)},),
}
_DRAWN = ("bias", "moving_mean", "beta", "bn_beta")  # around 0
_POSITIVE = ("moving_variance", "gamma", "bn_gamma")


def _disturb(model: Any, draw: np.random.Generator) -> None:
    """Other numbers of bits, biases and moments than a new model has."""
    for variable in model.weights:
        name, shape = variable.path.split("/")[-1], variable.shape
        if name == "f":
            away = np.where(draw.random(shape) < 0.06, 9, 0)
            variable.assign(np.asarray(variable) + draw.integers(-2, 2, shape) - away)
        elif name == "b":
            variable.assign(np.asarray(variable) + draw.integers(-1, 2, shape))
        elif name in _DRAWN and shape:
            variable.assign(draw.normal(0, 0.3, shape))
        elif name in _POSITIVE:
            variable.assign(draw.uniform(0.5, 1.5, shape))


def _events(draw: np.random.Generator, count: int, shape: tuple[int, ...]) -> Any:
    """Events of 11 significant bits, which take half as much room in the file of stored answers."""
    return draw.normal(0, 1.2, (count, *shape)).astype(np.float16).astype(np.float32)


def save(name: str, style: str, path: Path) -> None:
    """Make a model and save it, with its answers beside it."""
    keras, config = importlib.import_module("keras"), importlib.import_module("hgq.config")
    draw = np.random.default_rng(zlib.crc32(f"{name}, {style}".encode()))
    keras.utils.set_random_seed(7)
    with ExitStack() as stack:
        for scope in STYLES[style]:
            stack.enter_context(config.QuantizerConfigScope(**scope))
        stack.enter_context(config.LayerConfigScope(enable_ebops=style != "SAT"))
        model = CASES[name](Names())
    _disturb(model, draw)
    shapes = [tuple(port.shape[1:]) for port in model.inputs]
    traced, inputs = ([_events(draw, n, s) for s in shapes] for n in (_TRACED, EVENTS))
    importlib.import_module("hgq.utils").trace_minmax(model, traced if len(traced) > 1 else traced[0], verbose=0)
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    answers = found if isinstance(found, list | tuple) else [found]
    model.save(path)
    arrays = {f"x{n}": x for n, x in enumerate(inputs)} | {f"y{n}": np.asarray(y) for n, y in enumerate(answers)}
    np.savez(path.with_suffix(path.suffix + ".npz"), **arrays)


def main() -> None:
    """Save all models."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    styles = list(STYLES)
    found: dict[str, str] = {}
    for number, name in enumerate(CASES):
        for style in (styles[number % 5], styles[(number + 2) % 5]):
            if options.names and name not in options.names:
                continue
            suffix = "h5" if (number + len(style)) % 4 == 0 else "keras"
            path = options.folder / f"{len(found)}.{suffix}"
            try:
                save(name, style, path)
                found[f"{name}; {style}"] = path.name
            except Exception as error:  # whatever HGQ2 raises is a result
                found[f"{name}; {style}"] = f"HGQ2: {type(error).__name__}"
            (options.folder / "files.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    main()
