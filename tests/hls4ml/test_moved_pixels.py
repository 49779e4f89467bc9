"""Layers of hls4ml that only move pixels, and convolutions of single pixels: its C simulation's bits."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.frontend.handmade import functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import convolution, image, layer

CHAIN = [
    image("x", 4, 5, 2),
    layer("Cropping2D", "crop", cropping=[[1, 0], [0, 2]]),
    layer("UpSampling2D", "wide", size=[2, 3], interpolation="nearest"),
    convolution("pixels", 3, 1, "valid"),
]
X = np.random.default_rng(2).integers(-64, 64, (50, 4, 5, 2)) / 16
TYPES = {"LayerName": {"x": {"Precision": {"result": "fixed<8,4>"}}}}


def chain(folder: Path, backend: str) -> Any:
    names = [item["config"]["name"] for item in CHAIN]
    kernel = np.arange(6).reshape(1, 1, 2, 3) / 8 - 0.3
    stored = weights(pixels__kernel=kernel, pixels__bias=[0.5, -0.25, 1.0])
    files = write(folder, functional(CHAIN, {name: [before] for before, name in pairwise(names)}, ["pixels"]), stored)
    return convert(files, folder / backend, backend, TYPES)


def outputs(model: Any, values: dict[str, np.ndarray]) -> np.ndarray:
    (found,) = Reference(run(from_hls4ml(model, "net"), PIPELINE, PassOptions())).predict(values).values()
    return np.asarray(found)


def test_crop_and_resize(tmp_path: Path) -> None:
    theirs, ours = chain(tmp_path, "Vivado"), chain(tmp_path, "bxnn")
    theirs.compile()
    found = outputs(ours, {"x": X})
    assert found.shape == (50, 6, 9, 3) and np.array_equal(found.ravel(), theirs.predict(X).ravel())
    assert [node.class_name for node in ours.get_layers()] == ["Input", "Cropping2D", "Resize", "PointwiseConv2D"]


def test_other_interpolations_are_refused(tmp_path: Path) -> None:
    model = chain(tmp_path, "bxnn")
    model.graph["wide"].set_attr("algorithm", "bilinear")
    with pytest.raises(ModelError) as caught:
        from_hls4ml(model, "net")
    assert str(caught.value) == "wide (Resize): algorithm 'bilinear' is not supported; use 'nearest'"


def merged(folder: Path, operation: str, *shape: int) -> Any:
    """A tensor of another shape merged with an image of (2, 3, 2)."""
    layers = [image("x", *shape), image("y", 2, 3, 2), layer(operation, "both")]
    types = {"LayerName": {name: {"Precision": {"result": "fixed<8,4>"}} for name in ("x", "y")}}
    files = write(folder, functional(layers, {"both": ["x", "y"]}, ["both"]), weights())
    return convert(files, folder / "build", "bxnn", types, io_type="io_stream")


@pytest.mark.parametrize("shape", [(1, 1, 2), (2, 3, 1), (1, 3, 1)])
def test_operands_are_repeated(shape: tuple[int, ...], tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x, y = (rng.integers(-64, 64, (20, *own)) / 16 for own in (shape, (2, 3, 2)))
    assert np.array_equal(outputs(merged(tmp_path, "Subtract", *shape), {"x": x, "y": y}), x - y)


def test_operands_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        from_hls4ml(merged(tmp_path, "Add", 2, 2, 2), "net")
    problem = "inputs of shapes (2, 2, 2) and (2, 3, 2) cannot be added; give them the same shape"
    assert str(caught.value) == f"both (Merge): {problem}"
