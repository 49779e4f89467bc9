"""``bxnn calibrate`` and ``formats:`` of design.yaml, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bxnn
from bxnn.compiler.cli import run
from tests.calibration.float_models import classifier, events, normalization, statistics, write
from tests.calibration.test_exactness import convolution


def calibrated(folder: Path, *options: str) -> Path:
    model, weights = classifier(folder)
    path = folder / "formats.yaml"
    arguments = ["calibrate", str(model), "--weights", str(weights), "--events", str(events(folder))]
    assert run([*arguments, "-o", str(path), *options]) == 0
    return path


def design(folder: Path, text: str = "") -> Path:
    path = folder / "design.yaml"
    path.write_text(f"initiation_interval: 8\n{text}", encoding="utf-8")
    return path


def compiled(folder: Path, text: str = "formats: formats.yaml\n") -> int:
    model, weights = classifier(folder)
    config = design(folder, text)
    return run(["compile", str(model), "--weights", str(weights), "-c", str(config), "-o", str(folder / "build")])


def test_from_a_float_model_to_firmware(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = calibrated(tmp_path, "--bits", "6").read_text(encoding="utf-8")
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == f"wrote {tmp_path / 'formats.yaml'}"
    assert out[-2].startswith("on 100 other events: ")
    assert calibrated(tmp_path, "--bits", "6").read_text(encoding="utf-8") == first
    keys = [line.strip().split(":")[0].strip('"') for line in first.splitlines() if line.startswith("  ")]
    assert [key for key in keys if key in ("x", "fc1", "fc2", "out")] == ["x", "fc1", "fc2", "out"]
    (tmp_path / "x.npz").unlink()  # a build does not depend on the events
    assert compiled(tmp_path) == 0
    report = bxnn.load(tmp_path / "build").report
    assert report.notices[-1] == (
        "formats.yaml: declares the types of 6 constants and 2 results; outputs are those of the float model, rounded"
    )
    assert (tmp_path / "build" / "formats.yaml").read_text(encoding="utf-8") == first
    assert [file.name for file in report.files] == ["m.json", "w.h5", "design.yaml", "formats.yaml"]
    assert bxnn.csim(tmp_path / "build", events=50).csim is not None


def test_widths(tmp_path: Path) -> None:
    calibrated(tmp_path, "--bits", "5", "--input-bits", "7")
    assert compiled(tmp_path) == 0
    report = bxnn.load(tmp_path / "build").report
    bits = [layer.output_format.split("<")[1].split(",")[0] for layer in report.layers if layer.kind == "activation"]
    assert bits == ["5", "5"]


def test_types_declared_by_hand_take_precedence(tmp_path: Path) -> None:
    calibrated(tmp_path)
    text = 'formats: formats.yaml\nlayers: {fc1: {output: "ufixed<3,2,RND_CONV,SAT>"}}\n'
    assert compiled(tmp_path, text) == 0
    report = bxnn.load(tmp_path / "build").report
    assert next(layer.output_format for layer in report.layers if layer.kind == "activation") == "ufixed<3,2>"


def test_all_types_by_hand(tmp_path: Path) -> None:
    wide = '{kernel: "fixed<8,4,RND_CONV,SAT>", bias: "fixed<12,4,RND,SAT>", output: "ufixed<9,4,RND_CONV,SAT>"}'
    types = f"layers: {{fc1: {wide}, fc2: {wide}, out: {wide.replace('ufixed<9,4', 'fixed<12,6')}}}\n"
    assert compiled(tmp_path, f'inputs: {{x: "fixed<8,4,RND_CONV,SAT>"}}\n{types}') == 0
    values = np.random.default_rng(1).standard_normal((50, 6))
    outputs = np.asarray(bxnn.predict(tmp_path / "build", values))
    assert np.array_equal(outputs, np.rint(outputs * 64) / 64)  # the declared type of the output


def test_a_normalization_before_a_padded_convolution_has_the_types_that_are_declared(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    padded = convolution("Conv2D", "same", 3, filters=1, activation="linear", use_bias=False)
    found = statistics("bn", 1, rng)
    model, stored = write(
        tmp_path, [normalization("bn"), padded], (4, 4, 1), found | {"same__kernel": np.ones((3, 3, 1, 1))}
    )
    types = 'bn: {scale: "fixed<16,6,RND_CONV,SAT>", shift: "fixed<12,6,RND_CONV,SAT>"}, same: {kernel: "fixed<4,2>"}'
    path = design(tmp_path, f'inputs: {{x: "fixed<8,4,RND_CONV,SAT>"}}\nlayers: {{{types}}}\n')
    bxnn.compile(model, tmp_path / "build", stored, config=path)
    x = np.clip(np.rint(16 * rng.standard_normal((20, 4, 4))), -128, 127) / 16
    scale = found["bn__gamma"] / np.sqrt(found["bn__moving_variance"] + 0.001)
    shift = found["bn__beta"] - found["bn__moving_mean"] * scale
    normal = np.pad(x * np.rint(scale * 1024) / 1024 + np.rint(shift * 64) / 64, ((0, 0), (1, 1), (1, 1)))
    sums = np.sum([normal[:, row : row + 4, column : column + 4] for row in range(3) for column in range(3)], axis=0)
    assert np.array_equal(np.asarray(bxnn.predict(tmp_path / "build", x[..., None]))[..., 0], sums)


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"x": np.zeros((19, 6))}, "has 19 events, too few to choose formats from; give at least 20, better 1,000 or more"),
    ({"x": np.zeros((30, 5))}, "array for x has shape (30, 5), but the network takes (events, 6)"),
    (
        {"x": np.full((30, 6), np.nan)},
        "array for x has 180 elements that are not finite; the first is nan (event 0, element 0)",
    ),
    ({"z": np.zeros((30, 6)), "w": np.zeros(3)}, "has no array 'x'; it has w, z"),
    ({"x": np.zeros((30, 6)), "y": np.zeros(29)}, "labels y have 29 labels, but there are 30 events"),
    (
        {"x": np.zeros((30, 6)), "y": np.full(30, 3)},
        "labels y of shape (30,) do not name one of 3 classes per event; use class numbers from 0 to 2, or one-hot "
        "vectors",
    ),
    (
        {"x": np.zeros((30, 6)), "y": np.ones((30, 3))},
        "labels y are vectors that are not one-hot; use class numbers or one-hot vectors",
    ),
    (
        {"x": np.zeros((30, 6)), "y": np.array(["a"] * 30)},
        "labels y of dtype <U1 are not numbers; use class numbers or one-hot vectors",
    ),
]


@pytest.mark.parametrize(("arrays", "problem"), FAULTS, ids=[problem[:40] for _, problem in FAULTS])
def test_bad_events(tmp_path: Path, capsys: pytest.CaptureFixture[str], arrays: dict[str, Any], problem: str) -> None:
    model, weights = classifier(tmp_path)
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    before = sorted(tmp_path.iterdir())
    output = tmp_path / "formats.yaml"
    arguments = ["calibrate", str(model), "--weights", str(weights), "--events", str(path), "-o", str(output)]
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"{path}: {problem}\n"
    assert sorted(tmp_path.iterdir()) == before


def test_few_events_and_constant_features_are_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, weights = classifier(tmp_path)
    values = np.random.default_rng(1).standard_normal((150, 6))
    values[:, [2, 4]] = 0.5
    np.savez(tmp_path / "x.npz", x=values)
    path = tmp_path / "formats.yaml"
    arguments = ["calibrate", str(model), "--weights", str(weights), "--events", str(tmp_path / "x.npz")]
    assert run([*arguments, "-o", str(path)]) == 0
    *notes, _, wrote = capsys.readouterr().out.splitlines()
    assert "\n".join([*notes, wrote, ""]) == (
        f"note: {tmp_path / 'x.npz'}: 150 events are few to choose formats from; give 1,000 or more for formats that "
        f"hold for others\nnote: {tmp_path / 'x.npz'}: 2 features of x (2, 4) are the same in all events; other "
        f"values may saturate\nwrote {path}\n"
    )


WRONG = [
    ('layers: {fc1: {kernel: "fixed<2,1>"}}', "design.yaml: layers: fc1: kernel: {} does not fit fixed<2,1>, which"),
    ('layers: {fc9: {kernel: "fixed<8,4>"}}', "design.yaml: layers: fc9: is not a layer with constants; did you mean"),
    ('layers: {fc9: {output: "fixed<8,4>"}}', "design.yaml: layers: fc9: is not a layer; did you mean"),
    ('layers: {softmax: {kernel: "fixed<8,4>"}}', "design.yaml: layers: softmax: "),
    ('layers: {fc1: {scale: "fixed<8,4>"}}', "design.yaml: layers: fc1: scale: fc1 (dense) has no scale; remove it"),
    ("formats: none.yaml", "none.yaml: cannot be read: No such file or directory"),
]


@pytest.mark.parametrize(("text", "start"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_wrong_types(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, start: str) -> None:
    calibrated(tmp_path)
    capsys.readouterr()
    assert compiled(tmp_path, text if "formats" in text else f"formats: formats.yaml\n{text}\n") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert all(part in error for part in start.split("{}"))
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(("option", "bits"), [("--bits", "1"), ("--bits", "17"), ("--input-bits", "1")])
def test_widths_out_of_reach(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, bits: str) -> None:
    model, weights = classifier(tmp_path)
    data = events(tmp_path)
    assert run(["calibrate", str(model), "--weights", str(weights), "--events", str(data), option, bits]) == 2
    assert capsys.readouterr().err == f"{option} {bits}: is not in 2..16\n"
