"""What a calibration computes is what the firmware computes, for networks of every kind of layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.calibration.balance_factors import with_factors
from bxnn.compiler.calibration.calibrator import Calibrator
from bxnn.compiler.calibration.chosen_format import Range, RangeChoice
from bxnn.compiler.calibration.float_network import float_network
from bxnn.compiler.calibration.input_scales import with_input_scales
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.widths import Widths
from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.config.formats_file import format_lines, read_formats
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.numeric.declared_types import NO_TYPES
from bxnn.sim.reference import Reference
from tests.calibration.float_models import dense, drawn, layer, normalization, statistics, weights, write

Network = tuple[list[Any], tuple[int, ...], dict[str, Any]]


def dense_network(rng: np.random.Generator) -> Network:
    layers = [normalization("bn0"), dense("fc1", 5), normalization("bn1"), layer("ReLU", "relu")]
    layers += [dense("fc2", 4, activation="relu"), normalization("bn2"), dense("out", 2, use_bias=False)]
    arrays = statistics("bn0", 3, rng) | weights("fc1", (3, 5), rng) | statistics("bn1", 5, rng)
    arrays |= weights("fc2", (5, 4), rng) | statistics("bn2", 4, rng) | weights("out", (4, 2), rng, False)
    return layers, (3,), arrays


def curved_network(rng: np.random.Generator) -> Network:
    layers = [dense("fc1", 4, activation="tanh"), dense("fc2", 3), layer("Activation", "sig", activation="sigmoid")]
    layers += [dense("fc3", 3, activation="elu"), layer("LeakyReLU", "leaky", negative_slope=0.25), dense("out", 1)]
    arrays = weights("fc1", (3, 4), rng) | weights("fc2", (4, 3), rng)
    return layers, (3,), arrays | weights("fc3", (3, 3), rng) | weights("out", (3, 1), rng)


def convolution(kind: str, name: str, size: int, **config: Any) -> Any:
    common = {"kernel_size": [size, size], "strides": [1, 1], "dilation_rate": [1, 1], "data_format": "channels_last"}
    return layer(kind, name, **{**common, "use_bias": True, "activation": "relu", "padding": "same", **config})


def image_network(rng: np.random.Generator) -> Network:
    pool = {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid", "data_format": "channels_last"}
    layers = [convolution("Conv2D", "conv", 3, filters=3, activation="linear"), normalization("bn")]
    layers += [layer("ReLU", "relu"), layer("MaxPooling2D", "pool", **pool)]
    layers += [convolution("DepthwiseConv2D", "dw", 2, depth_multiplier=2), normalization("bn2")]
    layers += [convolution("Conv2D", "same", 3, filters=2)]
    layers += [layer("GlobalAveragePooling2D", "mean", data_format="channels_last"), dense("out", 2)]
    arrays = weights("conv", (3, 3, 1, 3), rng) | statistics("bn", 3, rng)
    depthwise = {"dw__depthwise_kernel": rng.standard_normal((2, 2, 3, 2)), "dw__bias": rng.standard_normal(6)}
    arrays |= depthwise | statistics("bn2", 6, rng) | weights("same", (3, 3, 6, 2), rng)
    return layers, (6, 6, 1), arrays | weights("out", (2, 2), rng)


@pytest.mark.parametrize("make", [dense_network, curved_network, image_network])
@given(
    seed=st.integers(0, 1000),
    bits=st.integers(2, 12),
    input_bits=st.integers(2, 12),
    criterion=st.sampled_from(Range),
    per_channel=st.booleans(),
    scaled=st.booleans(),
)
@settings(max_examples=12)
def test_a_calibration_knows_every_bit_of_the_firmware(
    make: Callable[[np.random.Generator], Network],
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    bits: int,
    input_bits: int,
    criterion: Range,
    per_channel: bool,
    scaled: bool,
) -> None:
    folder = tmp_path_factory.mktemp("model")
    layers, shape, arrays = make(np.random.default_rng(seed))
    files, config = write(folder, layers, shape, arrays), load_config(None)
    network = float_network(load_model(*files), config)
    own, other = (drawn(30, shape, seed + offset) for offset in (1, 2))
    first = with_input_scales(network, {"x": own}, NO_TYPES, input_bits, Judge(False)) if scaled else network
    assert list(first.scaled) == (["x"] if scaled and make is not image_network else [])
    balanced = with_factors(first, {"x": own}, NO_TYPES, bits)
    for name, values in network.outputs({"x": other}).items():
        assert np.allclose(balanced.outputs({"x": other})[name], values, rtol=1e-9, atol=1e-9)
    network, choice = balanced, RangeChoice(criterion)
    chosen = Calibrator(network, {"x": own}, NO_TYPES, choice, per_channel, Judge(False)).choose(
        Widths(input_bits, bits)
    )
    (folder / "formats.yaml").write_text("\n".join(format_lines(chosen.types)), encoding="utf-8")
    (folder / "design.yaml").write_text("initiation_interval: 8\nformats: formats.yaml\n", encoding="utf-8")
    again = load_config(folder / "design.yaml")
    assert read_formats(folder / "formats.yaml") == chosen.types
    reference = Reference(lower(load_model(*files, types=again.declared_types()), again))
    expected = Calibrator(network, {"x": other}, chosen.types).choose(Widths(input_bits, bits)).outputs
    found = reference.predict({"x": other})
    assert [array.tolist() for array in found.values()] == [array.tolist() for array in expected.values()]


def test_many_bits_come_close_to_the_float_model(tmp_path: Path) -> None:
    for make in (dense_network, curved_network, image_network):
        layers, shape, arrays = make(np.random.default_rng(7))
        network = float_network(load_model(*write(tmp_path, layers, shape, arrays)), load_config(None))
        values = {"x": drawn(200, shape, 8)}
        (float_output,) = network.outputs(values).values()
        (output,) = Calibrator(network, values).choose(Widths(14, 12)).outputs.values()
        error = np.sqrt(np.mean((output - float_output) ** 2))
        assert error < 0.01 * max(float_output.std(), 0.1)  # of a curve that hardly changes, the rounding remains
