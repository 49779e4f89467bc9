"""The command from events to a verified front, and its refusals."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import bxnn
from bxnn.compiler import cli
from bxnn.compiler.search.search_notebook import executed_notebook
from tests.search.records import sample

SPACE = {"depth": 1, "widths": [2, 4], "bits": 4, "input_bits": 6, "pruning": 0.5, "strategy": "lut"}
CLASSES = "classification"
MOST_NOTEBOOK_SECONDS = 120.0
FRAMEWORKS = ("tensorflow", "keras", "tf_keras", "qkeras", "torch", "smac")
KEYS: dict[str, Any] = {"space": SPACE, "fidelity": {"epochs": 3}, "engine": "exhaustive", "trials": 2, "verify": "cpp"}


def written(folder: Path, **changed: Any) -> list[str]:
    """The command for a folder with events and search.yaml."""
    own = sample(classes=2)
    y = own.x[:, :2] * [1, 10] if changed.get("task") == "regression" else own.y
    x = own.x.reshape(len(own.x), 2, -1) if changed.get("space", SPACE).get("family") == "deepsets" else own.x
    np.savez(folder / "events.npz", x=x, y=y)
    (folder / "search.yaml").write_text(yaml.safe_dump({**KEYS, **changed}))
    return ["search", str(folder / "events.npz"), "-c", str(folder / "search.yaml"), "-o", str(folder / "out")]


def without_frameworks(folder: Path) -> Path:
    """A folder of packages that hides the frameworks: whoever imports one of them gets an error."""
    for name in FRAMEWORKS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise ImportError('{name} is not there')\n")
    return folder


@pytest.mark.slow
def test_from_events_to_a_verified_front(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = written(tmp_path)
    assert cli.run([*command, "--workers", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((tmp_path / "out/front.json").read_text())
    assert (found["counts"]["proposed"], found["counts"]["trained"]) == (2, 2)
    with np.load(tmp_path / "out/test.npz") as stored:
        x, y = stored["x"], stored["y"]
    for design in found["front"]:
        folder = tmp_path / "out/designs" / design["name"]
        network = bxnn.load(folder / "build")
        scores = network.predict(x)
        assert isinstance(scores, np.ndarray)
        assert np.mean((scores[:, 0] > 0) == y) == design["test"]["value"]
        assert (network.report.latency_cycles, network.report.dsp) == (
            design["final"]["latency_cycles"],
            design["final"]["dsp"],
        )
        assert [step.operation for step in network.report.inputs[0].host_steps][:2] == ["-", "*"]
        assert design["verified"] == [{"engine": "cpp", "events": len(x)}]
        assert {path.name for path in folder.iterdir()} >= {"model.onnx", "model.keras", "formats.yaml", "design.yaml"}
    monkeypatch.setenv("PYTHONPATH", str(without_frameworks(tmp_path / "none")))
    begun = time.monotonic()
    again = executed_notebook(tmp_path / "out", CLASSES)
    assert time.monotonic() - begun < MOST_NOTEBOOK_SECONDS
    cells = json.loads(again)["cells"]
    assert len(cells) == len(json.loads((tmp_path / "out/search.ipynb").read_text())["cells"])
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert not any(output["output_type"] == "error" for cell in code for output in cell["outputs"])
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out/trials").iterdir()}
    assert cli.run([*command, "--quiet"]) == 0  # nothing is left to do
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out/trials").iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "family", "training"),
    [
        pytest.param("regression", "deepsets", "float", marks=pytest.mark.nightly),
        pytest.param("autoencoder", "autoencoder", "float", marks=pytest.mark.nightly),
        (CLASSES, "mlp", "qkeras"),
    ],
)
def test_other_tasks(tmp_path: Path, task: str, family: str, training: str, capfd: pytest.CaptureFixture[str]) -> None:
    space = {"family": family, "depth": 1, "widths": 6, "bits": 8, "pruning": 0.0, "strategy": "dsp"}
    command = written(tmp_path, task=task, training=training, trials=1, fidelity={"epochs": 40}, space=space)
    assert cli.run([*command, "--workers", "1", "--json"]) == 0
    told = capfd.readouterr()
    found = json.loads(told.out)
    (design,), events = found["front"], found["events"]
    assert told.err == ""
    with np.load(tmp_path / "out/test.npz") as stored:
        x, y = stored["x"], stored["y"]
    folder = tmp_path / "out/designs" / design["name"]
    outputs = bxnn.load(folder / "build").predict(x)
    scores = np.load(folder / "scores.npy")
    np.testing.assert_array_equal(outputs, np.load(folder / "outputs.npy"))
    means, factors = (np.array(events[part], np.float32).reshape(x.shape[1:]) for part in ("means", "factors"))
    formats = folder / "formats.yaml" if training == "float" else None
    bxnn.compile(folder / "model.keras", tmp_path / "keras", config={"initiation_interval": 8}, formats=formats)
    np.testing.assert_array_equal(outputs, bxnn.load(tmp_path / "keras").predict((x - means) * factors))
    if task == CLASSES:
        assert design["test"]["value"] == np.mean((scores[:, 0] > 0) == y) > 0.9
    elif task == "regression":
        ends = np.quantile(outputs - y, [0.15865, 0.84135], axis=0)
        assert design["test"]["value"] == pytest.approx(np.mean(ends[1] - ends[0]) / 2)
        assert design["test"]["value"] < y.std(axis=0).mean()  # it has learned something, in the units of the targets
    else:
        wins = (scores[y == 1] > scores[y == 0].T) + 0.5 * (scores[y == 1] == scores[y == 0].T)
        assert design["test"]["value"] == pytest.approx(wins.mean())
    cells = json.loads((tmp_path / "out/search.ipynb").read_text())["cells"]
    assert ("Residuals" in str(cells)) == (task == "regression")


def test_a_budget_that_nothing_meets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(written(tmp_path, budget={"lut": 10})) == 1
    told = capsys.readouterr().err
    assert told.startswith(
        "search.yaml: budget: not even the smallest network of the space, mlp 2, bits 6/4-4, relu, 50 % zeros, "
        "strategy lut, meets it: no design fits 10 LUTs; the closest needs 0 DSPs, "
    )
    assert told.count("\n") == 1


def test_events_without_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = written(tmp_path)
    np.savez(tmp_path / "events.npz", x=np.zeros((9, 2)))
    assert cli.run(command) == 2
    assert capsys.readouterr().err == (
        f"{tmp_path / 'events.npz'}: has no array 'y'; it has x; give features x and labels y\n"
    )


def test_a_missing_package_is_named_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bxnn.compiler.search.search_run.find_spec", lambda name: None)
    assert cli.run(written(tmp_path)) == 2
    assert capsys.readouterr().err == ('keras: is not installed; bxnn search needs it: pip install "bxnn[search]"\n')
    assert not (tmp_path / "out").exists()


def test_hgq2_is_asked_for_where_it_is_not_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(written(tmp_path, training="hgq2")) == 2
    assert capsys.readouterr().err == (
        "hgq2: is not installed; training: hgq2 needs it, in an environment without QKeras: pip install "
        '"bxnn[hgq,search]"; or use training: qkeras\n'
    )
    assert not (tmp_path / "out").exists()
