"""Lanes: every sum equals the map, for random maps, at all corners of 8x8 and for all 4x4 products."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.convolution import Convolution
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.dsp.dsp_implementations import DspImplementations
from bxnn.compiler.schedule.dsp.packing_planner import PackingPlanner
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D
from tests.packing.emulate import emulated, expected, tensor_of

DSP48E1 = Multiplier("DSP48E1", 25, 18, 48)
DSP48E2 = Multiplier("DSP48E2", 27, 18, 48)
DSP58 = Multiplier("DSP58", 27, 24, 58)


def bindings(
    linear: LinearMap, source: Tensor, interval: int, chosen: LayerSettings, multiplier: Multiplier = DSP48E2
) -> Iterator[DspBinding]:
    """Every form of a map, built and thereby verified."""
    forms = DspImplementations("fc (dense)", linear, source, interval, chosen, multiplier, 62)
    for layout in (Layout.pulse(linear.inputs), Layout.serial(linear.inputs, min(interval, linear.inputs))):
        for option in (option for option in (*forms.cascaded, *forms.serial(layout)) if option.recipe.possible):
            binding = option.realise()
            assert isinstance(binding, DspBinding) and binding.dsp == option.dsp
            yield binding


def corners(rng: np.random.Generator, source: Tensor, linear: LinearMap, output: int) -> list[Int]:
    """Inputs that make the sum of an output as small and as large as possible, and random ones."""
    low, high = source.low.ravel(), source.high.ravel()
    up = linear.weights[output] > 0
    return [np.where(up, low, high), np.where(up, high, low), low, high, rng.integers(low, high, endpoint=True)]


@st.composite
def maps(draw: st.DrawFn) -> tuple[LinearMap, Tensor]:
    """Small maps of narrow weights, including corners; some with equal rows, as for convolutions."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    outputs, inputs, bits = draw(st.integers(2, 9)), draw(st.integers(1, 8)), draw(st.integers(2, 8))
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    weights = rng.integers(low, high, (outputs, inputs), endpoint=True)
    weights[rng.random(weights.shape) < 0.2] = low
    weights[rng.random(weights.shape) < draw(st.sampled_from([0.0, 0.6]))] = 0
    if draw(st.booleans()):  # a moving window of one filter
        taps = rng.integers(low, high, min(2, inputs), endpoint=True)
        weights = np.zeros((outputs, inputs * outputs), np.int64)
        for output in range(outputs):
            weights[output, output : output + taps.size] = taps
    source = tensor_of(weights.shape[1], draw(st.integers(2, 8)), draw(st.booleans()))
    return LinearMap(weights, rng.integers(-50, 50, outputs), weights.size), source


