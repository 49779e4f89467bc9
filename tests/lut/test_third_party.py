"""The third-party jet tagger without a DSP: every bit, the latency and the estimate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bxnn

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models" / "jet_tagger"
DESIGN = """
board: xcvu9p
clock_mhz: 320.632
initiation_interval: 1
strategy: lut
inputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}
layers: {fc1: {adders_per_stage: 4}, fc2: {adders_per_stage: 4}, fc3: {adders_per_stage: 4},
         output: {adders_per_stage: 4}}
"""
ALKAID_STAGES, ALKAID_LUTS, ALKAID_FLIP_FLOPS = 9, 28532, 9238  # its own VHDL, synth_xilinx -family xcup


@pytest.mark.third_party
def test_jet_tagger(tmp_path: Path) -> None:
    config = tmp_path / "design.yaml"
    config.write_text(DESIGN, encoding="utf-8")
    model, weights = MODELS / "qkeras_3layer.json", MODELS / "qkeras_3layer_weights.h5"
    bxnn.compile(model, tmp_path / "build", weights, config)
    with np.load(MODELS / "jets.npz", allow_pickle=False) as stored:
        np.savez(tmp_path / "some.npz", x=stored["x"][:200])
    report = bxnn.simulate(tmp_path / "build", tmp_path / "some.npz")
    found = report.simulation
    assert found is not None and found.passed
    assert (found.mismatches, found.events, found.latency_cycles, found.initiation_interval) == (0, 200, 8, 1)
    assert (report.dsp, report.dsp_efficiency, report.latency_cycles) == (0, None, 8)
    assert report.latency_cycles <= ALKAID_STAGES
    layers = [layer for layer in report.layers if layer.macs]
    assert {layer.strategy for layer in layers} == {"lut"}
    estimates = [layer.lut_estimate for layer in layers if layer.lut_estimate is not None]
    assert sum(estimate.lut for estimate in estimates) < ALKAID_LUTS
    assert sum(estimate.ff for estimate in estimates) < ALKAID_FLIP_FLOPS
