"""The shared tasks: generated events have the shapes of the real files, and wrong files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.pd4ml_page import Needs, page
from bxnn.compiler.errors import DataError
from examples.pd4ml.tasks import TASKS


def written(folder: Path, name: str, events: int = 30) -> Path:
    """A file like that of pd4ml."""
    task = TASKS[name]
    arrays, labels = task.made(events, np.random.default_rng(3))
    path = folder / name / task.file
    path.parent.mkdir()
    stored: dict[str, Any] = {f"X_train_{number}": array for number, array in enumerate(arrays)}
    np.savez(path, y_train=labels, **stored)
    return path


@pytest.mark.parametrize("name", TASKS)
def test_generated_events_are_read_like_real_ones(name: str, tmp_path: Path) -> None:
    task = TASKS[name]
    written(tmp_path, name)
    x, y = task.load(tmp_path)
    again, labels = task.generate(30, seed=3)
    assert x.shape == (30, *task.shape)
    assert x.dtype == np.float32
    assert np.isfinite(x).all()
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, labels)
    made, _ = task.made(5, np.random.default_rng(1))
    assert tuple(array.shape[1:] for array in made) == task.stored
    assert set(np.unique(y)) == {0, 1} or task.regression


def test_absent_constituents_are_zero() -> None:
    x, _ = TASKS["TopTagging"].generate(20)
    constituents = x.reshape(20, -1, 4)
    absent = (constituents == 0).all(axis=2)
    assert absent.any(axis=1).all()
    assert not absent[:, :20].any()
    assert (np.diff(constituents[:, :20, 0], axis=1) <= 0).all()  # the hardest first


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        TASKS["Spinodal"].load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/Spinodal/2_spinodal_29k.npz: is not there; download it with "
        f"pd4ml.Spinodal.load('train', path={str(tmp_path)!r}), or use generated events"
    )


def test_another_file(tmp_path: Path) -> None:
    path = written(tmp_path, "EOSL")
    np.savez(path, X_train_0=np.zeros((3, 20, 20)), y_train=np.zeros(3))
    with pytest.raises(DataError) as caught:
        TASKS["EOSL"].load(tmp_path)
    assert str(caught.value) == (
        f"{path}: array X_train_0 has shape (3, 20, 20); that of an event of pd4ml is (24, 24)"
    )
    with pytest.raises(DataError) as caught:
        TASKS["EOSL"].load(tmp_path, "test")
    assert str(caught.value) == f"{path}: has no array X_test_0; it is not a file of pd4ml"


def test_the_page() -> None:
    slim = {"network": "mlp 4", "objective": "accuracy", "value": 0.9, "error": 0.01, "macs": 50, "latency_ns": 30.0}
    slim |= {"dsp": 7, "lut": 1000, "trained": 3, "refused": 1, "spread": None}
    found = [Needs("EOSL", 10_616_960, 1024, 3430.7, 10537, 0.857, 378446, 128, slim, False)]
    found.append(Needs("Spinodal", 347_135, 64, 683.0, 2713, 0.22, 274246, 8, None, True))
    text = page(found, "xcvu13p", 320.632)
    assert "| EOSL | 10,616,960 | 1,024 | 3,431 | 10,537 | 86% | 378,446 | 128 |" in text
    assert "| EOSL | generated | mlp 4 | 50 | accuracy 0.9 ± 0.01 | 30.0 | 7 | 1,000 | 3, 1 |" in text
    assert "| Spinodal | pd4ml | none fits | | | | | | |" in text
