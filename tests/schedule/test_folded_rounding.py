"""Halves in biases: the same network, except between a sum and the layer that rounds it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.folded_rounding import folded_rounding
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.text import print_graph
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.layers.activation import ActivationLayer
from bxnn.sim.reference import Reference
from tests.ir.networks import dense, network, source
from tests.layers.firmware import random_codes

FOLDED = (Rounding.RND, Rounding.RND_CONV)


@st.composite
def rounding_networks(draw: st.DrawFn) -> Graph:
    """Two Dense layers, each followed by a quantizer of any kind; biases on any grid, or none."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    layers: list[Layer] = [source("x", 4, fraction_bits=draw(st.integers(0, 4)))]
    for number, name in enumerate(("a", "b")):
        bias = rng.integers(-20, 20, 3).tolist() if draw(st.booleans()) else None
        kernel = rng.integers(-8, 9, (4 if number == 0 else 3, 3))
        layers.append(
            dense(f"fc_{name}", layers[-1].name, kernel, bias, draw(st.integers(0, 4)), draw(st.integers(0, 8)))
        )
        signed, rounding = draw(st.booleans()), draw(st.sampled_from(Rounding))
        overflow, slope = draw(st.sampled_from(Overflow)), draw(st.sampled_from((0, 0, 0, 2)))
        number_format = FixedFormat(signed, draw(st.integers(1, 4)), draw(st.integers(0, 6)))
        function = FixedQuantizer(number_format, rounding, overflow, slope_shift=slope if signed else 0)
        layers.append(ActivationLayer(f"q_{name}", (layers[-1].name,), function))
    return network(*layers)


@given(graph=rounding_networks())
@settings(max_examples=60, deadline=None)
def test_results_are_the_same_and_sums_hold_the_half_that_is_stated(graph: Graph) -> None:
    built = folded_rounding(graph)
    codes, tensors = random_codes(graph, 50, 1), built.tensors()
    expected, found = Reference(graph).evaluate(codes), Reference(built).evaluate(codes)
    for name in ("a", "b"):
        reader = built.layer(f"q_{name}")
        assert isinstance(reader, ActivationLayer)
        half = reader.half_read([tensors[f"fc_{name}"]])
        assert np.array_equal(expected[f"fc_{name}"] + half, found[f"fc_{name}"])
        assert np.array_equal(expected[f"q_{name}"], found[f"q_{name}"])
        assert tensors[f"fc_{name}"].low.min() <= found[f"fc_{name}"].min()
        assert found[f"fc_{name}"].max() <= tensors[f"fc_{name}"].high.max()
    assert not folds(built), "a half is added once"


def quantized(rounding: Rounding, slope_shift: int = 0, fraction_bits: int = 2) -> Graph:
    function = FixedQuantizer(FixedFormat(True, 3, fraction_bits), rounding, Overflow.SAT, slope_shift=slope_shift)
    return network(
        source("x", 2, fraction_bits=3),
        dense("fc", "x", np.array([[3], [5]]), [1], 4, 7),
        ActivationLayer("q", ("fc",), function),
    )


def folds(graph: Graph) -> bool:
    return print_graph(folded_rounding(graph))[0] != print_graph(graph)[0]


@pytest.mark.parametrize("rounding", Rounding)
def test_only_what_loses_its_adder_is_folded(rounding: Rounding) -> None:
    assert folds(quantized(rounding)) == (rounding in FOLDED)
    assert not folds(quantized(rounding, slope_shift=1)), "the shift depends on the sign"
    assert not folds(quantized(rounding, fraction_bits=7)), "nothing is dropped"


def test_a_sum_with_other_readers_keeps_its_value() -> None:
    graph = quantized(Rounding.RND)
    assert not folds(Graph(graph.name, graph.layers, ("q", "fc")))
    other = ActivationLayer("p", ("fc",), FixedQuantizer(FixedFormat(True, 3, 1), Rounding.RND, Overflow.SAT))
    assert not folds(Graph(graph.name, (*graph.layers, other), ("q", "p")))
