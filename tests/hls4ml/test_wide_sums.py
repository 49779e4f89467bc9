"""Sums of products of more than 62 bits: every bit of them, and of what conversions make of them."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import check_config
from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_type import Hls4mlType
from bxnn.compiler.hls4ml_backend.compile import compile_model_graph
from bxnn.compiler.hls4ml_backend.joined_outputs import joined
from bxnn.compiler.ir.notices import TwoPorts
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from tests.frontend.handmade import functional, weights, write
from tests.hls.project import check_project
from tests.hls.test_emulator import built, check
from tests.hls4ml.models import convert
from tests.hls4ml.networks import image, layer
from tests.hls4ml.wide_node import AUTO, TRN, WRAP, Node, converted, drawn, exact, sums, tensor, typed
from tests.layers.firmware import check_firmware, random_codes, schedule

II = {"initiation_interval": 1}
sources = st.builds(
    lambda signed, bits, fraction: FixedFormat(signed, bits - fraction - signed, fraction),
    *(st.booleans(), st.integers(4, 60), st.integers(-8, 50)),
)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=120, deadline=None)
@given(sources, st.integers(2, 36), st.integers(2, 30), st.integers(-6, 60), st.integers(1, 9), seeds)
@example(FixedFormat(True, 20, 39), 36, 30, 60, 9, 0)
@example(FixedFormat(False, 21, 39), 32, 30, -6, 3, 1)
def test_sums(source: FixedFormat, bits: int, bias_bits: int, bias_grid: int, size: int, seed: int) -> None:
    """Every bit of the sums of any weights and biases, at the ends of the input's range too."""
    kernel, bias = tensor((size, 3), bits, 20, seed), tensor((3,), bias_bits, bias_grid, seed + 1)
    node = Node(source, size)
    try:
        node.dense(kernel, bias)
    except ModelError as error:
        assert re.search("more than (59|62|118)", str(error)), str(error)
        assume(False)
    codes = drawn(source, size, seed)
    assert node.values(codes) == sums(exact(codes, source), kernel, bias)


@settings(max_examples=60, deadline=None)
@given(sources, st.integers(8, 30), st.integers(8, 24), seeds)
@example(FixedFormat(True, 8, 23), 30, 24, 0)
def test_sums_of_sums(source: FixedFormat, bits: int, more: int, seed: int) -> None:
    """A layer that reads a wide value."""
    first, second = tensor((4, 3), bits, 24, seed), tensor((3, 2), more, 12, seed + 1)
    biases = tensor((3,), 9, 3, seed + 2), tensor((2,), 9, 30, seed + 3)
    try:
        node = Node(Node(source, 4).dense(first, biases[0]), 3).dense(second, biases[1])
    except ModelError as error:
        assert re.search("more than (59|62|118)", str(error)), str(error)
        assume(False)
    codes = drawn(source, 4, seed)
    assert node.values(codes) == sums(sums(exact(codes, source), first, biases[0]), second, biases[1])


kinds = st.builds(
    lambda signed, width, whole, rounding, overflow: Hls4mlType(
        "fixed", signed, whole, width - whole - signed, rounding, overflow
    ),
    *(st.booleans(), st.integers(2, 90), st.integers(-6, 44), st.sampled_from(Rounding), st.sampled_from(Overflow)),
)
WIDE = FixedFormat(True, 9, 48)


@settings(max_examples=200, deadline=None)
@given(kinds, seeds)
@example(Hls4mlType("fixed<32,16>", True, 15, 16, TRN, WRAP), 0)
@example(Hls4mlType("fixed<32,16>", True, 15, 16, Rounding.RND_CONV, Overflow.SAT), 0)
@example(Hls4mlType("fixed<60,50>", True, 49, 10, TRN, WRAP), 0)
@example(Hls4mlType("fixed<80,20>", True, 19, 60, TRN, WRAP), 0)
@example(Hls4mlType("fixed<64,10>", True, 9, 54, TRN, WRAP), 0)
def test_conversions(kind: Hls4mlType, seed: int) -> None:
    """The type of a result, in every mode, with ties and their neighbours."""
    kernel, bias = tensor((2, 3), 20, 19, seed), tensor((3,), 9, 60, seed + 1)
    kernel.codes[:, 1], kernel.codes[:, 2] = (1 << 19, 0), (0, 1 << 18)  # the input itself, with bits below and half
    try:
        node = Node(WIDE, 2, kind).dense(kernel, bias)
    except ModelError as error:
        assert "which takes sums of more than 59 bits" in str(error), str(error)
        assume(False)
    codes = drawn(WIDE, 2, seed)
    for place, shift in enumerate(range(0, 40, 2)):  # ties of coarse types
        codes[-1 - place] = codes[-1 - place] >> shift << shift
    values = [[converted(value, kind) for value in row] for row in sums(exact(codes, WIDE), kernel, bias)]
    assert node.values(codes) == values


