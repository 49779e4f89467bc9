"""A set of weights for every channel: each event is that of its channel's own model, in every engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.ir.text import parse_graph, print_graph
from bxnn.compiler.report import ReportModel
from bxnn.compiler.verification.c_simulation import csim
from bxnn.compiler.verification.simulation import simulate
from bxnn.sim import ensemble_comparison
from bxnn.sim.emulator import Emulator
from bxnn.sim.float_comparison import FloatComparison, compare_outputs
from bxnn.sim.reference import Reference
from tests.reload.test_commands import TERNARY, model

Pair = tuple[Path, Path]
DESIGN = 'strategy: dsp\ninputs: {x: "fixed<6,2,RND_CONV,SAT>"}\n'


def pairs(folder: Path, count: int) -> list[Pair]:
    return [model(folder / f"model{seed}", seed) for seed in range(count)]


def built(folder: Path, models: list[Pair], interval: int = 4, keys: str = "") -> ReportModel:
    """A core with an event every ``interval`` cycles."""
    path, count = folder / "design.yaml", len(models)
    text = f"{DESIGN}initiation_interval: {interval * count}\nchannels: {count}\n{keys}"
    path.write_text(text, encoding="utf-8")
    return driver.compile_model(*models[0], path, folder / "net", others=models[1:])


def alone(folder: Path, pair: Pair, index: int) -> Reference:
    path = folder / "alone.yaml"
    path.write_text(f"{DESIGN}initiation_interval: 4\n", encoding="utf-8")
    driver.compile_model(*pair, path, folder / f"alone{index}")
    return Reference(Build(folder / f"alone{index}").graph)


def test_every_channel_has_the_results_of_its_own_model(tmp_path: Path) -> None:
    models = pairs(tmp_path, 3)
    report = built(tmp_path, models, keys="tag_bits: 4\n")
    assert (report.channels, report.sets, report.tag_bits) == (3, 3, 4)
    build = Build(tmp_path / "net")
    reference = Reference(build.graph)
    rng = np.random.default_rng(1)
    values = {"x": rng.uniform(-2, 2, (90, 4)), "tag": rng.integers(0, 16, (90, 1)).astype(np.float64)}
    found = reference.predict(values)["fc2"]
    channel = np.minimum(values["tag"].ravel().astype(int) & 3, 2)  # the last one beyond it
    for index, pair in enumerate(models):
        own = channel == index
        assert own.sum() > 5
        assert np.array_equal(found[own], alone(tmp_path, pair, index).predict(values)["fc2"][own])
        assert np.array_equal(Reference(build.graph.of_set(index)).predict(values)["fc2"][own], found[own])
    emulator = Emulator(build.emulator, tmp_path / "emulator", reference)
    assert np.array_equal(emulator.predict(values)["fc2"], found)
    codes = reference.quantize_inputs(values)
    assert np.array_equal(emulator.output_codes(codes)["fc2"], reference.output_codes(codes)["fc2"])


@pytest.mark.parametrize(
    ("count", "interval", "keys"),
    [
        (3, 4, "layers: {fc1: {binding: output_serial}, fc2: {binding: input_serial}}\ntag_bits: 5\n"),
        (2, 1, ""),
        pytest.param(5, 3, "dsp: instantiated\npacking: none\n", marks=pytest.mark.slow),
        pytest.param(4, 2, "timing: {held_input: true, output_register: true}\n", marks=pytest.mark.slow),
    ],
)
def test_the_firmware_is_the_reference(count: int, interval: int, keys: str, tmp_path: Path) -> None:
    built(tmp_path, pairs(tmp_path, count), interval, keys)
    measured = simulate(tmp_path / "net", None, 30, quick=True)
    assert measured.simulation is not None and measured.simulation.passed
    assert measured.simulation.latency_cycles == measured.latency_cycles
    assert csim(tmp_path / "net", None, 30).csim is not None


def test_a_wrong_channel_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights of the channel before: the bench must see it."""
    built(tmp_path, pairs(tmp_path, 2))
    top = tmp_path / "net" / "vhdl" / "m.vhd"
    top.write_text(top.read_text(encoding="utf-8").replace("in_tag(0 downto 0)", "not in_tag(0 downto 0)"))
    assert cli.run(["simulate", str(tmp_path / "net"), "--events", "5", "--quick", "--trust"]) == 1
    assert "m.vhd" in capsys.readouterr().err


def test_the_text_of_a_network_keeps_all_sets(tmp_path: Path) -> None:
    built(tmp_path, pairs(tmp_path, 2))
    graph = Build(tmp_path / "net").graph
    text, arrays = print_graph(graph)
    again, stored = print_graph(parse_graph(text, arrays))
    assert again == text and stored.keys() == arrays.keys()
    assert all(np.array_equal(stored[name], arrays[name]) for name in arrays)
    assert (graph.sets, graph.chooser, graph.data_inputs) == (2, "tag", ("x",))


