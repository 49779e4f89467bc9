"""Transcendental activations in Keras networks: exact codes, thresholds or a table, and what is refused."""

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import UndecidedEntries
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding, round_fraction, round_real
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.curve import CurveLayer
from bxnn.layers.sigmoid import SigmoidLayer
from bxnn.layers.table_entries import rounded
from bxnn.sim.reference import Reference

SOURCE = FixedQuantizer(FixedFormat(True, 3, 6), Rounding.RND_CONV, Overflow.SAT)
FLOATS: dict[Curve, Callable[[Any], Any]] = {
    Curve.TANH: np.tanh,
    Curve.SIGMOID: lambda x: 1 / (1 + np.exp(-x)),
    Curve.SILU: lambda x: x / (1 + np.exp(-x)),
    Curve.EXP: np.exp,
    Curve.SOFTPLUS: lambda x: np.log1p(np.exp(x)),
}


def chain(*layers: Layer, source: FixedQuantizer = SOURCE) -> Graph:
    return Graph("net", (Input("x", (), (3,), source), *layers), (layers[-1].name,))


def fixed(bits: int, integer: int, rounding: Rounding = Rounding.RND_CONV) -> FixedQuantizer:
    return FixedQuantizer(FixedFormat(True, integer, bits - 1 - integer), rounding, Overflow.SAT)


@pytest.mark.parametrize("curve", FLOATS)
@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("rounding", list(Rounding))
def test_every_code(curve: Curve, bits: int, rounding: Rounding) -> None:
    """As rounded by float64; entries that are too close for float32 are listed."""
    quantizer = fixed(bits, 1, rounding)
    layer = CurveLayer("curve", ("x",), Smooth(curve))
    graph = run(chain(layer, ActivationLayer("y", ("curve",), quantizer)), PIPELINE, PassOptions())
    rising = bits <= 4 and curve is not Curve.SILU
    assert [one.kind for one in graph.layers] == ["input", "activation" if rising else "lookup"]
    codes = np.arange(-512, 512)
    values = codes * SOURCE.format.lsb
    expected = quantizer.quantize_real(FLOATS[curve](values))
    found = Reference(graph).output_codes({"x": np.repeat(codes[:, np.newaxis], 3, axis=1)})
    notices = [notice for notice in graph.notices if isinstance(notice, UndecidedEntries)]
    undecided = set(notices[0].codes) if notices else set()
    (result,) = found.values()
    wrong = {int(code) for code, ours, theirs in zip(codes, result[:, 0], expected, strict=True) if ours != theirs}
    assert wrong <= undecided


@pytest.mark.parametrize("rounding", [Rounding.RND_CONV, Rounding.TRN, Rounding.RND])
def test_readers_of_different_formats_share_a_table(rounding: Rounding) -> None:
    """Its entries are on the same side of every code and tie of all of them as the exact value."""
    columns = np.array([[6, 3, 5], [-64, -8, 0], [63, 7, 31]])
    layers = CurveLayer("curve", ("x",), Smooth(Curve.TANH)), ActivationLayer("y", ("curve",), fixed(5, 0, rounding))
    own = ActivationLayer("z", ("curve",), ElementQuantizer.of_columns(columns, rounding, False))
    graph = Graph("net", (Input("x", (), (3,), SOURCE), *layers, own), ("y", "z"))
    graph = run(graph, PIPELINE, PassOptions())
    assert [one.kind for one in graph.layers] == ["input", "lookup", "activation", "activation"]
    codes = np.repeat(np.arange(-512, 512)[:, np.newaxis], 3, axis=1)
    found, exact = Reference(graph).output_codes({"x": codes}), np.tanh(codes * SOURCE.format.lsb)
    assert np.array_equal(found["y"], fixed(5, 0, rounding).quantize_real(exact))
    own_codes = np.clip(round_real(exact * 2.0 ** columns[0], rounding), columns[1], columns[2])
    assert np.array_equal(found["z"], own_codes * 2.0 ** (columns[0].max() - columns[0]))


def test_a_final_sigmoid_is_a_table_if_its_type_is_declared() -> None:
    graph = chain(SigmoidLayer("score", ("x",)))
    declared = run(graph, PIPELINE, PassOptions(results={"score": DeclaredType((fixed(9, 0),))}))
    assert [(layer.name, layer.kind) for layer in declared.layers] == [("x", "input"), ("score", "lookup")]
    assert declared.outputs == ("score",)


def test_without_a_quantizer() -> None:
    with pytest.raises(ModelError) as caught:
        run(chain(CurveLayer("curve", ("x",), Smooth(Curve.TANH))), PIPELINE, PassOptions())
    assert str(caught.value) == (
        "curve (curve): tanh has no exact result; put a quantizer right after it, or declare its result in "
        'design.yaml: layers: {curve: {output: "fixed<W,I,RND_CONV,SAT>"}}'
    )


def test_a_wide_input_is_refused() -> None:
    layers = CurveLayer("curve", ("x",), Smooth(Curve.TANH)), ActivationLayer("y", ("curve",), fixed(8, 0))
    with pytest.raises(ModelError) as caught:
        run(chain(*layers, source=fixed(15, 3)), PIPELINE, PassOptions())
    assert str(caught.value) == (
        "curve (curve): needs a table for 15 bits, but at most 14 are supported; put a quantizer of at most 12 bits in "
        "front"
    )


@given(st.fractions(Fraction(-9), Fraction(9), max_denominator=8), st.sampled_from(list(Rounding)))
@settings(max_examples=80, deadline=None)
def test_fractions_are_rounded_as_floats_are(value: Fraction, rounding: Rounding) -> None:
    assert round_fraction(value, rounding) == round_real(np.array([float(value)]), rounding)[0]


@given(st.fractions(-(2**70), 2**70, max_denominator=16), st.sampled_from(list(Overflow)), st.booleans())
@settings(max_examples=60, deadline=None)
def test_entries_of_any_size_overflow_as_their_quantizer_says(
    value: Fraction, overflow: Overflow, signed: bool
) -> None:
    quantizer = FixedQuantizer(FixedFormat(signed, 5, 2), Rounding.TRN, overflow)
    (entry,) = rounded(CurveLayer("y", ("x",), Smooth(Curve.EXP)), [[value]], quantizer).table.codes[0]
    code, low, high = floor(value * 4), quantizer.low, quantizer.high
    wrapped = (code - quantizer.format.low) % (1 << quantizer.format.bits) + quantizer.format.low
    assert entry == (wrapped if overflow is Overflow.WRAP else min(max(code, low), high))