@settings(max_examples=100, deadline=None)
@given(st.integers(8, 84), st.integers(2, 40), st.sampled_from(Rounding), seeds)
@example(32, 16, TRN, 0)
@example(68, 7, TRN, 0)
def test_accumulators(width: int, whole: int, rounding: Rounding, seed: int) -> None:
    """Sums wrap; an accumulator with fewer fraction bits than the products rounds every one of them."""
    accum = Hls4mlType("fixed", True, whole - 1, width - whole, rounding, WRAP)
    kernel, bias = tensor((3, 2), 14, 13, seed), FixedTensor(np.array([0, 3]), 2)
    try:
        node = Node(WIDE, 3, AUTO, accum).dense(kernel, bias)
    except ModelError as error:
        assert re.search("more than (59|62|118)", str(error)), str(error)
        assume(False)
    codes = drawn(WIDE, 3, seed)
    shifts = [converted(int(code) / Fraction(4), accum) for code in bias.codes]
    wraps = replace(accum, rounding=TRN)
    expected = []
    for row in exact(codes, WIDE):
        columns = [
            [converted(x * int(w) / (1 << 13), accum) for x, w in zip(row, column, strict=True)]
            for column in kernel.codes.T
        ]
        expected.append([converted(sum(column, shift), wraps) for column, shift in zip(columns, shifts, strict=True)])
    assert node.values(codes) == expected


def test_saturating_accumulators_are_refused() -> None:
    node = Node(WIDE, 2, AUTO, typed(80, 9, overflow=Overflow.SAT))
    with pytest.raises(ModelError) as caught:
        node.dense(tensor((2, 3), 20, 19, 0), tensor((3,), 9, 60, 1))
    assert str(caught.value) == (
        "fc (Dense): accum fixed<80,9> can saturate on the way, which depends on the order of its terms; "
        "give Precision: {accum: auto}"
    )


def test_sums_of_more_bits_are_refused() -> None:
    kernel, bias = tensor((3, 3), 30, 19, 0), tensor((3,), 9, 60, 1)
    once = Node(WIDE, 3).dense(kernel, bias)
    with pytest.raises(ModelError) as caught:
        Node(once, 3).dense(kernel, bias)
    assert str(caught.value) == (
        "fc (Dense): its sums need 120 bits, more than 118; give its input and weights narrower types"
    )


def test_conversions_of_more_bits_are_refused() -> None:
    kernel, bias = tensor((2, 3), 20, 19, 0), tensor((3,), 9, 60, 1)
    with pytest.raises(ModelError) as caught:
        Node(WIDE, 2, typed(62, 9, Rounding.RND, Overflow.SAT)).dense(kernel, bias)
    assert str(caught.value) == (
        "fc (Dense): converts 78 bits to fixed<62,9>, which takes sums of more than 59 bits; give it a narrower type, "
        "or one with TRN and WRAP"
    )


@pytest.mark.parametrize(
    ("result", "interval"),
    [(AUTO, 1), (typed(24, 9, Rounding.RND_CONV, Overflow.SAT), 1), (typed(72, 9), 4)],
)
def test_firmware(result: Hls4mlType, interval: int, tmp_path: Path) -> None:
    """The VHDL in GHDL, the HLS C++ and the emulator have the bits of the reference, at the ends of all ranges too."""
    kernel, bias = tensor((2, 3), 20, 19, 5), tensor((3,), 9, 60, 6)
    graph = Node(WIDE, 2, result).dense(kernel, bias).graph()
    chosen = schedule(graph, interval)
    check_firmware(graph, chosen, tmp_path, events=30)
    check_project(graph, chosen, tmp_path)
    check(built(graph, tmp_path), random_codes(graph, 40, 1))


