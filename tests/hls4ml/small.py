"""A Dense network for testing refusals, as an hls4ml model of the back end bxnn."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml
from bxnn.compiler.ir.graph import Graph
from tests.frontend.handmade import Json, functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import image, layer

FC1 = layer("Dense", "fc1", units=3, activation="linear", use_bias=True)
WEIGHTS = {"fc1__kernel": np.arange(12).reshape(4, 3) / 16 - 0.3, "fc1__bias": [0.5, -0.25, 1.0]}
TYPES: Json = {
    "x": {"Precision": {"result": "fixed<8,4>"}},
    "fc1": {"Precision": {"weight": "fixed<6,2>", "bias": "fixed<6,2>", "accum": "auto", "result": "auto"}},
    "fc1_linear": {"Precision": {"result": "fixed<32,16>"}},
}


def small(folder: Path, *more: Json, types: Json | None = None, stored: Json | None = None, **options: Any) -> Any:
    """``x`` (4) -> ``fc1`` (3) -> further layers, one after another."""
    layers = [image("x", 4), FC1, *more]
    names = [item["config"]["name"] for item in layers]
    inbound = {name: [before] for before, name in pairwise(names)}
    files = write(folder, functional(layers, inbound, [names[-1]]), weights(**WEIGHTS, **(stored or {})))
    config = {"LayerName": TYPES | (types or {}), **options.pop("hls_config", {})}
    return convert(files, folder / "build", "bxnn", config, **options)


def graph_of(folder: Path, *more: Json, **options: Any) -> Graph:
    return from_hls4ml(small(folder, *more, **options), "net")
