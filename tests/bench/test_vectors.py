"""Corner vectors reach the corners and the ties."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.activation import ActivationLayer
from bxnn.sim.reference import Reference
from bxnn.sim.vectors import corner_vectors
from tests.ir.networks import networks


def reference() -> Reference:
    """x: fixed<8,4> symmetric -> two bits dropped with ties."""
    source = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT_SYM)
    coarse = FixedQuantizer(FixedFormat(True, 3, 2), Rounding.RND_CONV, Overflow.SAT)
    layers = (Input("x", (), (2, 3), source), ActivationLayer("y", ("x",), coarse))
    return Reference(Graph("net", layers, ("y",)))


def test_corners_stay_in_the_range_of_the_input_and_reach_its_ends() -> None:
    vectors = corner_vectors(reference(), 1)
    codes = vectors.inputs["x"]
    assert codes.dtype == np.int64
    assert codes.shape == (vectors.events, 6)
    assert (codes.min(), codes.max()) == (-127, 127)
    assert (codes[0] == -127).all()
    assert (codes[1] == 127).all()
    assert codes[2].tolist() == [-127, 127] * 3
    assert codes[3].tolist() == [127, -127] * 3
    assert codes[4].tolist() == [0] * 6


def test_ties_are_sought() -> None:
    codes = corner_vectors(reference(), 1).inputs["x"]
    ties = (codes % 4 == 2).sum(axis=1)
    assert ties[-8:].min() >= 4  # the best of hundreds of random vectors; the mean is 1.5


def test_expected_outputs_are_the_references() -> None:
    vectors = corner_vectors(reference(), 1)
    outputs = reference().output_codes({"x": vectors.inputs["x"].reshape(-1, 2, 3)})
    assert np.array_equal(vectors.expected["y"], outputs["y"].reshape(-1, 6))


def test_vectors_are_a_function_of_the_seed() -> None:
    first, again, other = (corner_vectors(reference(), seed).inputs["x"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@given(networks(), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_the_cover_comes_first_and_has_every_corner_tie_and_extreme_output(graph: Graph, seed: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    reference = Reference(graph)
    vectors = corner_vectors(reference, seed)
    shaped = {name: codes.reshape(-1, *reference.tensors[name].shape) for name, codes in vectors.inputs.items()}
    known = reference.evaluate(shaped)
    for name, codes in shaped.items():
        tensor = reference.tensors[name]
        assert (codes[0] == tensor.low).all()
        assert (codes[1] == tensor.high).all()
        assert (codes[4] == np.clip(0, tensor.low, tensor.high)).all()
    for layer in graph.layers:
        if layer.inputs:
            sources = graph.sources(layer, reference.tensors)
            ties = layer.rounding_ties([known[name] for name in layer.inputs], sources)
            assert ties[: vectors.cover].any() == ties.any()
    for name, codes in vectors.expected.items():
        covered = codes[: vectors.cover]
        assert (covered.min(), covered.max()) == (codes.min(), codes.max()), name
    assert vectors.cover <= 9 + len(graph.layers)
