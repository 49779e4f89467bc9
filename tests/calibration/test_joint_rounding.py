"""Weights that are rounded together: never far from themselves, and better for the sums than each alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.calibration.chosen_format import weight_formats
from bxnn.compiler.calibration.joint_rounding import FARTHEST, rounding_steps
from bxnn.compiler.calibration.moments import moments_of
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.depthwise_conv2d import DepthwiseConv2D


def correlated(events: int, inputs: int, rng: np.random.Generator) -> Reals:
    """Few causes, many numbers."""
    causes = rng.standard_normal((events, max(inputs // 3, 1)))
    return causes @ rng.standard_normal((causes.shape[1], inputs)) + 0.1 * rng.standard_normal((events, inputs))


@given(seed=st.integers(0, 10_000), bits=st.integers(2, 10), inputs=st.integers(1, 30), outputs=st.integers(1, 6))
@settings(max_examples=40)
def test_sums_are_better_and_weights_stay_near(seed: int, bits: int, inputs: int, outputs: int) -> None:
    rng = np.random.default_rng(seed)
    kernel, x = rng.standard_normal((inputs, outputs)), correlated(300, inputs, rng)
    layer = Dense("y", ("x",), FixedTensor(np.zeros(kernel.shape, np.int64), 0), None)
    moments = moments_of(layer, x)
    assert moments is not None and moments.covariance is not None and moments.crossed is not None
    types = weight_formats(kernel, moments.importance(outputs), bits, outputs)
    steps = rounding_steps(kernel, moments.covariance, moments.crossed, types)
    assert len(steps) in (0, kernel.size) and set(steps) <= set(range(-FARTHEST, FARTHEST + 1))
    nearest = DeclaredType(types).constant("kernel", kernel, outputs).values
    found = DeclaredType(types, steps).constant("kernel", kernel, outputs).values
    for channel, own in enumerate(types):
        lsb = own.format.lsb
        assert own.low * lsb <= found[:, channel].min() and found[:, channel].max() <= own.high * lsb
        assert np.abs(found - nearest)[:, channel].max() <= FARTHEST * lsb
    errors = [np.var(x @ (rounded - kernel), axis=0).sum() for rounded in (nearest, found)]
    assert inputs < 6 or errors[1] <= 1.2 * errors[0]


def test_correlated_inputs_lose_less_than_half() -> None:
    """The reason for all this, on average over networks."""
    rng, errors = np.random.default_rng(1), np.zeros(2)
    for _ in range(20):
        kernel, x = rng.standard_normal((32, 8)), correlated(300, 32, rng)
        layer = Dense("y", ("x",), FixedTensor(np.zeros(kernel.shape, np.int64), 0), None)
        moments = moments_of(layer, x)
        assert moments is not None and moments.covariance is not None and moments.crossed is not None
        types = weight_formats(kernel, moments.importance(8), 5, 8)
        steps = rounding_steps(kernel, moments.covariance, moments.crossed, types)
        for place, own in enumerate((DeclaredType(types), DeclaredType(types, steps))):
            errors[place] += np.var(x @ (own.constant("kernel", kernel, 8).values - kernel), axis=0).sum()
    assert errors[1] < 0.5 * errors[0]


def test_weights_make_up_for_the_rounding_of_what_they_multiply() -> None:
    """An input that is rounded coarsely counts less where others say nearly the same; on average over networks."""
    rng, errors = np.random.default_rng(2), np.zeros(2)
    for _ in range(20):
        kernel, real = rng.standard_normal((24, 6)), correlated(400, 24, rng)
        lsbs = np.exp2(rng.integers(-4, 1, 24))
        read = np.rint(real / lsbs) * lsbs
        layer = Dense("y", ("x",), FixedTensor(np.zeros(kernel.shape, np.int64), 0), None)
        types = weight_formats(kernel, np.ones(1), 5, 6)
        for place, own in enumerate((moments_of(layer, real), moments_of(layer, real, read))):
            assert own is not None and own.covariance is not None and own.crossed is not None
            steps = rounding_steps(kernel, own.covariance, own.crossed, types)
            found = DeclaredType(types, steps).constant("kernel", kernel, 6).values
            errors[place] += np.var(read @ found - real @ kernel, axis=0).sum()
    assert errors[1] < 0.9 * errors[0]


@given(seed=st.integers(0, 10_000), padded=st.booleans(), groups=st.sampled_from([1, 2]))
@settings(max_examples=15)
def test_factors_of_a_convolution_are_what_its_weights_multiply(seed: int, padded: bool, groups: int) -> None:
    rng = np.random.default_rng(seed)
    border = (1, 0) if padded else (0, 0)
    window = Window((2, 3), (1, 2), (1, 1), border, border)
    shape = (2, 3, 4 // groups, 6)
    layers = [Conv2D("y", ("x",), FixedTensor(rng.integers(-9, 9, shape), 0), None, window, groups)]
    kernel = FixedTensor(rng.integers(-9, 9, (2, 3, 4, 2)), 0)
    x = rng.standard_normal((5, 6, 7, 4))
    for layer in (*layers, DepthwiseConv2D("y", ("x",), kernel, None, window)):
        factors = layer.factors(x)
        assert factors is not None
        columns = layer.kernel.values.reshape(factors.shape[2], -1)
        filters = np.split(columns, len(factors), axis=1)
        sums = np.concatenate([rows @ own for rows, own in zip(factors, filters, strict=True)], axis=1)
        assert np.allclose(sums, layer.on_reals([x]).reshape(sums.shape))
