"""The reference equals QKeras itself, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conv.cases import draw_all
from tests.conv.chains import CHAINS
from tests.conv.conftest import Answers
from tests.conv.drawn import draw_networks
from tests.vhdl.harness import seed_for

NAMES = [case["name"] for case in draw_all(seed_for("conv"))]
# QKeras divides by the area and multiplies by it again in float32, so its result is off the grid by an ulp or two.
BY_AREA = [name for name in NAMES if name.startswith(("QAverage", "QGlobalAverage"))]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in BY_AREA])
def test_single_layers(answers: Answers, name: str) -> None:
    ours, theirs = answers.ours(name), answers.theirs(name)
    assert ours.shape == theirs.shape
    assert np.array_equal(ours, theirs), (answers.cases[name], np.abs(ours - theirs).max())


@pytest.mark.parametrize("name", [case["name"] for case in CHAINS if case["name"] not in ("nine", "bare")])
def test_chains(answers: Answers, name: str) -> None:
    assert np.array_equal(answers.ours(name), answers.theirs(name))


@pytest.mark.parametrize("name", [*BY_AREA, "nine"])
def test_quantized_averages(answers: Answers, name: str) -> None:
    ours, theirs = answers.ours(name), answers.theirs(name)
    assert ours.shape == theirs.shape
    assert np.allclose(ours, theirs, rtol=1e-6, atol=1e-6), answers.cases[name]
    graph = answers.graph(name)
    lsb = graph.tensors()[graph.outputs[0]].format.lsb
    assert np.array_equal(ours, np.rint(theirs / lsb) * lsb), "on the grid they are the same"


@pytest.mark.parametrize("name", [one.chain["name"] for one in draw_networks(seed_for("drawn"), 14)])
def test_drawn_networks(answers: Answers, name: str) -> None:
    assert np.array_equal(answers.ours(name), answers.theirs(name)), answers.cases[name]


def test_a_folded_layer_is_the_same_from_a_keras_file(answers: Answers) -> None:
    assert np.array_equal(answers.ours("folded", "keras"), answers.theirs("folded"))


def test_outputs_are_not_trivial(answers: Answers) -> None:
    constant = [name for name in NAMES if len(np.unique(answers.theirs(name))) < 3]
    assert len(constant) < len(NAMES) / 20, constant
