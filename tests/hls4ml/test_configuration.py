"""``bxnn compile --hls4ml-config``: hls4ml's YAML."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from bxnn.compiler import cli
from bxnn.compiler.report import load_report
from tests.hls4ml import networks
from tests.hls4ml.models import convert


def command(folder: Path, config: dict[str, Any], *more: str) -> list[str]:
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    return ["compile", "--hls4ml-config", str(folder / "config.yml"), *more]


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """The network of all layers, with everything that hls4ml's YAML can say about it."""
    architecture, weights = networks.save(tmp_path)
    found: dict[str, Any] = {"KerasJson": str(architecture), "KerasH5": str(weights)}
    found |= {"OutputDir": str(tmp_path / "build")}
    found |= {"ProjectName": "net", "Backend": "bxnn", "Part": "xcvu13p-flga2577-2-e", "ClockPeriod": 4, "Stamp": "1"}
    hls: dict[str, Any] = {"Model": {"ReuseFactor": 4, "Strategy": "Latency"}, "LayerName": networks.NAMES}
    hls["LayerType"] = {"Dense": {"Strategy": "Resource"}}
    return found | {"IOType": "io_parallel", "HLSConfig": json.loads(json.dumps(hls))}


def test_a_complete_configuration(config: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The same bits as through the back end, and the requested hardware."""
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
    """What hls4ml cannot express comes from design.yaml."""
    design = tmp_path / "design.yaml"
    design.write_text("clock_mhz: 320\nbudget: {dsp: 4000}\nlayers: {fc1: {binding: input_serial}}\n")
    assert cli.run(command(tmp_path, config, "-c", str(design), "-o", str(tmp_path / "b2"))) == 0
    report = load_report(tmp_path / "b2/report.json")
    assert (report.clock_mhz, report.initiation_interval) == (320.0, 4)
    (fc1,) = [layer for layer in report.layers if layer.name == "fc1"]
    assert fc1.binding == "input_serial"


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"Backend": "Quartus"},
        "Backend 'Quartus' is not supported; this command makes firmware with bxnn, "
        "and reads configurations of Vivado, Vitis and VivadoAccelerator",
    ),
    (
        {"AcceleratorConfig": {"Precision": {"Input": "ap_fixed<8,2>", "Output": "float"}}},
        "AcceleratorConfig: Precision Input 'ap_fixed<8,2>' is not supported; "
        "give the types in HLSConfig, and float here",
    ),
    (
        {"KerasJson": None, "KerasH5": None, "KerasModel": "m.keras"},
        "KerasModel 'm.keras' is not supported; save the model as .h5 and give it as KerasH5 or on the command line",
    ),
    (
        {"OnnxModel": "m.onnx"},
        "OnnxModel 'm.onnx' is not supported; convert it in Python: convert_from_onnx_model(..., backend='bxnn')",
    ),
    ({"ProjectDir": "p"}, "ProjectDir 'p' is not supported; write OutputDir"),
    ({"Clock": 5}, "key 'Clock' is unknown; did you mean 'ClockPeriod'?"),
    ({"OutputDir": None}, "has no OutputDir; add it, or name the build with -o BUILD"),
    ({"KerasJson": None, "KerasH5": None}, "does not name a model; add KerasH5, or give MODEL on the command line"),
    ({"Part": 7}, "Part 7 is not a string"),
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
    message = "HLSConfig: LayerName: fc4: is not a layer of the model; did you mean 'fc3'?\n"
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


def test_a_file_of_the_vivado_back_end(
    config: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Keys that change no bit are noted and ignored: the bits are those of the same file without them."""
    config["HLSConfig"]["LayerName"] = json.loads(json.dumps(networks.NAMES))
    assert cli.run(command(tmp_path, config, "-o", str(tmp_path / "plain"))) == 0
    config |= {"Backend": "VivadoAccelerator", "ClockUncertainty": "12.5%", "Version": "1.2.0", "InputData": "x.npy"}
    config |= {"AcceleratorConfig": {"Board": "pynq-z2", "Precision": {"Input": "float", "Output": "float"}}}
    config |= {"WriterConfig": {"Namespace": None, "WriteWeightsTxt": True, "WriteTar": True}, "XilinxPart": "xc7z020"}
    config["HLSConfig"]["Model"] |= {"TraceOutput": True}
    names = config["HLSConfig"]["LayerName"]
    names["fc1"] |= {"Trace": True}
    config["HLSConfig"]["LayerType"]["Activation"] = {
        "Strategy": "Stable",
        "TableSize": 4096,
        "exp_table_t": "fixed<18,8>",
    }
    arguments = command(tmp_path, config)
    text = (tmp_path / "config.yml").read_text()
    (tmp_path / "config.yml").write_text(f"KerasModel: !keras_model 'out/keras_model.keras'\n{text}")
    capfd.readouterr()
    assert cli.run(arguments) == 0
    expected = [
        "config.yml: Backend 'VivadoAccelerator' is ignored: this command makes firmware with bxnn",
        "config.yml: KerasModel 'out/keras_model.keras' is ignored: "
        "the model is given by another key or on the command line",
        "config.yml: InputData 'x.npy' is ignored: give events to bxnn simulate --input",
        "config.yml: ClockUncertainty '12.5%' is ignored: ClockPeriod determines the clock",
        "config.yml: XilinxPart 'xc7z020' is ignored: "
        "its part is not that of any board; choose one with Board, or board in design.yaml",
        "config.yml: AcceleratorConfig is ignored: the firmware has no accelerator wrapper",
        "config.yml: Version '1.2.0' is ignored: bxnn has its own version",
        "config.yml: WriterConfig is ignored: these are options of other back ends",
        "HLSConfig: Model: TraceOutput True is ignored: bxnn csim names the first wrong layer",
        "HLSConfig: LayerType: Activation: Strategy 'Stable' is ignored: a softmax is left out of the firmware",
        "HLSConfig: LayerType: Activation: exp_table_t 'fixed<18,8>' is ignored: "
        "a softmax is left out of the firmware, which has no tables",
    ]
    plain = load_report(tmp_path / "plain/report.json").notices
    found = load_report(tmp_path / "build/report.json").notices
    assert sorted(found) == sorted([*expected, *plain])
    shown = capfd.readouterr()
    assert shown.err == "" and all(f"note: {notice}" in shown.out for notice in expected)
    for file in ("ir/constants.npz", "sim/interface.json", "vhdl/net.vhd", "hls/net.cpp"):
        assert (tmp_path / "build" / file).read_bytes() == (tmp_path / "plain" / file).read_bytes()


def test_the_part_of_an_old_file(config: dict[str, Any], tmp_path: Path) -> None:
    changed = {key: value for key, value in config.items() if key != "Part"} | {"XilinxPart": config["Part"]}
    assert cli.run(command(tmp_path, changed)) == 0
    report = load_report(tmp_path / "build/report.json")
    assert report.board.name == "xcvu13p" and not any("XilinxPart" in notice for notice in report.notices)


def test_the_strategy_of_a_softmax_elsewhere(
    config: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config["HLSConfig"]["LayerName"]["fc1"] = {**networks.NAMES["fc1"], "Strategy": "Stable"}
    assert cli.run(command(tmp_path, config)) == 2
    listed = "Latency, Resource, Resource_Unrolled, Distributed_Arithmetic"
    assert capsys.readouterr().err == f"HLSConfig: fc1: Strategy 'stable' is not supported; use one of {listed}\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "KerasModel: !!python/object/apply:os.system ['touch {0}']",
            "config.yml: line 1: tag tag:yaml.org,2002:python/object/apply:os.system is not supported; "
            "write the plain value",
        ),
        (
            "KerasModel: !keras_model [\"__import__('os').system('touch {0}')\"]",
            "config.yml: line 1: tag !keras_model is not supported; write the plain value",
        ),
        (
            "KerasModel: !keras_model \"__import__('os').system('touch {0}')\"",
            "config.yml: KerasModel \"__import__('os').system('touch {0}')\" is not supported; save the model as .h5 "
            "and give it as KerasH5 or on the command line",
        ),
    ],
)
def test_a_tag_executes_nothing(
    line: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yml").write_text(line.format("made") + "\nOutputDir: build\n")
    assert cli.run(["compile", "--hls4ml-config", "config.yml"]) == 2
    assert capsys.readouterr().err == message.format("made") + "\n"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]
