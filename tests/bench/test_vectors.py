"""Corner vectors reach the corners and the ties."""

from __future__ import annotations

import numpy as np

from compiler.ir.elementwise import FixedQuantizer
from compiler.ir.format import FixedFormat
from compiler.ir.graph import Graph
from compiler.ir.input import Input
from compiler.ir.rounding import Overflow, Rounding
from layers.activation import ActivationLayer
from sim.reference import Reference
from sim.vectors import corner_vectors


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
