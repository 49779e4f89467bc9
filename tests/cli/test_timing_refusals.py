"""What `timing:` and the clock are refused with: the whole line, the exit code, and no build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bxnn.compiler import cli
from bxnn.compiler.hardware.path_class import PathClass
from tests.acceptance.test_jet_tagger import ROOT

MODEL = ROOT / "examples/jet_tagger/model.h5"

BAD_VALUES = [
    ("timing: {margin: 0.51}", "design.yaml: timing: margin: 0.51 is not a number from 0 to 0.5"),
    ("timing: {margin: -0.01}", "design.yaml: timing: margin: -0.01 is not a number from 0 to 0.5"),
    ("timing: {margin: .nan}", "design.yaml: timing: margin: nan is not a number from 0 to 0.5"),
    (
        "timing: {estimate: worst}",
        "design.yaml: timing: estimate: 'worst' is not pessimistic or typical; did you mean 'pessimistic'?",
    ),
    ("timing: {max_fanout: 1}", "design.yaml: timing: max_fanout: 1 is not an integer of at least 2"),
    (
        "timing: {max_fanout: 2}",
        "fc1 (dense): timing: max_fanout 2 is too small, the control of one of its DSPs has 13 loads; use at least 13",
    ),
    (
        "clock_mhz: 880",
        "design.yaml: clock_mhz: 880 MHz is out of range; a DSP48E2 of xcvu9p-flga2104-2-e (speed grade -2) reaches "
        "775 MHz at most (DS923 v1.20, Virtex UltraScale+ FPGAs Data Sheet, DSP48E2 F_MAX, 0.85 V)",
    ),
    (
        "board: xcvc1902\ntiming: {margin: 0.1}",
        "design.yaml: timing: margin: needs delays, but none are public for speed grade -2M of xcvc1902; remove it",
    ),
    (
        "board: xcku115\ntiming: {estimate: typical}",
        "design.yaml: timing: estimate: needs delays, but none are public for speed grade -2 of xcku115; remove it",
    ),
    (
        "layers: {fc1: {cascade: 121}}",
        "fc1 (dense): cascade 121 is longer than a column of DSP48E2 slices in an SLR of the device; use at most 120",
    ),
    (
        "board: xcvu13p\nlayers: {fc1: {cascade: 97}}",
        "fc1 (dense): cascade 97 is longer than a column of DSP48E2 slices in an SLR of the device; use at most 96",
    ),
]


def refusal(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the line on stderr of a compile; there is no build."""
    design, build = folder / "design.yaml", folder / "build"
    design.write_text(f"initiation_interval: 8\n{text}\n", encoding="utf-8")
    code = cli.run(["compile", str(MODEL), "-c", str(design), "-o", str(build)])
    out, err = capsys.readouterr()
    assert out == "" and not build.exists()
    return code, err


@pytest.mark.parametrize(("text", "message"), BAD_VALUES, ids=[text for text, _ in BAD_VALUES])
def test_bad_values(text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(text, tmp_path, capsys) == (2, f"{message}\n")


@pytest.mark.parametrize(
    ("text", "estimate", "period", "less", "left"),
    [
        ("clock_mhz: 720", "pessimistic", "1.389", "5%", 1.319),
        ("clock_mhz: 641.264\ntiming: {margin: 0.2, estimate: typical}", "typical", "1.559", "20%", 1.248),
    ],
)
def test_a_clock_that_cannot_be_met(
    text: str,
    estimate: str,
    period: str,
    less: str,
    left: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The class of the path, its layer or the reset, its delay, and the clock at which it closes."""
    code, line = refusal(text, tmp_path, capsys)
    place = r"(?:(?:fc1|fc2|fc3|output) \(dense\)|relu[123] \(activation\)|rst)"
    path = place + r": a path of class (\w+) takes (\d\.\d{3}) ns "
    told = rf"\({estimate}\), but a period of {period} ns less {less} is {left} ns; it closes at (\d+\.\d) MHz\n"
    found = re.fullmatch(path + told, line)
    assert found is not None, line
    assert code == 1
    assert PathClass(found[1]) in PathClass
    assert float(found[2]) > left
    assert float(found[3]) == pytest.approx(1000 * (1 - int(less[:-1]) / 100) / float(found[2]), rel=1e-3)