def test_events_of_a_file_take_turns_or_have_tags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built(tmp_path, pairs(tmp_path, 2))
    x, tags = np.random.default_rng(1).uniform(-2, 2, (8, 4)), np.array([1, 1, 0, 0, 1, 0, 1, 0])
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "tagged.npz", x=x, tag=tags)
    outputs = []
    for name in ("x.npy", "tagged.npz"):
        where = tmp_path / f"y_{name[0]}.npy"
        files = ["--input", str(tmp_path / name), "--output", str(where)]
        assert cli.run(["predict", str(tmp_path / "net"), *files, "--quiet"]) == 0
        outputs.append(np.load(where))
    reference = Reference(Build(tmp_path / "net").graph)
    for found, channel in zip(outputs, (np.arange(8) % 2, tags), strict=True):
        assert np.array_equal(found, reference.predict({"x": x, "tag": channel[:, np.newaxis] * 1.0})["fc2"])
    capsys.readouterr()
    np.savez(tmp_path / "wrong.npz", x=x, tag=tags + 1)
    arguments = ["predict", str(tmp_path / "net"), "--input", str(tmp_path / "wrong.npz"), "--output", "y.npy"]
    assert cli.run(arguments) == 2
    line = f"{tmp_path / 'wrong.npz'}: array for tag has 2 (event 0); tags are from 0 to 1\n"
    assert capsys.readouterr().err == line


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (first, w0), (_, w1) = pairs(tmp_path, 2)
    wide, stored = model(tmp_path / "wide", 3, units=2)
    w2 = stored.rename(stored.with_name("w2.h5"))
    other, stored = model(tmp_path / "other", 4, bits=4)
    w4 = stored.rename(stored.with_name("w4.h5"))
    ternary, stored = model(tmp_path / "ternary", 5, kernel_quantizer=TERNARY)
    w5 = stored.rename(stored.with_name("w5.h5"))
    weights = ("--weights", w0, "--weights", w1)
    two = "channels: 2\n"
    cases: list[tuple[str, tuple[object, ...], str]] = [
        (
            "channels: 4\n",
            (first, *weights),
            "design.yaml: channels: is 4, but there are 2 models; name one, whose weights all channels share, or 4, "
            "one for each channel",
        ),
        (
            "",
            (first, *weights),
            "design.yaml: is for one model, but there are 2; name one, or write ensemble: {members: 2}, or channels: 2",
        ),
        (
            two,
            (first, wide, "--weights", w0, "--weights", w2),
            "w2.h5: fc2 (dense) differs from w.h5 in kernel, bias, shape; name models that differ in weights alone",
        ),
        (
            two,
            (first, other, "--weights", w0, "--weights", w4),
            "w4.h5: relu (activation) differs from w.h5 in function; name models that differ in weights alone",
        ),
        (
            two,
            (first, ternary, "--weights", w0, "--weights", w5),
            "w5.h5: fc1 (dense) quantizes its kernel with ternary(alpha=1), but w.h5 with "
            "quantized_bits(bits=4, integer=0, alpha=1); quantize all models alike",
        ),
        (
            f"{two}weights: {{layers: all}}\n",
            (first, *weights),
            "design.yaml: weights: is for one set of weights at a time, but every channel has its own: remove it, or "
            "name one model",
        ),
        (
            f"{two}timing: {{input_register: false}}\n",
            (first, *weights),
            "design.yaml: timing: input_register: is false, but the tag chooses weights a cycle before they are used: "
            "remove it, or name one model",
        ),
        (
            f"{two}layers: {{fc1: {{strategy: lut}}}}\n",
            (first, *weights),
            "fc1 (dense): every channel has its own weights, but an adder graph depends on their values; use strategy "
            "dsp, or a core for each channel",
        ),
        (
            f"{two}tag_bits: 40\n",
            (first, *weights),
            "design.yaml: tag_bits: 40 is more than a tag that chooses weights can have; write 32 or fewer",
        ),
        (
            two,
            (first, "--weights", w0, "--weights", w0),
            "w.h5: has the same weights as w.h5; name one model, whose weights all channels share",
        ),
    ]
    for keys, arguments, message in cases:
        path = tmp_path / "design.yaml"
        path.write_text(f"initiation_interval: 8\n{DESIGN.replace('strategy: dsp', '')}{keys}", encoding="utf-8")
        arguments = ("compile", *arguments, "-c", path, "-o", tmp_path / "net", "--quiet")
        code = cli.run([str(argument) for argument in arguments])
        assert (code, capsys.readouterr().err) == (2, f"{message}\n")
        assert not (tmp_path / "net").exists()


def test_the_interface_names_the_tag(tmp_path: Path) -> None:
    built(tmp_path, pairs(tmp_path, 2), keys="tag_bits: 3\n")
    interface = json.loads((tmp_path / "net" / "sim" / "interface.json").read_text(encoding="utf-8"))
    assert [(port["name"], port["valid"], port["data"], port["bits"]) for port in interface["inputs"]] == [
        ("x", "in_valid", "in_data", 6),
        ("tag", "in_valid", "in_tag", 3),
    ]


def test_every_channel_is_compared_with_its_own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow is replaced by the networks by themselves; two models in each other's place are found."""
    models = pairs(tmp_path, 2)
    built(tmp_path, models)
    values = {"x": np.random.default_rng(1).uniform(-2, 2, (20, 4)), "tag": np.arange(20)[:, np.newaxis] % 2 * 1.0}
    references = {pair[0]: alone(tmp_path, pair, index) for index, pair in enumerate(models)}

    def compare(model: Path, _: object, reference: Reference, given: Any, *rest: Any) -> FloatComparison:
        found = references[model].predict(given)["fc2"].astype(np.float32)
        return compare_outputs(reference, given, {"exact_0": found}, None, "", "none")

    monkeypatch.setattr(ensemble_comparison, "compare", compare)
    reference = Reference(Build(tmp_path / "net").graph)
    right, wrong = (
        ensemble_comparison.compare_sets(files, reference, values, None, tmp_path) for files in (models, models[::-1])
    )
    assert right is not None and (right.events, right.elements_differing) == (20, 0)
    assert wrong is not None and wrong.elements_differing > 20 and wrong.first_difference is not None
