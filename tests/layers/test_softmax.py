"""Softmax by tables: within its stated error of the exact one, whatever the logits, and the same in hardware."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import TabulatedSoftmax
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.softmax import SoftmaxLayer
from bxnn.layers.softmax_tables import SoftmaxTables
from bxnn.sim.reference import Reference
from tests.ir.networks import dense
from tests.layers.firmware import check_firmware, schedule

SCORE = FixedQuantizer(FixedFormat(False, 0, 8), Rounding.RND_CONV, Overflow.SAT)


def exact(logits: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@settings(max_examples=25)
@given(
    shape=st.lists(st.integers(1, 3), max_size=2).flatmap(lambda head: st.integers(2, 12).map(lambda n: (*head, n))),
    number_format=st.builds(FixedFormat, st.booleans(), st.integers(0, 5), st.integers(1, 12)),
    bits=st.integers(0, 16),
    factor=st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(7, 5), Fraction(1, 100)]),
    seed=st.integers(0, 99),
)
def test_no_product_is_farther_than_stated(
    shape: tuple[int, ...], number_format: FixedFormat, bits: int, factor: Fraction, seed: int
) -> None:
    source = Tensor.of_format(shape, number_format)
    tables = SoftmaxTables.of(source, bits, factor)
    codes = np.random.default_rng(seed).integers(number_format.low, number_format.high + 1, (50, *shape))
    values, tensors = {"x": codes}, {"x": source}
    for layer in tables.layers("y", "x", lambda part: f"y_{part}"):
        sources = [tensors[name] for name in layer.inputs]
        tensors[layer.name] = layer.infer(sources)
        values[layer.name] = layer.evaluate([values[name] for name in layer.inputs], sources)
    found = values["y"] * tensors["y"].format.lsb
    assert np.abs(found - exact(codes * number_format.lsb * float(factor))).max() <= float(tables.error) + 1e-12


@pytest.mark.parametrize("classes", [3, 5])
def test_results_are_those_of_float64_at_most_points(classes: int) -> None:
    graph = lowered(classes, ActivationLayer("y", ("soft",), SCORE))
    codes = np.random.default_rng(3).integers(-64, 64, (2000, classes))
    (found,) = Reference(graph).output_codes({"x": codes}).values()
    wanted = np.minimum(np.rint(256 * exact(codes / 8)), 255)
    assert np.abs(found - wanted).max() <= 1
    (notice,) = [notice for notice in graph.notices if isinstance(notice, TabulatedSoftmax)]
    assert 256 * notice.error < 0.012
    assert (found != wanted).mean() < 2 * 256 * notice.error


def test_two_classes_are_exact() -> None:
    graph = lowered(2, ActivationLayer("y", ("soft",), SCORE))
    codes = np.stack(np.meshgrid(np.arange(-64, 64), np.arange(-64, 64)), -1).reshape(-1, 2)
    (found,) = Reference(graph).output_codes({"x": codes}).values()
    assert np.array_equal(found, np.minimum(np.rint(256 * exact(codes / 8)), 255))
    assert not [notice for notice in graph.notices if isinstance(notice, TabulatedSoftmax)]


def test_readers_with_a_format_per_element() -> None:
    columns = np.array([[6, 3, 5], [0, 0, 0], [63, 7, 31]])
    own = ElementQuantizer.of_columns(columns, Rounding.RND_CONV, False)
    graph = lowered(3, ActivationLayer("y", ("soft",), own))
    codes = np.random.default_rng(3).integers(-64, 64, (500, 3))
    (found,) = Reference(graph).predict({"x": codes / 8}).values()
    wanted = np.minimum(exact(codes / 8), columns[2] / 2.0 ** columns[0])
    assert (np.abs(found - wanted).max(axis=0) <= 0.5 / 2.0 ** columns[0] + 1e-3).all()


@pytest.mark.parametrize("initiation_interval", [1, 2])
def test_firmware(initiation_interval: int, tmp_path: Path) -> None:
    graph = lowered(3, ActivationLayer("y", ("soft",), SCORE), dense("end", "y", np.array([[1], [-2], [3]])))
    check_firmware(graph, schedule(graph, initiation_interval), tmp_path)


def lowered(classes: int, *readers: object) -> Graph:
    quantizer = FixedQuantizer(FixedFormat(True, 3, 3), Rounding.RND_CONV, Overflow.SAT)
    layers = (Input("x", (), (classes,), quantizer), SoftmaxLayer("soft", ("x",)), *readers)
    return run(Graph("net", layers, (layers[-1].name,)), PIPELINE, PassOptions())  # type: ignore[arg-type, attr-defined]
