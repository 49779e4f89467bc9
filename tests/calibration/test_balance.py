"""Factors between layers: where they are possible, what they are, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.calibration.balance_factors import with_factors
from bxnn.compiler.calibration.chosen_format import quantizer, rounded
from bxnn.compiler.calibration.float_network import FloatNetwork, float_network
from bxnn.compiler.cli import run
from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.config.formats_file import read_formats
from bxnn.compiler.frontend import load_model
from bxnn.compiler.numeric.declared_types import NO_TYPES
from bxnn.compiler.numeric.rounding import Overflow
from tests.calibration.float_models import classifier, dense, drawn, events, layer, weights, write
from tests.calibration.test_exactness import image_network


def read(folder: Path) -> FloatNetwork:
    return float_network(load_model(*classifier(folder)), load_config(None))


@given(seed=st.integers(0, 1000), bits=st.integers(3, 8))
@settings(max_examples=10)
def test_channels_lose_little_more_than_in_the_best_format_for_each_alone(
    tmp_path_factory: pytest.TempPathFactory, seed: int, bits: int
) -> None:
    """Which has a power of two for its range, where the factor may be any number."""
    values = {"x": drawn(1000, (6,), seed)}
    network = read(tmp_path_factory.mktemp("model"))
    balanced = with_factors(network, values, NO_TYPES, bits)
    assert list(balanced.factors) == ["fc1", "fc2"]
    before, after = network.results(values), balanced.results(values)
    for name, factors in balanced.factors.items():
        alone, shared = (found[f"{name}_activation"] for found in (before, after))
        assert np.allclose(shared, alone * factors)
        whole = int(np.ceil(np.log2(shared.max())))
        formats = [quantizer(bits, bits - whole + finer, False, Overflow.SAT) for finer in range(-4, 12)]
        best = np.min([np.mean((rounded(own, alone) - alone) ** 2, axis=0) for own in formats], axis=0)
        found = [np.mean((rounded(own, shared) - shared) ** 2, axis=0) / np.square(factors) for own in formats[3:6]]
        active = np.count_nonzero(alone, axis=0) > 100
        assert min(np.mean((errors / np.maximum(best, 1e-300))[active]) for errors in found) < 1.25


def test_only_what_passes_factors_on_is_between_the_layers(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    layers = [dense("fc1", 4, activation="tanh"), dense("fc2", 3), layer("ReLU", "six", max_value=6.0)]
    layers += [dense("fc3", 3), layer("LeakyReLU", "leaky", negative_slope=0.25), dense("out", 1)]
    arrays = weights("fc1", (3, 4), rng) | weights("fc2", (4, 3), rng)
    arrays |= weights("fc3", (3, 3), rng) | weights("out", (3, 1), rng)
    network = float_network(load_model(*write(tmp_path, layers, (3,), arrays)), load_config(None))
    assert list(with_factors(network, {"x": drawn(50, (3,), 1)}, NO_TYPES, 6).factors) == ["fc3"]


def test_through_pools_and_to_depthwise_convolutions(tmp_path: Path) -> None:
    layers, shape, arrays = image_network(np.random.default_rng(7))
    network = float_network(load_model(*write(tmp_path, layers, shape, arrays)), load_config(None))
    assert "same" in with_factors(network, {"x": drawn(50, shape, 1)}, NO_TYPES, 6).factors  # an average follows


WRONG = [
    (
        "[1.5]",
        "formats.yaml: layers: fc1: factors: are for 1 channel, but the layer has 12; calibrate this model again",
    ),
    ("[-1]", "formats.yaml: layers: fc1: factors: is not a list of positive numbers"),
]


@pytest.mark.parametrize(("factors", "message"), WRONG)
def test_wrong_factors(tmp_path: Path, capsys: pytest.CaptureFixture[str], factors: str, message: str) -> None:
    model, weights_file = classifier(tmp_path)
    formats = tmp_path / "formats.yaml"
    arguments = [str(model), "--weights", str(weights_file)]
    assert run(["calibrate", *arguments, "--events", str(events(tmp_path)), "-o", str(formats)]) == 0
    text, own = formats.read_text(encoding="utf-8"), read_formats(formats).factors["fc1"]
    written = f"[{', '.join(map(repr, own))}]"
    assert text.count(written) == 1
    formats.write_text(text.replace(written, factors), encoding="utf-8")
    (tmp_path / "design.yaml").write_text("initiation_interval: 8\nformats: formats.yaml\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["compile", *arguments, "-c", str(tmp_path / "design.yaml"), "-o", str(tmp_path / "build")]) == 2
    assert capsys.readouterr().err == f"{message}\n"
    moved = text.replace('"fc1":', '"fc9":', 1)
    formats.write_text(moved, encoding="utf-8")
    assert run(["compile", *arguments, "-c", str(tmp_path / "design.yaml"), "-o", str(tmp_path / "build")]) == 2
    wrong = "are for no layer whose results can be multiplied; calibrate this model again"
    assert capsys.readouterr().err == f"formats.yaml: layers: fc9: factors: {wrong}\n"
