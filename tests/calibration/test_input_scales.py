"""Factors and offsets of input features: what they keep, where they are possible, and that they lose less."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bxnn
from bxnn.compiler.calibration.chosen_format import input_format, rounded
from bxnn.compiler.calibration.float_network import FloatNetwork, float_network
from bxnn.compiler.calibration.input_scales import with_input_scales
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.cli import run
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.layer_ranges import layer_ranges
from bxnn.compiler.numeric.declared_types import NO_TYPES
from tests.calibration.float_models import classifier, dense, drawn, events, weights, write

JUDGE = Judge(True)


def read(folder: Path) -> FloatNetwork:
    return float_network(load_model(*classifier(folder)), load_config(None))


def sent(network: FloatNetwork, values: Reals) -> Reals:
    """The features that the firmware takes the codes of the host for."""
    declared = network.scaled["x"]
    host = declared.host("x", values.shape[1:])
    factors, shifts = declared.scale.inverse if declared.scale else (1.0, 0.0)
    return np.asarray(host.quantize_real(values) * host.format.lsb * factors + shifts)


def features(rng: np.random.Generator, count: int) -> Reals:
    """One-sided, two-sided and shifted numbers, a long tail, a count, and one that is always the same."""
    normal = rng.standard_normal((count, 6))
    return np.stack(
        [
            np.abs(normal[:, 0]),
            normal[:, 1],
            5 + normal[:, 2],
            np.exp(normal[:, 3]) - 1,
            (rng.integers(0, 12, count) - 4.3) / 2.7,
            np.full(count, 3.7),
        ],
        axis=1,
    )


@given(seed=st.integers(0, 1000), bits=st.integers(5, 10))
@settings(max_examples=10)
def test_a_scaled_input_loses_less_than_one_in_the_model_s_own_numbers(
    tmp_path_factory: pytest.TempPathFactory, seed: int, bits: int
) -> None:
    values = features(np.random.default_rng(seed), 1000)
    network = read(tmp_path_factory.mktemp("model"))
    scaled = with_input_scales(network, {"x": values}, NO_TYPES, bits, JUDGE)
    wanted = network.outputs({"x": values})
    assert np.allclose(next(iter(scaled.outputs({"x": values}).values())), next(iter(wanted.values())))
    plain = np.stack([rounded(input_format(column, bits), column) for column in values.T], axis=1)
    found = sent(scaled, values)
    losses = [JUDGE.loss(wanted, network.outputs({"x": own})) for own in (found, plain)]
    assert losses[0] < losses[1]
    assert np.allclose(found[:, 4:], values[:, 4:], atol=1e-4)  # counts and constants are exact
    zero = sent(scaled, np.zeros((1, 6)))[0, :4]
    holds = (values[:, :4].min(axis=0) < 0) & (values[:, :4].max(axis=0) > 0)
    assert np.allclose(zero[holds], 0, atol=1e-5)


def test_the_host_does_what_the_report_says(tmp_path: Path) -> None:
    model, weights = classifier(tmp_path)
    x = drawn(400, (6,), 5)
    formats = bxnn.calibrate(model, x, weights=weights)
    report = bxnn.compile(model, tmp_path / "b", weights, formats=formats)
    (port,) = report.inputs
    assert [step.operation for step in port.host_steps] == ["*", "+", "*"]
    numbers = x
    for step in port.host_steps:
        values = np.array(step.values)
        numbers = numbers + values if step.operation == "+" else numbers * values
    codes = np.clip(np.rint(numbers), -128, 127)
    reference = bxnn.load(tmp_path / "b").reference
    (sent_codes,) = reference.quantize_inputs({"x": x}).values()
    assert np.array_equal(sent_codes, codes)
    stands_for = reference.input_values("x", sent_codes)
    inside = (numbers >= -128) & (numbers <= 127)
    width = np.abs(reference.input_values("x", sent_codes + 1) - stands_for)
    assert np.all(np.abs(stands_for - x)[inside] <= (0.5 + 1e-9) * width[inside]) and inside.mean() > 0.9
    assert np.array_equal(reference.quantize_inputs({"x": stands_for})["x"], sent_codes)
    assert np.allclose(bxnn.load(tmp_path / "b").trace(x)["x"].values, stands_for)
    wild = x.copy()
    wild[:100] *= 50
    _, (ranges, *_) = layer_ranges(reference, {"x": wild})
    (sent_codes,) = reference.quantize_inputs({"x": wild}).values()
    assert 0.1 < (ranges.saturated or 0) < np.mean((sent_codes == 127) | (sent_codes == -128)) + 1e-9


def test_what_is_declared_is_not_scaled(tmp_path: Path) -> None:
    network = read(tmp_path)
    for text in ('inputs: {x: "fixed<8,4>"}', 'layers: {fc1: {kernel: "fixed<8,4>"}}'):
        types = parse_config(f"initiation_interval: 8\n{text}").declared_types()
        assert with_input_scales(network, {"x": drawn(50, (6,), 1)}, types, 8, JUDGE) is network


def test_formats_of_another_calibration_are_those_of_its_scaled_numbers(tmp_path: Path) -> None:
    model, stored = classifier(tmp_path)
    data = np.load(events(tmp_path))
    formats = bxnn.calibrate(model, data["x"], data["y"], weights=stored)
    formats.save(tmp_path / "formats.yaml")
    config = {"initiation_interval": 8, "formats": str(tmp_path / "formats.yaml")}
    again = bxnn.calibrate(model, data["x"], data["y"], weights=stored, config=config)
    assert not again.found.types.inputs and not again.found.types.layers
    assert again.measured == formats.measured


def test_weights_declared_after_the_calibration_are_right_at_zero(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    arrays = weights("out", (6, 3), rng)
    model, stored = write(tmp_path, [dense("out", 3)], (6,), arrays)
    x = np.exp(drawn(400, (6,), 4)) - 1
    formats = bxnn.calibrate(model, x, weights=stored)
    config = {"initiation_interval": 8, "layers": {"out": {"kernel": "fixed<4,2,RND_CONV,SAT>"}}}
    bxnn.compile(model, tmp_path / "b", stored, config=config, formats=formats)
    outputs = np.asarray(bxnn.predict(tmp_path / "b", np.zeros((1, 6))))
    assert np.allclose(outputs, arrays["out__bias"], atol=0.1)  # the correction is that for other weights


def test_the_model_s_own_numbers_on_request(tmp_path: Path) -> None:
    model, weights = classifier(tmp_path)
    arguments = ["calibrate", str(model), "--weights", str(weights), "--events", str(events(tmp_path)), "--quiet"]
    assert run([*arguments, "--input-scale", "none", "-o", str(tmp_path / "formats.yaml")]) == 0
    assert "offsets" not in (tmp_path / "formats.yaml").read_text()


def test_a_scale_that_does_not_fit_the_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, weights = classifier(tmp_path)
    formats = tmp_path / "formats.yaml"
    (tmp_path / "design.yaml").write_text("initiation_interval: 8\nformats: formats.yaml\n")
    arguments = ["compile", str(model), "--weights", str(weights), "-c", str(tmp_path / "design.yaml")]
    formats.write_text('inputs: {x: {"fixed<8,4,SAT>": "0", factors: [2], offsets: [0]}}')
    assert run([*arguments, "-o", str(tmp_path / "b")]) == 2
    said = "formats.yaml: inputs: x: scales 1 feature, but the input has shape (6,)\n"
    assert capsys.readouterr().err == said


@pytest.mark.slow
def test_the_model_is_compared_on_its_own_numbers() -> None:
    """Not on those that the host sends: the firmware differs from the float model by the rounding only."""
    example = Path(__file__).resolve().parents[2] / "examples"
    with np.load(example / "jet_tagger/jets.npz") as data:
        x, y = data["x"], data["y"]
    with TemporaryDirectory() as work:
        formats = bxnn.calibrate(example / "own_model/model.keras", x, y)
        bxnn.compile(example / "own_model/model.keras", work, formats=formats)
        found = bxnn.load(work).compare(example / "own_model/model.keras", x[:40], y[:40])
    assert found.unquantized_max_abs_error is not None
    assert 0 < found.max_abs_error < 2 * found.unquantized_max_abs_error < 0.5
    assert found.accuracy_model == found.accuracy_unquantized