def test_joined_codes_are_rounded_once() -> None:
    """To the nearest float64, ties to even, where the upper and the lower bits have to be read together."""
    graph = Node(WIDE, 2).dense(tensor((2, 1), 20, 19, 0), tensor((1,), 9, 3, 1)).graph()
    high, low = graph.outputs
    grids = [graph.tensors()[name].format.fraction_bits for name in graph.outputs]
    spare = grids[1] - grids[0]
    rng = np.random.default_rng(2)
    above, below = rng.integers(-(1 << 55), 1 << 55, 200), rng.integers(0, 1 << spare, 200)
    above[:4], below[:4] = (1 << 54) + 2, (0, 1, (1 << spare) - 1, 1 << (spare - 1))  # ties of float64 and neighbours
    found = joined(graph, high, low, {high: above, low: below})
    whole = [(int(a) << spare) + int(b) for a, b in zip(above, below, strict=True)]
    assert [Fraction(value) for value in found.tolist()] == [Fraction(float(code)) / 2 ** grids[1] for code in whole]
    assert (found != np.ldexp(above.astype(float), -grids[0]) + np.ldexp(below.astype(float), -grids[1])).any()


def decided(folder: Path) -> Any:
    """``x`` (4) -> ``fc1`` -> ``fc2``, whose sums have more than 62 bits, with ``fc1`` as the first output."""
    layers = [image("x", 4)]
    layers += [layer("Dense", name, units=3, activation="linear", use_bias=True) for name in ("fc1", "fc2")]
    rng = np.random.default_rng(7)
    stored = {f"fc{n}__kernel": rng.uniform(-1, 1, (5 - n, 3)) for n in (1, 2)} | {"fc1__bias": [0, 1, 2.5]}
    network = functional(layers, {"fc1": ["x"], "fc2": ["fc1"]}, ["fc1", "fc2"])
    files = write(folder, network, weights(**stored, fc2__bias=np.array([-1, 0.3, 7])))

    def made(backend: str) -> Any:
        auto: dict[str, Any] = {"Precision": {"result": "auto", "accum": "auto"}, "Trace": True}
        linear = {"Precision": {"result": "auto"}}
        names = {"x": {"Precision": {"result": "fixed<32,8>"}}, "fc1": auto, "fc2": auto}
        names |= {"fc1_linear": linear, "fc2_linear": linear}
        return convert(files, folder / backend, backend, {"Model": {"Precision": "fixed<32,8>"}, "LayerName": names})

    return made


@pytest.mark.slow
def test_the_values_of_hls4ml(tmp_path: Path) -> None:
    """Two outputs, one in two ports: ``predict`` and ``trace`` give hls4ml's values, and the VHDL has the bits."""
    made = decided(tmp_path)
    x = np.random.default_rng(3).uniform(-150, 150, (300, 4))
    ours, theirs = made("bxnn"), made("Vitis")
    ours.compile(), theirs.compile()
    for mine, other in zip(ours.predict(x), theirs.predict(x), strict=True):
        assert np.array_equal(mine, other) and len(np.unique(mine)) == mine.size
    _, traced = ours.trace(x)
    assert np.array_equal(traced["fc2"].reshape(300, 3), ours.predict(x)[1])
    report = ours.build(events=20)
    assert report["simulation"]["mismatches"] == 0


def test_decisions_on_half_the_bits_are_refused(tmp_path: Path) -> None:
    """A decision on another output leaves the two ports together."""
    model = decided(tmp_path)("bxnn")
    with pytest.raises(ConfigError) as caught:
        compile_model_graph(model, tmp_path / "a", check_config({**II, "outputs": {"fc2_high": "argmax"}}))
    assert str(caught.value) == (
        "design.yaml: outputs: fc2_high: fc2 has 83 bits, which leave through two ports; "
        "for argmax, give it a narrower result, or decide on the host"
    )
    compile_model_graph(model, tmp_path / "b", check_config({**II, "outputs": {"fc1": ["values", "argmax"]}}))
    graph = Build.open(tmp_path / "b").graph
    (notice,) = (notice for notice in graph.notices if isinstance(notice, TwoPorts))
    assert graph.outputs[notice.place :] == ("fc2_high", "fc2_low")
