"""`ensemble:` mean and spread of several models of the same layers, for the same event, exact and in every engine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.delivery import write_package
from bxnn.compiler.ensemble import member_suffixes
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.verification.c_simulation import csim
from bxnn.compiler.verification.simulation import simulate
from bxnn.sim import ensemble_comparison
from bxnn.sim.emulator import Emulator
from bxnn.sim.float_comparison import FloatComparison, compare_outputs
from bxnn.sim.reference import Reference
from tests.reload.networks import two_layers
from tests.reload.test_commands import DESIGN, model

Pair = tuple[Path, Path]


def pairs(folder: Path, count: int) -> list[Pair]:
    return [model(folder / f"member{seed}", seed) for seed in range(count)]


def built(folder: Path, models: list[Pair], keys: str = "") -> ReportModel:
    path = folder / "design.yaml"
    path.write_text(f"{DESIGN}ensemble: {{members: {len(models)}}}\n{keys}", encoding="utf-8")
    return driver.compile_model(*models[0], path, folder / "net", others=models[1:])


def alone(folder: Path, pair: Pair, index: int) -> Reference:
    path = folder / "alone.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    driver.compile_model(*pair, path, folder / f"alone{index}")
    return Reference(Build(folder / f"alone{index}").graph)


def test_mean_and_spread_are_those_of_the_networks_by_themselves(tmp_path: Path) -> None:
    models = pairs(tmp_path, 3)
    report = built(tmp_path, models, "layers: {fc1: {reuse_factor: 2}}\n")
    assert ([port.name for port in report.outputs], report.members) == (["fc2_mean", "fc2_spread"], 3)
    values = {"x": np.random.default_rng(1).uniform(-2, 2, (50, 4))}
    ensemble = Build(tmp_path / "net")
    references = [alone(tmp_path, pair, index) for index, pair in enumerate(models)]
    members = np.stack([reference.predict(values)["fc2"] for reference in references])
    assert not np.array_equal(members[0], members[1])
    for found in (
        Reference(ensemble.graph).predict(values),
        Emulator(ensemble.emulator, tmp_path / "emulator", Reference(ensemble.graph)).predict(values),
    ):
        scale = Reference(ensemble.graph).graph.scales["fc2_mean"].factors[0]
        codes = np.rint(members.sum(axis=0) / (3 * scale))
        assert np.array_equal(found["fc2_mean"], codes * scale)
        assert np.allclose(found["fc2_mean"], members.mean(axis=0), rtol=1e-15, atol=0)
        assert np.array_equal(found["fc2_spread"], members.max(axis=0) - members.min(axis=0))
    for graph, pair in zip(ensemble.graph.members, members, strict=True):
        assert np.array_equal(next(iter(Reference(graph).predict(values).values())), pair)
    assert [first.read_bytes() for first, _ in ensemble.models] == [first.read_bytes() for first, _ in models]
    assert [second and second.read_bytes() for _, second in ensemble.models] == [w.read_bytes() for _, w in models]


def test_the_firmware_is_the_reference(tmp_path: Path) -> None:
    forms = "outputs: {fc2_mean: [values, argmax], fc2_spread: [{threshold: 0.5, strict: true}]}\n"
    report = built(tmp_path, pairs(tmp_path, 2), forms)
    assert [port.name for port in report.outputs] == ["fc2_mean", "fc2_mean_argmax", "fc2_spread_threshold"]
    measured = simulate(tmp_path / "net", None, 20)
    assert measured.simulation is not None and measured.simulation.passed
    assert measured.simulation.latency_cycles == measured.latency_cycles
    assert csim(tmp_path / "net", None, 20).csim is not None


def test_the_page_of_a_package_says_what_codes_of_the_mean_stand_for(tmp_path: Path) -> None:
    report = built(tmp_path, pairs(tmp_path, 2))
    write_package(tmp_path / "net", "fusesoc", tmp_path / "package")
    mean, spread = report.outputs
    lines = (tmp_path / "package" / "README.md").read_text(encoding="utf-8").splitlines()
    row = f"| {mean.data} | {mean.width} | out: 3 x {mean.format} (fc2_mean); an integer code stands for"
    assert f"{row} {mean.factors[0]} * code |" in lines
    assert f"| {spread.data} | {spread.width} | out: 3 x {spread.format} (fc2_spread) |" in lines


def test_every_member_is_compared_with_its_own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow is replaced by the networks by themselves; two models in each other's place are found."""
    models = pairs(tmp_path, 2)
    built(tmp_path, models)
    values = {"x": np.random.default_rng(1).uniform(-2, 2, (20, 4))}
    outputs = {pair[0]: alone(tmp_path, pair, index).predict(values)["fc2"] for index, pair in enumerate(models)}

    def compare(model: Path, _: object, reference: Reference, *rest: Any) -> FloatComparison:
        return compare_outputs(reference, values, {"exact_0": outputs[model].astype(np.float32)}, None, "", "none")

    monkeypatch.setattr(ensemble_comparison, "compare", compare)
    reference = Reference(Build(tmp_path / "net").graph)
    found = [
        ensemble_comparison.compare_members(files, reference, values, None, tmp_path)
        for files in (models, models[::-1])
    ]
    assert found[0] is not None and (found[0].events, found[0].elements_differing) == (20, 0)
    assert found[1] is not None and found[1].elements_differing > 20 and found[1].first_difference is not None


