"""Thresholds and argmax beside the values of an output: every bit is what the host would decide on the values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.errors import BxnnError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import ConstantDecision
from bxnn.compiler.ir.real_scale import RealScale
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.output_form import ARGMAX, VALUES, Form, OutputForm
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.comparable import comparable
from bxnn.layers.decision import Decision
from bxnn.layers.dense import Dense
from bxnn.layers.sigmoid import SigmoidLayer
from bxnn.layers.softmax import SoftmaxLayer
from bxnn.sim.reference import Reference
from tests.layers.firmware import check_firmware, schedule

INPUT = FixedQuantizer(FixedFormat(True, 2, 3), Rounding.RND_CONV, Overflow.SAT)
SCORE = FixedQuantizer(FixedFormat(False, 0, 4), Rounding.RND_CONV, Overflow.SAT)
CODES = np.random.default_rng(2).integers(-32, 32, (300, 2))


def cut(threshold: float, strict: bool = False) -> OutputForm:
    return OutputForm(Form.THRESHOLD, threshold, strict)


def network(*final: Layer, classes: int = 2) -> Graph:
    kernel = np.random.default_rng(1).integers(-5, 6, (2, classes))
    fc = Dense("fc", ("x",), FixedTensor(kernel, 2), FixedTensor(np.arange(classes), 1))
    layers = (Input("x", (), (2,), INPUT), fc, *final)
    return Graph("net", layers, (layers[-1].name,))


def lowered(graph: Graph, options: PassOptions) -> Graph:
    return run(graph, PIPELINE, options)


def outputs(graph: Graph) -> dict[str, np.ndarray]:
    return Reference(graph).predict({"x": CODES / 8})


finite = st.floats(-40, 40) | st.integers(-320, 320).map(lambda code: code / 8)
formats = st.builds(FixedFormat, st.booleans(), st.integers(0, 4), st.integers(1, 4))
scales = st.none() | st.builds(
    RealScale,
    st.lists(st.floats(-2, 2), min_size=3, max_size=3).map(tuple) | st.floats(-2, 2).map(lambda factor: (factor,)),
    st.floats(-1, 1).map(lambda shift: (shift,)),
)


@given(formats, finite, st.booleans(), scales)
def test_the_integer_comparison_is_the_one_of_real_values(
    number_format: FixedFormat, threshold: float, strict: bool, scale: RealScale | None
) -> None:
    """For every code of the format, on both sides of equality, rising and falling."""
    codes = np.repeat(np.arange(number_format.low, number_format.high + 1)[:, np.newaxis], 3, axis=1)
    decision = Decision("d", ("x",), threshold, strict, scale)
    values = codes * number_format.lsb if scale is None else scale.of(codes)
    wanted = values > threshold if strict else values >= threshold
    found = decision.evaluate([codes], [Tensor.of_format((3,), number_format)])
    assert np.array_equal(found, wanted)


@given(formats, st.floats(-0.1, 1.1), st.booleans())
def test_a_threshold_on_a_score_is_one_on_its_logit(number_format: FixedFormat, threshold: float, strict: bool) -> None:
    codes = np.arange(number_format.low, number_format.high + 1)[:, np.newaxis]
    curve = Smooth(Curve.SIGMOID)
    scores = [curve(code / Fraction(2) ** number_format.fraction_bits) for code in codes.ravel().tolist()]
    wanted = [score > threshold if strict else score >= threshold for score in scores]
    decision = Decision("d", ("x",), threshold, strict, None, curve)
    found = decision.evaluate([codes], [Tensor.of_format((1,), number_format)])
    assert found.ravel().tolist() == wanted


@given(
    st.lists(st.fractions(-9, 9, max_denominator=50), min_size=2, max_size=5),
    st.fractions(-3, 3, max_denominator=50).filter(bool),
    st.integers(0, 3),
    st.integers(0, 99),
)
def test_codes_of_different_shifts_are_compared_as_numbers(
    shifts: list[Fraction], factor: Fraction, fraction_bits: int, seed: int
) -> None:
    """The largest, and the first of equal ones, is that of ``factor * code + shift``."""
    source = Tensor.of_format((len(shifts),), FixedFormat(True, 6 - fraction_bits, fraction_bits))
    layer = comparable("c", "x", fraction_bits, factor, shifts)
    codes = np.random.default_rng(seed).integers(-64, 64, (40, len(shifts)))
    found = layer.evaluate([codes], [source]).argmax(axis=1).tolist()
    numbers = [[factor * code + shift for code, shift in zip(event, shifts, strict=True)] for event in codes.tolist()]
    assert found == [event.index(max(event)) for event in numbers]


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize("factor", [0.3, -0.3])
def test_argmax_of_an_output_with_shifts(softmax: bool, factor: float) -> None:
    layers = (SoftmaxLayer("soft", ("fc",)),) if softmax else ()
    scale = RealScale((factor,), (0.1, -2.33, 0.71))
    graph = replace(network(*layers, classes=3), scales={"fc": scale})
    forms = (VALUES, ARGMAX)
    found = outputs(lowered(graph, PassOptions(outputs={"soft" if softmax else "fc": forms})))
    values, chosen = found.values()
    assert np.array_equal(chosen[:, 0], values.argmax(axis=1))
    alone = lowered(graph, PassOptions(outputs={"soft" if softmax else "fc": (ARGMAX,)}))
    assert np.array_equal(next(iter(outputs(alone).values())), chosen)


def test_ports_in_the_order_asked_for() -> None:
    graph = lowered(network(classes=3), PassOptions(outputs={"fc": (cut(0.5), VALUES, ARGMAX)}))
    assert graph.outputs == ("fc_threshold", "fc", "fc_argmax")
    found = outputs(graph)
    assert np.array_equal(found["fc_threshold"], found["fc"] >= 0.5)
    assert np.array_equal(found["fc_argmax"][:, 0], found["fc"].argmax(axis=1))


@pytest.mark.parametrize(("wanted", "name"), [("score", "score_threshold"), ("fc", "fc_threshold")])
def test_units_are_those_of_the_named_output(wanted: str, name: str) -> None:
    """0.75 of a sigmoid, or of its logits."""
    graph = lowered(network(SigmoidLayer("score", ("fc",))), PassOptions(outputs={wanted: (VALUES, cut(0.75))}))
    assert graph.outputs == (wanted, name)
    found = outputs(graph)
    value = 1 / (1 + np.exp(-found[wanted])) if wanted == "score" else found[wanted]
    assert np.array_equal(found[name], value >= 0.75)


def test_the_activation_of_a_layer_is_its_result() -> None:
    graph = network(SigmoidLayer("fc_activation", ("fc",), False))
    graph = lowered(graph, PassOptions(outputs={"fc": (VALUES, cut(0.5, True))}))
    assert graph.outputs == ("fc", "fc_threshold")
    found = outputs(graph)
    assert np.array_equal(found["fc_threshold"], found["fc"] > 0)


def test_a_threshold_on_a_declared_score_is_on_its_grid() -> None:
    options = PassOptions(outputs={"fc": (VALUES, cut(0.625))}, results={"fc": DeclaredType((SCORE,))})
    found = outputs(lowered(network(SigmoidLayer("fc_activation", ("fc",), False)), options))
    logits = outputs(lowered(network(), PassOptions()))["fc"]
    score = np.minimum(np.rint(16 / (1 + np.exp(-logits))), 15) / 16
    assert np.array_equal(found["fc_activation"], score)
    assert np.array_equal(found["fc_threshold"], score >= 0.625)


@pytest.mark.parametrize("declared", [False, True])
def test_a_softmax_of_two_classes(declared: bool) -> None:
    options = PassOptions(
        outputs={"soft": (VALUES, cut(0.3))}, results={"soft": DeclaredType((SCORE,))} if declared else {}
    )
    found = outputs(lowered(network(SoftmaxLayer("soft", ("fc",))), options))
    logits = outputs(lowered(network(), PassOptions()))["fc"]
    score = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if declared:
        score = np.minimum(np.rint(16 * score), 15) / 16
        assert np.array_equal(found["soft"], score)
    assert np.array_equal(found["soft_threshold"], score >= 0.3)


def test_a_threshold_that_decides_nothing_is_told() -> None:
    graph = lowered(network(), PassOptions(outputs={"fc": (cut(99.0),)}))
    assert [notice for notice in graph.notices if isinstance(notice, ConstantDecision)] == [
        ConstantDecision("fc_threshold (decision)", 99.0)
    ]
    assert not outputs(graph)["fc_threshold"].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            PassOptions(outputs={"soft": (cut(0.3),)}),
            "design.yaml: outputs: soft: a threshold on a softmax of 3 classes has no equivalent on its logits; "
            "use argmax, or a threshold on the logits fc",
        ),
        (
            PassOptions(outputs={"sotf": (VALUES,)}),
            "design.yaml: outputs: sotf: is not a network output; did you mean 'soft'?",
        ),
    ],
)
def test_refusals(options: PassOptions, message: str) -> None:
    with pytest.raises(BxnnError) as caught:
        lowered(network(SoftmaxLayer("soft", ("fc",)), classes=3), options)
    assert str(caught.value) == message


@pytest.mark.parametrize("initiation_interval", [1, 3])
def test_firmware(initiation_interval: int, tmp_path: Path) -> None:
    """All ports of one event leave in one cycle, the predicted one."""
    graph = lowered(network(SoftmaxLayer("soft", ("fc",))), PassOptions(outputs={"soft": (VALUES, ARGMAX, cut(0.3))}))
    check_firmware(graph, schedule(graph, initiation_interval), tmp_path)
