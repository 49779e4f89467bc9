"""Events outside the calibrated range are counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import bxnn
from bxnn.compiler.cli import run
from tests.calibration.float_models import classifier, drawn


def test_events_outside_the_calibrated_range_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, weights = classifier(tmp_path)
    values = drawn(300, (6,), 5)
    formats = bxnn.calibrate(model, values, weights=weights)
    bxnn.compile(model, tmp_path / "b", weights, formats=formats)
    inside = values[np.abs(values).max(axis=1) < 1]
    wild = inside[:8].copy()
    wild[[1, 5], [0, 3]] = 50, -50
    np.savez(tmp_path / "inside.npz", x=inside)
    np.savez(tmp_path / "wild.npz", x=wild)
    arguments = ["predict", str(tmp_path / "b"), "--output", str(tmp_path / "y.npy"), "--input"]
    assert run([*arguments, str(tmp_path / "wild.npz")]) == 0
    note = "note: 2 events outside the range of the calibrated inputs\n"
    assert capsys.readouterr().out == f"{note}wrote {tmp_path / 'y.npy'}\n"
    assert run([*arguments, str(tmp_path / "inside.npz"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["events_outside"] == 0
    assert run(["csim", str(tmp_path / "b"), "--input", str(tmp_path / "wild.npz"), "--quiet"]) == 0
    bxnn.csim(tmp_path / "b", tmp_path / "wild.npz")
    assert run(["csim", str(tmp_path / "b"), "--input", str(tmp_path / "wild.npz")]) == 0
    said = f"{tmp_path / 'wild.npz'}: 2 events outside the range of the calibrated inputs"
    assert said in capsys.readouterr().err.splitlines()
