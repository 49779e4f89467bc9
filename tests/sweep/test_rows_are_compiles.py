"""Every row of a sweep is what `compile` gives for that point, whatever keys are swept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bxnn
from bxnn.compiler.config.design_config import Budget, DesignConfig, LayerConfig
from bxnn.compiler.errors import BxnnError
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.sweep import point, sweep_run
from bxnn.compiler.sweep.point import Design
from bxnn.compiler.sweep.sweep_config import load_sweep
from tests.frontend import handmade as hand

TYPES = ["fixed<6,3,RND_CONV,SAT>", "fixed<3,2>", "ufixed<5,3,RND,SAT>"]
# Every key of design.yaml, with values that make a difference, some of which are refused.
AXES: dict[tuple[str, ...], list[Any]] = {
    ("name",): ["one", "two"],
    ("board",): ["xcvu9p", "xc7vx690t", "xcku115"],
    ("part",): ["xcvu9p-flga2104-1-e", "xcvu9p-flga2104-2-e", "xc7vx690tffg1927-3"],
    ("speed_grade",): ["1", "3", "9"],
    ("clock_mhz",): [160, 320.632, 1000],
    ("initiation_interval",): [1, 4, 8, 20],
    ("strategy",): ["auto", "dsp", "lut"],
    ("form",): ["auto", "frame_parallel", "streaming"],
    ("pixels_per_cycle",): [1, 2],
    ("packing",): ["auto", "none"],
    ("spacing_error",): [False, True],
    ("tag_bits",): [0, 12],
    ("channels",): [1, 2, 5],
    ("reset", "asynchronous"): [False, True],
    ("axi_stream", "beat_bytes"): [2, 64],
    ("latency", "cycles"): [3, 20, 21],
    ("dsp",): ["inferred", "instantiated"],
    ("weights", "bus"): ["port", "ipbus"],
    ("ensemble", "members"): [2, 3],
    ("ensemble", "cores"): [1, 2],
    ("library",): ["trigger", "jets"],
    ("prefix",): ["a_", "b_"],
    ("formats",): [f"{number}.yaml" for number in range(len(TYPES))],
    ("timing", "margin"): [0.0, 0.1, 0.4],
    ("budget", "dsp"): [0, 9, 60],
    ("budget", "lut"): [0, 900, 4000],
    ("budget", "latency_ns"): [1.5, 60.0, 300.0],
    ("inputs", "x"): TYPES,
    ("outputs", "fc3"): ["values", "argmax"],
    ("layers", "fc1", "strategy"): ["dsp", "lut"],
    ("layers", "fc1", "reuse_factor"): [1, 2, 30],
    ("layers", "fc1", "binding"): ["output_serial", "output_switched", "input_serial", "input_joined"],
    ("layers", "fc2", "cascade"): [1, 3],
    ("layers", "fc2", "adders_per_stage"): [1, 2],
    ("layers", "fc3", "packing"): ["none", 2],
    ("layers", "pool", "form"): ["frame_parallel", "streaming"],
    ("layers", "pool", "output"): TYPES,
    ("layers", "fc1", "kernel"): TYPES,
    ("layers", "fc1", "bias"): TYPES,
    ("layers", "fc1", "scale"): TYPES,
    ("layers", "fc1", "shift"): TYPES,
    ("layers", "sum", "output"): TYPES,
}

DRAWN = ceil_div(len(AXES), 2)  # sweeps of two keys each


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plot, and no other processes, which would take longer to start than to schedule."""

    def here(work: Any, jobs: Any, *_: object) -> Generator[tuple[int, Any], None, None]:
        for number, job in enumerate(jobs):
            yield number, work(job)

    monkeypatch.setattr(sweep_run, "fan_out", here)
    monkeypatch.setattr(sweep_run, "pictures", lambda _: {})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """x(4, 4, 1) - pool - flat - fc1 + fc2 = sum - fc3: m.json and w.h5; and files with number formats."""
    for number, declared in enumerate(TYPES):
        formats = json.dumps({"layers": {"sum": {"output": declared}}})  # which YAML reads
        (tmp_path / f"{number}.yaml").write_text(formats, encoding="utf-8")
    codes = np.random.default_rng(5).integers(-7, 8, 56) / 8
    layers = [
        hand.input_layer("x", 4, 4, 1),
        {"class_name": "AveragePooling2D", "config": {"name": "pool", "pool_size": [2, 2], "strides": [2, 2]}},
        {"class_name": "Flatten", "config": {"name": "flat"}},
        hand.dense("fc1", 4),
        hand.dense("fc2", 4),
        {"class_name": "Add", "config": {"name": "sum"}},
        hand.dense("fc3", 2),
    ]
    reads = {"pool": ["x"], "flat": ["pool"], "fc1": ["flat"], "fc2": ["flat"], "sum": ["fc1", "fc2"], "fc3": ["sum"]}
    kernels = {"fc1__kernel": codes[:16].reshape(4, 4), "fc2__kernel": codes[16:32].reshape(4, 4)}
    kernels["fc3__kernel"] = codes[32:40].reshape(4, 2)
    biases = {"fc1__bias": codes[40:44], "fc2__bias": codes[44:48], "fc3__bias": codes[48:50]}
    return hand.write(tmp_path, hand.functional(layers, reads, ["fc3"]), hand.weights(**kernels, **biases))[0]


