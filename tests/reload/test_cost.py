"""Memories of loaded weights cost what is predicted: flip-flops exactly, LUTs nearly."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.cost.cost_model import FRAME_PARALLEL_ERROR, cost_of
from bxnn.compiler.hardware.weight_banks import WeightBank
from bxnn.sim.synthesis import synthesize
from tests.reload.bank_top import FANOUT, files


@pytest.mark.parametrize(
    "bank",
    [
        WeightBank(3, 6, 17, 22, early=True),
        WeightBank(1, 2, 44, 22),
        pytest.param(WeightBank(8, 10, 23, 32), marks=pytest.mark.slow),
        pytest.param(WeightBank(24, 3, 12, 12), marks=pytest.mark.slow),
        pytest.param(WeightBank(40, 3, 12, 12, early=True), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_cost(bank: WeightBank, tmp_path: Path) -> None:
    found = synthesize(files(bank, tmp_path), "top", tmp_path / "work")
    predicted = bank.fabric(FANOUT)
    assert (found.ff, found.dsp) == (predicted.register_bits, 0)
    assert found.lut == pytest.approx(cost_of(predicted).lut, rel=FRAME_PARALLEL_ERROR.lut)
