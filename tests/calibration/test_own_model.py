"""examples/own_model, from its README."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bxnn

ROOT = Path(__file__).resolve().parents[2]


def test_the_firmware_keeps_the_decisions_of_the_float_model(tmp_path: Path) -> None:
    with np.load(ROOT / "examples/jet_tagger/jets.npz", allow_pickle=False) as data:
        x, y = data["x"], data["y"]
    model = ROOT / "examples/own_model/model.keras"
    kept = {}
    for bits in (8, 4):
        formats = bxnn.calibrate(model, x, y, bits=bits)
        assert formats.measured.events == 500 and formats.measured.agreement is not None
        kept[bits] = formats.measured.agreement.value
    assert kept[8] > 0.98 > kept[4] > 0.85
    report = bxnn.compile(model, tmp_path / "build", formats=formats)
    assert report.calibration is not None and report.calibration.accuracy is not None
    found = np.asarray(bxnn.predict(tmp_path / "build", x[3::4])).argmax(axis=1)
    assert np.mean(found == y[3::4]) == report.calibration.accuracy.value
