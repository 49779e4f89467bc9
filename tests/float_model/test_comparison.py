"""The arithmetic of the comparison, on made-up outputs: no TensorFlow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.output_form import ARGMAX
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.dense import Dense
from bxnn.sim.float_comparison import FloatComparison, compare_outputs
from bxnn.sim.reference import Reference
from tests.float_model.conftest import INPUT

KERNEL = np.array([[1, -2, 3], [4, 0, -1]])
VALUES = {"x": np.array([[0.5, 1.0], [-2.0, 0.25], [7.0, -8.0], [0.0, 0.0]])}
EXACT = VALUES["x"] @ (KERNEL / 4)
LSB = 2.0**-6


def network(argmax: bool = False, kernel: NDArray[np.int64] = KERNEL) -> Reference:
    layers = (Input("x", (), (2,), INPUT), Dense("y", ("x",), FixedTensor(kernel, 2), None))
    options = PassOptions(outputs={"y": (ARGMAX,)} if argmax else {})
    return Reference(run(Graph("net", layers, ("y",)), PIPELINE, options))


def compared(
    exact: NDArray[np.float64],
    labels: NDArray[np.generic] | None = None,
    reference: Reference | None = None,
    real: NDArray[np.float64] = EXACT,
) -> FloatComparison:
    outputs = {"exact_0": exact.astype(np.float32), "real_0": real.astype(np.float32)}
    return compare_outputs(reference or network(), VALUES, outputs, labels, "test", None)


def test_outputs_are_snapped_to_the_grid() -> None:
    assert network().tensors["y"].format.lsb == LSB
    assert compared(EXACT + 0.4 * LSB).elements_differing == 0
    assert compared(EXACT + 0.6 * LSB).elements_differing == EXACT.size


def test_the_first_difference_is_named() -> None:
    model = EXACT.copy()
    model[3, 0] += 2 * LSB
    model[1, 2] -= 3 * LSB
    model[1, 1] += LSB
    found = compared(model)
    assert (found.events_differing, found.elements_differing, found.max_abs_error) == (2, 3, 3 * LSB)
    assert found.first_difference == "event 1, output y, element 1: the model gives 1.015625, bxnn 1"


def test_sums_too_wide_for_float32_are_pointed_out() -> None:
    found = compared(EXACT, reference=network(kernel=(KERNEL << 24) + 1))
    assert found.first_difference is not None and found.first_difference.endswith(
        "; some sums of this network are too wide for float32, in which the model computes"
    )


def test_an_argmax_is_compared_by_index_and_ties_go_to_the_lowest() -> None:
    reference = network(argmax=True)
    assert reference.predict(VALUES)["y_argmax"][3] == 0  # all three logits are zero
    assert compared(EXACT, reference=reference).elements_differing == 0
    model = EXACT.copy()
    model[3, 2] += 0.4 * LSB  # a tie on the grid stays one
    assert compared(model, reference=reference).elements_differing == 0
    model[3, 2] = LSB
    found = compared(model, reference=reference)
    assert found.first_difference == "event 3, output y_argmax, element 0: the model gives 2, bxnn 0"
    assert found.max_abs_error == 2


def test_the_unquantized_model_is_compared_before_an_argmax() -> None:
    real = EXACT + np.array([0.0, 0.5, -1.0])
    found = compared(EXACT, reference=network(argmax=True), real=real)
    assert found.unquantized_max_abs_error == 1.0
    assert found.unquantized_rms_error == pytest.approx(np.sqrt((0.25 + 1) / 3))


@pytest.mark.parametrize("argmax", [False, True])
def test_accuracy_takes_numbers_and_one_hot_vectors(argmax: bool) -> None:
    labels = np.array([0, 1, 2, 1])
    for given in (labels, labels[:, np.newaxis], labels.astype(np.float32), np.eye(3)[labels]):
        found = compared(EXACT, given, network(argmax=argmax), real=-EXACT)
        assert (found.accuracy, found.accuracy_model) == (0.75, 0.75)
        assert found.accuracy_unquantized == np.mean((-EXACT).argmax(axis=1) == labels)


@pytest.mark.parametrize(
    "labels",
    [
        None,
        np.array([0, 1, 2, 3]),
        np.array([0.5, 1, 1, 1]),
        np.zeros((4, 2)),
        np.zeros(3),
        np.array(["a"] * 4),
    ],
)
def test_other_labels_give_no_accuracy(labels: NDArray[np.generic] | None) -> None:
    found = compared(EXACT, labels)
    assert found.accuracy is found.accuracy_model is found.accuracy_unquantized is None


def test_other_outputs_are_an_error() -> None:
    with pytest.raises(VerificationError, match=r"float model: output y has shape \(2,\), but \(3,\) in the compiled"):
        compared(EXACT[:, :2])
    with pytest.raises(VerificationError, match="output y has 1 value that is not finite"):
        compared(np.where(np.eye(4, 3, -1) == 1, [np.nan, 0, 0], EXACT))
    reference = network()
    twice = Reference(replace(reference.graph, outputs=("y", "x")))
    with pytest.raises(VerificationError, match="has 1 output, the compiled network 2"):
        compared(EXACT, reference=twice)


@pytest.mark.parametrize(("signed", "cut"), [(True, 0.0), (False, 0.5)])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_accuracy_of_one_output_is_that_of_its_cut(signed: bool, cut: float, shape: tuple[int, ...]) -> None:
    source = INPUT if signed else FixedQuantizer(FixedFormat(False, 2, 4), Rounding.RND_CONV, Overflow.SAT)
    layers = (Input("x", (), (1,), source), Dense("y", ("x",), FixedTensor(np.array([[1]]), 0), None))
    reference = Reference(run(Graph("net", layers, ("y",)), PIPELINE, PassOptions()))
    values = cut + np.array([[0.25], [-0.25], [0.0], [1.0]])
    model = np.array([[1.0], [-1.0], [-1.0], [1.0]]) if signed else np.array([[1.0], [0.0], [0.0], [1.0]])
    outputs = {"exact_0": model.astype(np.float32), "real_0": -model.astype(np.float32)}
    labels = np.array([1, 0, 1, 1]).reshape(shape)
    found = compare_outputs(reference, {"x": values}, outputs, labels, "test", None)
    assert (found.accuracy, found.accuracy_model) == (0.75, 0.75)
    assert found.accuracy_unquantized == np.mean((-model[:, 0] > cut) == labels.reshape(4))


@pytest.mark.parametrize("labels", [np.array([0, 1, 2, 1]), np.array([0.0, 0.5, 1.0, 1.0]), np.eye(4)])
def test_other_labels_of_one_output_give_no_accuracy(labels: NDArray[np.generic]) -> None:
    reference = network(kernel=KERNEL[:, :1])
    outputs = {"exact_0": EXACT[:, :1].astype(np.float32)}
    assert compare_outputs(reference, VALUES, outputs, labels, "test", "none").accuracy is None