def text(values: dict[tuple[str, ...], Any]) -> str:
    """A design.yaml, or a sweep.yaml if values are lists."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        section = tree
        for key in path[:-1]:
            section = section.setdefault(key, {})
        section[path[-1]] = value
    return json.dumps(tree)  # which YAML reads


def drawn(seed: int) -> tuple[dict[tuple[str, ...], Any], dict[tuple[str, ...], list[Any]]]:
    """Keys with one value, and swept keys with two; every key is swept for some seed."""
    rng = np.random.default_rng(seed)
    paths = list(AXES)
    swept = [paths[seed], paths[(seed + DRAWN) % len(paths)]]
    base: dict[tuple[str, ...], Any] = {("initiation_interval",): 8, ("inputs", "x"): TYPES[0]}
    for index in rng.choice(len(paths), 2, replace=False).tolist():
        base[paths[index]] = AXES[paths[index]][int(rng.integers(len(AXES[paths[index]])))]
    axes = {path: [AXES[path][n] for n in sorted(rng.choice(len(AXES[path]), 2, replace=False))] for path in swept}
    if ("ensemble", "cores") in base | axes:  # a file with cores has members, and no weights that are loaded
        base.setdefault(("ensemble", "members"), 2)
        base.pop(("weights", "bus"), None)
    return {path: value for path, value in base.items() if path not in axes}, axes


def compiled(model: Path, design: str) -> list[str]:
    """The cells of a row: costs and error."""
    path = model.parent / "design.yaml"
    path.write_text(design, encoding="utf-8")
    try:
        report = bxnn.compile(model, model.parent / "build", model.parent / "w.h5", path)
    except BxnnError as error:
        return [""] * len(Design.model_fields) + [str(error)]
    found = report.model_dump() | {"lut": None, "ff": None}
    if report.predicted is not None:
        found |= {"lut": report.predicted.lut, "ff": report.predicted.ff}
    return ["" if found[name] is None else str(found[name]) for name in Design.model_fields] + [""]


def rows(model: Path, sweep: str) -> list[dict[str, str]]:
    config = model.parent / "sweep.yaml"
    config.write_text(sweep, encoding="utf-8")
    folder = model.parent / "out"
    try:
        bxnn.sweep(model, config, folder, model.parent / "w.h5")
    except BxnnError as error:
        assert "points has a schedule" in str(error)
    return list(csv.DictReader(io.StringIO((folder / "sweep.csv").read_text(encoding="utf-8"))))


def cells(row: dict[str, str]) -> list[str]:
    return [row[name] for name in Design.model_fields] + [row["error"]]


def test_every_key_is_swept() -> None:
    assert {path[0] for path in AXES} == set(DesignConfig.model_fields)
    assert {path[1] for path in AXES if path[0] == "budget"} == set(Budget.model_fields)
    assert {path[2] for path in AXES if path[0] == "layers"} == set(LayerConfig.model_fields)
    assert {path for seed in range(DRAWN) for path in drawn(seed)[1]} == set(AXES)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(DRAWN))
def test_every_row_is_what_compile_says(seed: int, model: Path) -> None:
    base, axes = drawn(seed)
    found = rows(model, text(base | axes))
    swept = load_sweep(model.parent / "sweep.yaml").swept  # in the order of the file
    points = [dict(zip(swept, values, strict=True)) for values in product(*(axes[path] for path in swept))]
    assert len(found) == len(points)
    for row, values in zip(found, points, strict=True):
        assert cells(row) == compiled(model, text(base | values)), values


def test_types_of_results_make_different_rows(model: Path) -> None:
    """A former bug: the second row was a copy of the first."""
    base = {("initiation_interval",): 8, ("inputs", "x"): TYPES[0]}
    found = rows(model, text(base | {("layers", "sum", "output"): [TYPES[0], TYPES[1]]}))
    assert [row["error"] for row in found] == ["", ""]
    assert found[0]["ff"] != found[1]["ff"]


def test_answers_of_an_older_key_are_not_read(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = text({("initiation_interval",): [4, 8], ("inputs", "x"): TYPES[0]})
    version = point._KEY_VERSION
    monkeypatch.setattr(point, "_KEY_VERSION", version - 1)
    rows(model, sweep)
    stored = sorted((model.parent / "out" / "points").iterdir())
    assert len(stored) == 2
    for path in stored:
        answer = json.loads(path.read_text(encoding="utf-8"))
        answer["design"]["dsp"] = 123456
        path.write_text(json.dumps(answer), encoding="utf-8")
    assert [row["dsp"] for row in rows(model, sweep)] == ["123456"] * 2, "answers of the same key are kept"
    monkeypatch.setattr(point, "_KEY_VERSION", version)
    found = rows(model, sweep)
    for row, interval in zip(found, (4, 8), strict=True):
        assert cells(row) == compiled(model, text({("initiation_interval",): interval, ("inputs", "x"): TYPES[0]}))