@settings(max_examples=40)
@given(maps(), st.sampled_from([DSP48E1, DSP48E2, DSP58]), st.integers(1, 5))
def test_every_form_computes_the_map(case: tuple[LinearMap, Tensor], multiplier: Multiplier, interval: int) -> None:
    linear, source = case
    rng = np.random.default_rng(1)
    found = list(bindings(linear, source, interval, LayerSettings(), multiplier))
    for binding in found[:: max(1, len(found) // 25)]:
        packing = binding.packing
        assert packing is not None
        assert multiplier.fits(packing.operand_bits, packing.weight_bits)
        assert packing.sum_bits <= multiplier.accumulator_bits
        for x in corners(rng, source, linear, int(rng.integers(linear.outputs))):
            assert np.array_equal(emulated(linear, binding, source, x), expected(linear, x))


@pytest.mark.parametrize("binding_name", ["output_serial", "output_switched", "input_serial"])
@pytest.mark.parametrize("kind", [Conv2D, DepthwiseConv2D], ids=["conv2d", "depthwise_conv2d"])
def test_every_form_of_a_convolution(kind: type[Convolution], binding_name: BindingChoice) -> None:
    """Strides, borders and groups: two positions of a filter share some taps but not others."""
    rng = np.random.default_rng(2)
    for example in kind.examples():
        assert isinstance(example.layer, Convolution)
        linear, source = example.layer.linear_map(example.sources), example.sources[0]
        for interval in (2, 5):
            for binding in bindings(linear, source, interval, LayerSettings(binding_name)):
                for x in corners(rng, source, linear, int(rng.integers(linear.outputs))):
                    found = emulated(linear, binding, source, x.ravel())
                    assert np.array_equal(found, expected(linear, x.ravel()))


def combinations(codes: list[int], products: int) -> LinearMap:
    """All combinations of weights side by side: one input, ``products`` outputs for each combination."""
    weights = np.array(list(product(codes, repeat=products)), np.int64).reshape(-1, 1)
    return LinearMap(weights, np.zeros(len(weights), np.int64), len(weights))


CORNERS = [-128, -127, -64, -1, 0, 1, 64, 126, 127]
EVERY = list(range(-8, 8))


@pytest.mark.parametrize("binding_name", ["output_serial", "input_serial"])
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize(
    ("codes", "bits", "products"),
    [(CORNERS, 8, 2), (EVERY, 4, 2), (EVERY, 4, 3), ([c for c in EVERY if -4 < c < 4], 4, 4)],
    ids=["8x8 corners", "all 4x4", "all 4x4 by three", "all 3x4 by four"],
)
def test_all_products(codes: list[int], bits: int, products: int, signed: bool, binding_name: BindingChoice) -> None:
    """Every combination of weights side by side, with every code of the input."""
    linear, source = combinations(codes, products), tensor_of(1, bits, signed)
    binding = next(bindings(linear, source, 1, LayerSettings(binding_name, packing=products)))
    assert binding.packing.products == products
    assert binding.dsp < linear.outputs // products + 1
    for code in range(int(source.low[0]), int(source.high[0]) + 1):
        x = np.array([code])
        assert np.array_equal(emulated(linear, binding, source, x), expected(linear, x))


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize(("weight", "bits"), [(w, 8) for w in CORNERS if w] + [(w, 4) for w in EVERY if w])
def test_all_pairs_of_pixels(weight: int, bits: int, signed: bool) -> None:
    """One weight, two pixels: all pairs of 4-bit codes, all corners of 8-bit ones."""
    linear = LinearMap(weight * np.eye(2, dtype=np.int64), np.array([5, -7]), 2)
    source = tensor_of(2, bits, signed)
    shared = [
        found
        for found in bindings(linear, source, 1, LayerSettings("output_serial", packing=2))
        if found.packing.shares_weight
    ]
    low, high = int(source.low[0]), int(source.high[0])
    codes = range(low, high + 1) if bits == 4 else [low, low + 1, (low + high) // 2, high - 1, high]
    assert shared and shared[0].dsp == 1
    for pair in product(codes, repeat=2):
        assert np.array_equal(emulated(linear, shared[0], source, np.array(pair)), expected(linear, np.array(pair)))


@pytest.mark.parametrize("binding_name", ["output_serial", "output_switched", "input_serial"])
def test_one_guard_bit_too_few(binding_name: BindingChoice) -> None:
    """Negative control: the proof rejects the lanes, and a sum is wrong."""
    linear = LinearMap(np.array([[-8, -8, -8], [7, -8, 7]]), np.array([0, 0]), 6)
    source = tensor_of(3, 4, True)
    for binding in bindings(linear, source, 3, LayerSettings(binding_name, packing=2)):
        narrow = replace(binding, packing=replace(binding.packing, lane_bits=binding.packing.lane_bits - 1))
        with pytest.raises(InternalError) as caught:
            narrow.verify("fc (dense)")
        assert "does not fit a lane of" in caught.value.problem
        inputs = [np.array(x) for x in product([-8, -1, 7], repeat=3)]
        assert any(not np.array_equal(emulated(linear, narrow, source, x), expected(linear, x)) for x in inputs)


def test_a_cascade_too_long_for_its_lanes_is_cut() -> None:
    """255 * 100 * 16 inputs need 20 bits, two 8-bit weights leave 19: two cascades of 8."""
    linear = LinearMap(np.full((2, 16), 100), np.array([0, 0]), 32)
    source = tensor_of(16, 8, False)
    found = list(bindings(linear, source, 1, LayerSettings("output_serial", packing=2)))
    assert {binding.segments for binding in found if isinstance(binding, Cascaded)} == {2, 4, 8, 16}
    assert all(binding.packing.lane_bits <= 19 for binding in found)


def test_lanes_do_not_depend_on_what_was_asked_before() -> None:
    """Outputs 0 to 5 in three lanes meet a borrow below the lowest code, in two they do not."""
    linear = LinearMap(np.array([[1], [-1], [-4], [1], [1], [1]]), np.zeros(6, np.int64), 6)
    source = tensor_of(1, 2, True)
    forms = [Accumulators(linear, Layout.serial(1, 1), products) for products in (2, 3)]
    planner = PackingPlanner("fc (dense)", linear, source, None, DSP48E2)
    packings = [planner.of_accumulators(form) for form in forms]
    alone = [PackingPlanner("fc (dense)", linear, source, None, DSP48E2).of_accumulators(form) for form in forms]
    assert packings == alone
    two, three = packings
    assert two is not None and two.weight_bits == two.lane_bits + linear.weight_bits
    assert three is not None and three.weight_bits == 2 * three.lane_bits + linear.weight_bits + 1
