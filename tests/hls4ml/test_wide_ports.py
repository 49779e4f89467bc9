"""Inputs of more than 62 bits, and what reads wide values besides linear layers, against hls4ml's C simulation."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml
from bxnn.compiler.frontend.hls4ml.hls4ml_types import typed_weights
from bxnn.compiler.hls4ml_backend.compile import compile_model_graph
from bxnn.compiler.ir.notices import TwoPorts
from tests.frontend.handmade import Json, functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import image, layer

RNG = np.random.default_rng(11)
KERNEL = RNG.uniform(-1, 1, (1, 1, 2, 3))

WIDE = "fixed<130,45>"  # holds every sum


def typed(result: str, accum: str = "auto") -> Json:
    return {"Precision": {"result": result, "accum": accum}}


def network(
    folder: Path, backend: str, given: str, relu: str = "fixed<32,12>", flat: str = "auto", accum: str = WIDE
) -> Any:
    """An image (2, 2, 2) -> convolution -> ReLU -> Dense, and the convolution as a vector -> Dense."""
    shape: dict[str, Any] = {"filters": 3, "kernel_size": [1, 1], "strides": [1, 1], "padding": "valid"}
    layers = [image("x", 2, 2, 2), layer("Conv2D", "conv", **shape, activation="linear", use_bias=True)]
    layers += [layer("ReLU", "relu"), layer("Flatten", "flat"), layer("Flatten", "wide")]
    layers += [layer("Dense", name, units=2, activation="linear", use_bias=True) for name in ("fc1", "fc2")]
    inbound = {"conv": ["x"], "relu": ["conv"], "flat": ["relu"], "fc1": ["flat"], "wide": ["conv"], "fc2": ["wide"]}
    dense = np.random.default_rng(4).uniform(-1, 1, (2, 12, 2))
    stored = {
        "conv__kernel": KERNEL,
        "conv__bias": [-0.3, 7.0, 0.01],
        "fc1__bias": [0.0, 3.0],
        "fc2__bias": [0.1, -9.0],
    }
    stored |= {"fc1__kernel": dense[0], "fc2__kernel": dense[1]}
    files = write(folder, functional(layers, inbound, ["fc1", "fc2"]), weights(**stored))
    names: dict[str, Json] = {name: typed("auto") for name in ("conv", "conv_linear", "fc1", "fc1_linear", "fc2")}
    names |= {"x": typed(given), "relu": typed(relu), "fc2": typed(flat, accum), "fc2_linear": typed(flat)}
    return convert(files, folder / backend, backend, {"Model": {"Precision": "fixed<24,8>"}, "LayerName": names})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "relu", "flat", "accum"),
    [
        ("fixed<64,16>", "fixed<32,12>", WIDE, WIDE),
        ("ufixed<70,10>", "ufixed<24,9,RND_CONV,SAT>", "fixed<40,16,RND,SAT>", "auto"),
        ("fixed<50,10>", "fixed<30,4,TRN,WRAP>", "fixed<70,8>", "auto"),
    ],
)
def test_the_values_of_hls4ml(given: str, relu: str, flat: str, accum: str, tmp_path: Path) -> None:
    """Ports of 64 bits, ReLUs of wide values, wide values in another shape; every bit of the VHDL, too."""
    x = np.random.default_rng(3).uniform(-3000 if given.startswith("f") else 0, 3000, (200, 2, 2, 2))
    ours, theirs = (network(tmp_path, backend, given, relu, flat, accum) for backend in ("bxnn", "Vitis"))
    ours.compile()
    theirs.compile()
    for mine, other in zip(ours.predict(x), theirs.predict(x), strict=True):
        assert np.array_equal(mine, other) and len(np.unique(mine)) > mine.size // 2
    assert ours.build(events=12)["simulation"]["mismatches"] == 0


def test_ports(tmp_path: Path) -> None:
    model = network(tmp_path, "bxnn", "fixed<64,16>", flat=WIDE)
    report = compile_model_graph(model, tmp_path / "build")
    assert "x: 64 bits have two ports, x for the upper ones, x_low for the lower ones" in report.notices
    graph = Build.open(tmp_path / "build").graph
    assert graph.inputs == ("x_low", "x") and len(graph.outputs) == 3
    ports = [notice for notice in graph.notices if isinstance(notice, TwoPorts)]
    assert [(notice.high, notice.place) for notice in ports] == [("x", None), (graph.outputs[1], 1)]


def test_inputs_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        from_hls4ml(network(tmp_path, "bxnn", "fixed<64,16,RND,SAT>"), "net")
    assert str(caught.value) == (
        "x (Input): result fixed<64,16,RND,SAT,0> has 64 bits; more than 62, up to 118, are supported with TRN and WRAP"
    )


def test_what_else_reads_wide_values_is_refused(tmp_path: Path) -> None:
    layers = [image("x", 2, 2, 2), layer("MaxPooling2D", "top", pool_size=[2, 2], strides=[2, 2], padding="valid")]
    files = write(tmp_path, functional(layers, {"top": ["x"]}, ["top"]), weights())
    names = {"x": typed("fixed<64,16>"), "top": typed("auto")}
    with pytest.raises(ModelError) as caught:
        from_hls4ml(convert(files, tmp_path / "a", "bxnn", {"LayerName": names}), "net")
    assert str(caught.value) == (
        "top (Pooling2D): reads 64 bits; more than 62 are supported as inputs of linear layers, as those "
        "of ReLUs with narrow results, and as outputs; give the layer before a narrower result"
    )


@pytest.mark.parametrize("values", [(0.1, -3.5, 0.0, -(2.0**27), -(2.0**-40)), (2.0**33 + 0.5, -7.0)])
def test_constants_of_wide_types(values: tuple[float, ...]) -> None:
    """They are cut to the type's grid, and wrap in it, as if it had no more than 62 bits."""
    from hls4ml.model.types import FixedPrecisionType

    kind = SimpleNamespace(precision=FixedPrecisionType(64, 32))
    found = typed_weights("fc (Dense)", "weight", SimpleNamespace(data=values, type=kind, precision_fmt="{:.32f}"))
    cut = [Fraction(math.floor(Fraction(float(f"{value:.32f}")) * 2**32), 2**32) for value in values]
    expected = [(value + 2**31) % 2**32 - 2**31 for value in cut]
    assert [int(code) / Fraction(2) ** found.fraction_bits for code in found.codes] == expected
