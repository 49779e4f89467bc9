"""``bxnn compile --hls4ml-config``: hls4ml's YAML."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from compiler import cli
from compiler.report import load_report
from tests.hls4ml import networks
from tests.hls4ml.models import convert


def command(folder: Path, config: dict[str, Any], *more: str) -> list[str]:
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    return ["compile", "--hls4ml-config", str(folder / "config.yml"), *more]


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """The network of all layers, with everything that hls4ml's YAML may say about it."""
    architecture, weights = networks.save(tmp_path)
    found: dict[str, Any] = {"KerasJson": str(architecture), "KerasH5": str(weights)}
    found |= {"OutputDir": str(tmp_path / "build")}
    found |= {"ProjectName": "net", "Backend": "bxnn", "Part": "xcvu13p-flga2577-2-e", "ClockPeriod": 4, "Stamp": "1"}
    hls: dict[str, Any] = {"Model": {"ReuseFactor": 4, "Strategy": "Latency"}, "LayerName": networks.NAMES}
    hls["LayerType"] = {"Dense": {"Strategy": "Resource"}}
    return found | {"IOType": "io_parallel", "HLSConfig": json.loads(json.dumps(hls))}


def test_a_complete_configuration(config: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The same bits as through the back end, and the hardware that was asked for."""
    assert cli.run(command(tmp_path, config)) == 0
    assert capfd.readouterr().err == ""
    report = load_report(tmp_path / "build/report.json")
    assert (report.name, report.board.name, report.clock_mhz, report.initiation_interval) == (
        "net",
        "xcvu13p",
        250.0,
        4,
    )
    assert {layer.strategy for layer in report.layers if layer.kind == "dense"} == {"dsp"}
    events = networks.events(300)
    np.save(tmp_path / "x.npy", events)
    paths = ["--input", str(tmp_path / "x.npy"), "--output", str(tmp_path / "y.npy")]
    assert cli.run(["predict", str(tmp_path / "build"), *paths]) == 0
    options = {"LayerName": networks.NAMES, "Model": {"ReuseFactor": 4}}
    model = convert(networks.save(tmp_path), tmp_path / "other", "bxnn", options)
    model.compile()
    assert np.array_equal(np.load(tmp_path / "y.npy").astype(np.float32), model.predict(events))


def test_a_design_beside_it(config: dict[str, Any], tmp_path: Path) -> None:
    """What hls4ml has no words for comes from design.yaml."""
    design = tmp_path / "design.yaml"
    design.write_text("clock_mhz: 320\nbudget: {dsp: 4000}\nlayers: {fc1: {binding: input_serial}}\n")
    assert cli.run(command(tmp_path, config, "-c", str(design), "-o", str(tmp_path / "b2"))) == 0
    report = load_report(tmp_path / "b2/report.json")
    assert (report.clock_mhz, report.initiation_interval) == (320.0, 4)
    (fc1,) = [layer for layer in report.layers if layer.name == "fc1"]
    assert fc1.binding == "input_serial"


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"KerasModel": "m.h5"},
        "KerasModel 'm.h5' is not supported; give the model as KerasH5, or KerasJson with KerasH5",
    ),
    ({"Backend": "Vivado"}, "Backend 'Vivado' is not supported; this command makes firmware with bxnn"),
    ({"ClockUncertainty": "27%"}, "ClockUncertainty '27%' is not supported; give the clock to be met as ClockPeriod"),
    ({"XilinxPart": "x"}, "XilinxPart 'x' is not supported; write Part"),
    ({"InputData": "x.npy"}, "InputData 'x.npy' is not supported; give events to bxnn simulate --input"),
    ({"Clock": 5}, "key 'Clock' is unknown; did you mean 'ClockPeriod'?"),
    ({"OutputDir": None}, "has no OutputDir; add it, or name the build with -o BUILD"),
    ({"KerasJson": None, "KerasH5": None}, "names no model; add KerasH5, or give MODEL on the command line"),
    ({"Part": 7}, "Part 7 is no text"),
    ({"HLSConfig": 7}, "HLSConfig 7 is not a mapping of keys to values"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[next(iter(change)) for change, _ in BAD])
def test_top_level_keys(
    change: dict[str, Any], message: str, config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(command(tmp_path, config | change)) == 2
    assert capsys.readouterr().err == f"config.yml: {message}\n"
    assert not (tmp_path / "build").exists()


def test_a_misspelled_layer(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config["HLSConfig"]["LayerName"]["fc4"] = {"ReuseFactor": 2}
    assert cli.run(command(tmp_path, config)) == 2
    message = "HLSConfig: LayerName: fc4: is no layer of the model; did you mean 'fc3'?\n"
    assert capsys.readouterr().err == message


def test_files(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = "config.yml: names the model m.json, and so does the command line; keep one\n"
    assert cli.run([*command(tmp_path, config), "m.json"]) == 2
    assert capsys.readouterr().err == both
    assert cli.run(command(tmp_path, config | {"KerasH5": "none.h5"})) == 2
    assert capsys.readouterr().err == "none.h5: no such file\n"
    assert cli.run([*command(tmp_path, config | {"KerasJson": None, "KerasH5": None}), "m.keras"]) == 2
    assert capsys.readouterr().err == "m.keras: is not a .json or .h5 file, which is what hls4ml reads\n"


def test_what_hls4ml_cannot_read(config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(config["KerasJson"]).write_text("{")
    assert cli.run(command(tmp_path, config)) == 2
    start = "m.json: hls4ml cannot read it (JSONDecodeError: "
    error = capsys.readouterr().err
    assert error.startswith(start) and error.count("\n") == 1