def test_members_are_scheduled_alike(tmp_path: Path) -> None:
    """A search through all combinations would take as long as that of one network to the power of the members."""
    graphs = [two_layers(seed, (8, 6, 4)) for seed in range(8)]
    config = parse_config("initiation_interval: 8\nensemble: {members: 8}")
    report = driver.compile_graph(graphs[0], config, tmp_path / "net", others=graphs[1:])
    single = driver.compile_graph(graphs[0], parse_config("initiation_interval: 8"), tmp_path / "one")
    rows = {row.name: row for row in report.layers}
    for layer in single.layers:
        twins = [rows[f"{layer.name}{suffix}"] for suffix in member_suffixes(graphs)]
        assert {(row.start_cycle, row.latency_cycles, row.dsp, row.binding) for row in twins} == {
            (layer.start_cycle, layer.latency_cycles, layer.dsp, layer.binding)
        }
    assert report.dsp == 8 * single.dsp


def test_names_of_members_are_new() -> None:
    graph = two_layers(1)
    graph = replace(graph, layers=(*graph.layers, replace(graph.layers[1], name="fc1_m1")))
    assert member_suffixes([graph, graph]) == ("_mm0", "_mm1")


def run(folder: Path, capsys: pytest.CaptureFixture[str], keys: str, *arguments: Any) -> tuple[int, str]:
    path = folder / "design.yaml"
    path.write_text(DESIGN + keys, encoding="utf-8")
    code = cli.run(["compile", *map(str, arguments), "-c", str(path), "-o", str(folder / "net"), "--quiet"])
    assert not (folder / "net").exists() or code == 0
    return code, capsys.readouterr().err


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (first, w0), (_, w1) = pairs(tmp_path, 2)
    assert run(tmp_path, capsys, "ensemble: {members: 2}\n", first, "--weights", w0, "--weights", w1) == (0, "")
    names = json.loads((tmp_path / "net" / "model" / "files.json").read_text(encoding="utf-8"))
    assert names == {"model": "m.json", "weights": "w.h5", "others": [["1_m/m.json", "1_w/w.h5"]]}
    assert load_report(tmp_path / "net" / "report.json").outputs[0].name == "fc2_mean"


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (first, w0), (_, w1) = pairs(tmp_path, 2)
    wide, stored = model(tmp_path / "wide", 3, units=2)
    w2 = stored.rename(stored.with_name("w2.h5"))
    two = "ensemble: {members: 2}\n"
    weights = ("--weights", w0, "--weights", w1)
    cases: list[tuple[str, tuple[object, ...], str]] = [
        (
            "ensemble: {members: 3}\n",
            (first, *weights),
            "design.yaml: ensemble: needs 3 models, but there are 2; name 3 model files of the same layers in bxnn "
            "compile, or remove it",
        ),
        (
            two,
            (first, "--weights", w0),
            "design.yaml: ensemble: needs 2 models, but there is 1; name 2 model files of the same layers in bxnn "
            "compile, or remove it",
        ),
        (
            "",
            (first, *weights),
            "design.yaml: is for one model, but there are 2; name one, or write ensemble: {members: 2}, or channels: 2",
        ),
        (
            "channels: 3\n",
            (first, *weights),
            "design.yaml: channels: is 3, but there are 2 models; name one, whose weights all channels share, or 3, "
            "one for each channel",
        ),
        (
            two,
            (first, first, first, *weights),
            "bxnn compile: has 2 weights files for 3 models; name one for each, or one .json file for all",
        ),
        (
            two,
            (first, wide, "--weights", w0, "--weights", w2),
            "w2.h5: fc2 (dense) differs from w.h5 in kernel, bias, shape; name models that differ in weights alone",
        ),
        (
            f"{two}weights: {{layers: all}}\n",
            (first, *weights),
            "design.yaml: ensemble: excludes weights: the members of an ensemble are constants; remove one of the two",
        ),
        (
            "ensemble: {members: 1}\n",
            (first, "--weights", w0),
            "design.yaml: ensemble: members: 1 is not an integer from 2 to 64",
        ),
    ]
    for keys, arguments, message in cases:
        assert run(tmp_path, capsys, keys, *arguments) == (2, f"{message}\n")
