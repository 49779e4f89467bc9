"""Memories of loaded weights cost what is predicted: flip-flops exactly, LUTs nearly."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler import driver, verification
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.cost.cost_model import FRAME_PARALLEL_ERROR, cost_of
from bxnn.compiler.hardware.weight_banks import WeightBank
from bxnn.sim.synthesis import synthesize
from tests.reload.bank_top import FANOUT, files
from tests.reload.networks import two_layers


@pytest.mark.parametrize(
    "bank",
    [
        WeightBank(3, 6, 17, 22, early=True),
        WeightBank(1, 2, 44, 22),
        pytest.param(WeightBank(8, 10, 23, 32), marks=pytest.mark.nightly),
        pytest.param(WeightBank(24, 3, 12, 12), marks=pytest.mark.nightly),
        pytest.param(WeightBank(40, 3, 12, 12, early=True), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_cost(bank: WeightBank, tmp_path: Path) -> None:
    found = synthesize(files(bank, tmp_path), "top", tmp_path / "work")
    predicted = bank.fabric(FANOUT)
    assert (found.ff, found.dsp) == (predicted.register_bits, 0)
    assert found.lut == pytest.approx(cost_of(predicted).lut, rel=FRAME_PARALLEL_ERROR.lut)


@pytest.mark.slow
def test_a_network_is_synthesized_as_predicted(tmp_path: Path) -> None:
    """DSPs are equal, and no path is slower than predicted for its class; otherwise synthesize raises."""
    types = ", ".join(f'{name}: {{kernel: "fixed<6,1>", bias: "fixed<6,1>"}}' for name in ("fc1", "fc2"))
    text = f"initiation_interval: 8\nstrategy: dsp\nweights: {{bus: axi-lite}}\nlayers: {{{types}}}"
    driver.compile_graph(two_layers(1, (8, 12, 4), 6), parse_config(text), tmp_path / "net")
    report = verification.synthesize(tmp_path / "net")
    assert report.resources is not None and report.timing is not None and report.weights is not None
    assert report.resource_difference is None and report.resources.dsp == report.dsp == 10
    measured = [path.measured_ns for path in report.timing.classes if path.measured_ns is not None]
    assert len(measured) > 5
