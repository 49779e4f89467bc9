"""The stated range of an accumulator is that of the sums as they are built."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bxnn
from tests.calibration.float_models import dense, write


def test_a_half_for_rounding_belongs_to_the_sum(tmp_path: Path) -> None:
    """Without it, the smallest sum would need a bit more than the accumulator has."""
    report = compiled(tmp_path, -575.5)
    (proof,) = [layer.overflow_proof for layer in report.layers if layer.overflow_proof is not None]
    assert (proof.low, proof.needed_bits, proof.accum_bits) == (1 - 2**18, 19, 19)


def test_a_half_that_makes_the_grid_of_the_sums_coarser(tmp_path: Path) -> None:
    """Weight and bias are then multiples of more than the half; it stays where it was."""
    report = compiled(tmp_path, -576.0)
    x = np.arange(256.0).reshape(-1, 1)
    assert np.array_equal(np.asarray(bxnn.predict(tmp_path / "build", x)), np.zeros((256, 1)))
    (proof,) = [layer.overflow_proof for layer in report.layers if layer.overflow_proof is not None]
    assert proof.low == -(512 * 255 + 576) // 64


def compiled(folder: Path, bias: float) -> bxnn.ReportModel:
    arrays = {"fc1__kernel": np.full((1, 1), -512.0), "fc1__bias": np.array([bias])}
    model, weights = write(folder, [dense("fc1", 1, activation="relu")], (1,), arrays)
    types = {"kernel": "fixed<12,12>", "bias": "fixed<18,16>", "output": "ufixed<8,15,RND,SAT>"}
    config = {"initiation_interval": 1, "strategy": "dsp", "inputs": {"x": "ufixed<8,8>"}, "layers": {"fc1": types}}
    return bxnn.compile(model, folder / "build", weights, config)
