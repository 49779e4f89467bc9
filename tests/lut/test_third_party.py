"""The third-party jet tagger without a DSP: every bit, the latency and the estimate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bxnn
from bxnn.sim import synthesis

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "models"
MODELS = SHARED / "jet_tagger"
DESIGN = """
board: xcvu9p
clock_mhz: 320.632
initiation_interval: 1
strategy: lut
inputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}
"""
ALKAID_STAGES, ALKAID_LUTS, ALKAID_FLIP_FLOPS = 9, 28532, 9238  # its own VHDL, synth_xilinx -family xcup


@pytest.mark.third_party
def test_jet_tagger(tmp_path: Path) -> None:
    config = tmp_path / "design.yaml"
    config.write_text(DESIGN, encoding="utf-8")
    model, weights = MODELS / "qkeras_3layer.json", MODELS / "qkeras_3layer_weights.h5"
    bxnn.compile(model, tmp_path / "build", weights, config)
    with np.load(MODELS / "jets.npz", allow_pickle=False) as stored:
        np.savez(tmp_path / "some.npz", x=stored["x"][:60])
    report = bxnn.simulate(tmp_path / "build", tmp_path / "some.npz")
    found = report.simulation
    assert found is not None and found.passed
    assert (found.mismatches, found.events, found.latency_cycles, found.initiation_interval) == (0, 60, 17, 1)
    assert (report.dsp, report.dsp_efficiency, report.latency_cycles) == (0, None, 17)
    layers = [layer for layer in report.layers if layer.macs]
    assert {layer.strategy for layer in layers} == {"lut"}
    estimates = [layer.lut_estimate for layer in layers if layer.lut_estimate is not None]
    assert sum(estimate.lut for estimate in estimates) < ALKAID_LUTS


@pytest.mark.third_party
def test_jet_tagger_as_deep_as_alkaids(tmp_path: Path) -> None:
    """Four adders between two registers, as in the VHDL of alkaid, at a clock that is slow enough for them."""
    config = tmp_path / "design.yaml"
    four = ", ".join(f"{layer}: {{adders_per_stage: 4}}" for layer in ("fc1", "fc2", "fc3", "output"))
    text = DESIGN.replace("clock_mhz: 320.632", "clock_mhz: 160.316")
    config.write_text(f"{text}layers: {{{four}}}\ntiming: {{estimate: pessimistic}}\n", encoding="utf-8")
    model, weights = MODELS / "qkeras_3layer.json", MODELS / "qkeras_3layer_weights.h5"
    bxnn.compile(model, tmp_path / "build", weights, config)
    report = bxnn.simulate(tmp_path / "build", events=20)
    found = report.simulation
    assert found is not None and (found.mismatches, found.latency_cycles) == (0, 8)
    assert report.dsp == 0 and report.latency_cycles <= ALKAID_STAGES
    estimates = [layer.lut_estimate for layer in report.layers if layer.lut_estimate is not None]
    assert sum(estimate.lut for estimate in estimates) < ALKAID_LUTS
    assert sum(estimate.ff for estimate in estimates) < ALKAID_FLIP_FLOPS


CHOICE = """
board: xcvu9p
clock_mhz: 320.632
initiation_interval: 8
budget: {dsp: 150, lut: 20000}
inputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}
"""


@pytest.mark.third_party
def test_jet_tagger_with_few_dsps(tmp_path: Path) -> None:
    """The scheduler mixes DSPs and adder graphs; bench/choice.py synthesizes the same design."""
    config = tmp_path / "design.yaml"
    config.write_text(CHOICE, encoding="utf-8")
    model, weights = MODELS / "qkeras_3layer.json", MODELS / "qkeras_3layer_weights.h5"
    report = bxnn.compile(model, tmp_path / "build", weights, config)
    predicted = report.predicted
    assert predicted is not None and predicted.lut <= 20000
    assert report.latency_cycles <= 24 and report.dsp <= 150
    assert {layer.strategy for layer in report.layers} == {"dsp", "lut", None}
    assert "lowest latency with at most 150 DSPs and 20000 LUTs" in report.objective
    assert predicted.lut == sum(layer.predicted_lut or 0 for layer in report.layers), "one output needs no delay"
    found = bxnn.simulate(tmp_path / "build", events=20).simulation
    assert found is not None and (found.mismatches, found.events) == (0, 20)
    assert (found.latency_cycles, found.initiation_interval) == (report.latency_cycles, 8)


@pytest.fixture(scope="module")
def axol1tl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build = tmp_path_factory.mktemp("axol1tl") / "build"
    model, weights = (SHARED / "axol1tl_v4" / f"axol1tl_v4{ending}" for ending in (".json", "_weights.h5"))
    bxnn.compile(model, build, weights, ROOT / "bench" / "designs" / "axol1tl_lut.yaml")
    return build


@pytest.mark.third_party
def test_axol1tl_closes_without_dsps(axol1tl: Path) -> None:
    report = bxnn.synthesize(axol1tl)
    resources, timing = report.resources, report.timing
    assert resources is not None and timing is not None and timing.measured is not None
    assert (resources.dsp, report.latency_ns <= 50, resources.lut <= 12000) == (0, True, True)
    assert min(path.slack_ns for path in timing.measured) > 0  # the period less 5 %


@pytest.mark.nightly
@pytest.mark.third_party
def test_merged_bits_make_its_paths_longer_than_predicted(axol1tl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "GRAPH_MODULE", "none")
    told = r"slowest data path: [\d.]+ ns predicted, [\d.]+ ns in the netlist"
    message = rf"^axol1tl_v4: {told} \(\S+ to layer_fc3\.graph\.\S+\)$"
    with pytest.raises(bxnn.VerificationError, match=message):
        bxnn.synthesize(axol1tl)
