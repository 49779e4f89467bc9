"""bxnn check: limits, a baseline, and what was measured; whole messages and exit codes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler import cli
from bxnn.compiler.gate import Limits, Rule, checked
from bxnn.compiler.gate.check import Check, numbers
from bxnn.compiler.gate.check_build import Baseline
from bxnn.compiler.gate.figures import FIGURES, figure
from bxnn.compiler.gate.measurements import measurements
from bxnn.compiler.report import ReportModel, save_report
from tests.report.network import measured_report, tiny_report

REPORT = measured_report()


def build_of(folder: Path, report: ReportModel) -> Path:
    """A folder with a report, all that bxnn check reads."""
    folder.mkdir()
    save_report(report, folder / "report.json")
    return folder


@given(st.sampled_from(["dsp", "lut", "ff", "latency_cycles"]), st.integers(0, 100_000))
def test_a_limit_is_missed_by_more_than_it_only(name: str, limit: int) -> None:
    (check,) = [each for each in checked(REPORT, Limits(**{name: limit})) if each.figure == name]
    value = figure(REPORT, name).value
    assert value is not None and check.passed == (value <= limit)
    (equal,) = [each for each in checked(REPORT, Limits(**{name: int(value)})) if each.figure == name]
    assert equal.passed


def test_measured_figures_count_before_predicted_ones() -> None:
    assert REPORT.resources is not None and REPORT.predicted is not None
    assert figure(REPORT, "lut").value == REPORT.resources.lut
    assert figure(tiny_report(), "lut").value == REPORT.predicted.lut
    assert figure(REPORT, "lut", measured=False).value == REPORT.predicted.lut


def test_everything_measured_has_passed() -> None:
    assert all(check.passed for check in measurements(REPORT))
    assert {check.figure for check in measurements(REPORT)} >= {"simulation.mismatches", "resources.dsp"}
    assert measurements(tiny_report()) == ()


@pytest.mark.parametrize(
    ("part", "update", "figures"),
    [
        ("simulation", {"mismatches": 1}, {"simulation.mismatches"}),
        ("simulation", {"latency_cycles": 99}, {"simulation.latency_cycles"}),
        ("simulation", {"latency_cycles": None}, {"simulation.latency_cycles"}),
        ("simulation", {"initiation_interval": 3}, {"simulation.initiation_interval"}),
        ("simulation", {"passed": False}, {"simulation.passed"}),
        ("resources", {"dsp": 77}, {"resources.dsp"}),
        ("resources", {"bram": 77}, {"resources.bram"}),
    ],
)
def test_every_broken_promise_is_found(part: str, update: dict[str, object], figures: set[str]) -> None:
    broken = REPORT.model_copy(update={part: getattr(REPORT, part).model_copy(update=update)})
    assert {check.figure for check in measurements(broken) if not check.passed} == figures


@pytest.mark.parametrize("name", ["dsp", "lut", "ff"])
def test_a_figure_worse_than_the_baseline_fails(name: str) -> None:
    assert REPORT.resources is not None
    less = REPORT.resources.model_copy(update={name: getattr(REPORT.resources, name) - 1})
    before = REPORT.model_copy(update={"resources": less})
    path = Path("main/report.json")
    failed = [check.figure for check in checked(REPORT, Limits(), Baseline(path, before)) if not check.passed]
    assert failed == [name]
    better = checked(before, Limits(), Baseline(path, REPORT))
    assert all(check.passed for check in better if check.figure in FIGURES)
    grown = checked(REPORT, Limits(), Baseline(path, before, growth=1.0))
    assert all(check.passed for check in grown) == (name != "dsp")


def test_a_prediction_is_compared_with_a_prediction() -> None:
    checks = checked(tiny_report(), Limits(), Baseline(Path("old.json"), REPORT))
    assert {check.figure: check.source for check in checks if check.figure in FIGURES} == dict.fromkeys(
        FIGURES, "predicted"
    )


@given(st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9))
def test_different_numbers_look_different(found: float, reference: float) -> None:
    shown = numbers(found, reference)
    assert (shown[0] == shown[1]) == (found == reference)


def test_sentences() -> None:
    most = Check("dsp", 270, Rule.AT_MOST, 266, "--max-dsp", "predicted")
    assert str(most) == "dsp is 270 (predicted), above 266 (--max-dsp)"
    exact = Check("simulation.mismatches", 3, Rule.EQUAL, 0, "predicted", "simulated by GHDL 2.0", "event 7 differs")
    assert str(exact) == ("simulation.mismatches is 3 (simulated by GHDL 2.0), not 0 (predicted); event 7 differs")
    unknown = Check("lut", None, Rule.AT_MOST, 9, "--max-lut", "predicted")
    assert (unknown.passed, str(unknown)) == (False, "lut is unknown (predicted), not 9 (--max-lut)")


def test_the_command_names_every_figure_that_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build, junit = build_of(tmp_path / "tiny", REPORT), tmp_path / "check.xml"
    arguments = ["check", str(build), "--max-dsp", "1", "--max-latency-ns", "1.5", "--junit", str(junit)]
    assert cli.run(arguments) == 1
    dsp, latency = figure(REPORT, "dsp").value, figure(REPORT, "latency_ns").value
    assert capsys.readouterr().err == (
        f"tiny: latency_ns is {latency:.6g} (measured), above 1.5 (--max-latency-ns)\n"
        f"tiny: dsp is {dsp} (measured), above 1 (--max-dsp)\n"
    )
    suite = ElementTree.parse(junit).getroot()
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    named = ["latency_ns (--max-latency-ns)", "dsp (--max-dsp)"]
    assert (suite.get("name"), suite.get("failures"), failed) == ("check.tiny", "2", named)
    assert cli.run([*arguments[:2], "--junit", str(junit)]) == 0
    assert ElementTree.parse(junit).getroot().get("failures") == "0"


def test_every_case_has_a_name_for_itself_and_keeps_it(tmp_path: Path) -> None:
    """A limit and a baseline for the same figure are two cases, which GitLab finds again in the next pipeline."""
    before = build_of(tmp_path / "before", REPORT) / "report.json"
    build, junit = build_of(tmp_path / "tiny", REPORT), tmp_path / "check.xml"

    def names(limit: str) -> list[str | None]:
        options = ("latency-ns", "latency-cycles", *FIGURES[3:])
        limits = [word for option in options for word in (f"--max-{option}", limit)]
        cli.run(["check", str(build), *limits, "--baseline", str(before), "--junit", str(junit)])
        return [case.get("name") for case in ElementTree.parse(junit).getroot().iter("testcase")]

    found = names("1")
    assert len(set(found)) == len(found)
    assert {f"{name} (--baseline)" for name in FIGURES} | {"bram (--max-bram)", "simulation.mismatches"} < set(found)
    assert names("100000") == found


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = build_of(tmp_path / "tiny", REPORT)
    assert cli.run(["check", str(build), "--max-dsp", "1", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["name"], answer["passed"]) == ("tiny", False)
    assert [row["figure"] for row in answer["checks"] if not row["passed"]] == ["dsp"]


def bad_inputs(folder: Path) -> list[tuple[list[str], str]]:
    other = build_of(folder / "other", REPORT.model_copy(update={"name": "tau"})) / "report.json"
    build = str(build_of(folder / "tiny", REPORT))
    return [
        (
            ["check", build, "--baseline", str(other)],
            f"{other}: is the report of network 'tau', not of 'tiny'; name a report of the same network",
        ),
        (
            ["check", build, "--baseline", str(folder / "none.json")],
            f"{folder / 'none.json'}: cannot be read: No such file or directory; run bxnn compile first",
        ),
        (["check", build, "--junit", str(folder)], f"--junit: {str(folder)!r} is a folder; name a file"),
        (
            ["check", build, "--junit", str(folder / "no/check.xml")],
            f"--junit: the folder of {str(folder / 'no/check.xml')!r} does not exist; create it first",
        ),
        (
            ["check", build, "--max-latency-ns", "-3"],
            "bxnn check: Invalid value for '--max-latency-ns': '-3' is not a positive number.",
        ),
        (
            ["check", build, "--max-dsp", "1.5"],
            "bxnn check: Invalid value for '--max-dsp': '1.5' is not an integer of at least 0, in decimal digits.",
        ),
        (
            ["check", build, "--growth", "2"],
            "bxnn check: Invalid value for '--growth': '2' is not a number from 0 to 1.",
        ),
    ]


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, message in bad_inputs(tmp_path):
        assert cli.run(arguments) == 2, arguments
        assert capsys.readouterr() == ("", message + "\n")
    assert not list(tmp_path.rglob("*.xml"))
