"""--junit of the commands that measure: passed, failed, and not run at all."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bxnn.compiler import cli, verification
from bxnn.compiler.errors import BxnnError, ToolError, VerificationError
from bxnn.compiler.report import ReportModel, save_report
from tests.report.network import measured_report

Cases = dict[str | None, tuple[str | None, str | None]]


def cases(path: Path) -> Cases:
    """Name of each test case with the messages of its failure and its error."""
    suite = ElementTree.parse(path).getroot()
    found: Cases = {}
    for case in suite.iter("testcase"):
        failure, error = case.find("failure"), case.find("error")
        messages = (
            None if failure is None else failure.get("message"),
            None if error is None else error.get("message"),
        )
        found[case.get("name")] = messages
    counts = [sum(message[index] is not None for message in found.values()) for index in (0, 1)]
    assert [suite.get("tests"), suite.get("failures"), suite.get("errors")] == [str(n) for n in (len(found), *counts)]
    return found


def run(
    command: str, report: ReportModel, error: BxnnError | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Cases:
    """The cases after a command that has left this report and raised this error."""

    def measure(*_: object) -> ReportModel:
        if error is not None:
            raise error
        return report

    save_report(report, folder / "report.json")
    monkeypatch.setattr(verification, command, measure)
    assert cli.run([command, str(folder), "--junit", str(folder / "r.xml"), "--quiet"]) == (
        0 if error is None else 1 if isinstance(error, VerificationError) else 2
    )
    return cases(folder / "r.xml")


def test_what_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run("simulate", measured_report(), None, tmp_path, monkeypatch)
    assert found == dict.fromkeys(
        [f"simulation.{name}" for name in ("mismatches", "latency_cycles", "initiation_interval", "passed")],
        (None, None),
    )
    assert set(run("synthesize", measured_report(), None, tmp_path, monkeypatch)) == {"resources.dsp", "resources.bram"}


def test_what_failed_names_the_first_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = VerificationError("tiny", "event 3 differs")
    found = run("simulate", measured_report(passed=False), error, tmp_path, monkeypatch)
    told = "fc2 element 1, event 3, cycle 40: expected 5, got 4"
    assert found["simulation.mismatches"] == (
        f"simulation.mismatches is 7 (simulated by GHDL 2.0.0), not 0 (predicted); {told}",
        None,
    )
    assert found["simulation.latency_cycles"] == (None, None)


def test_a_failure_that_no_figure_shows_is_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = VerificationError("tiny", "vhdl/top.vhd was changed")
    found = run("synthesize", measured_report(), error, tmp_path, monkeypatch)
    assert found["synthesize"] == ("tiny: vhdl/top.vhd was changed", None)


def test_a_tool_that_is_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = ToolError("ghdl", "is not installed")
    found = run("simulate", measured_report(), error, tmp_path, monkeypatch)
    assert found == {"simulate": (None, "ghdl: is not installed")}
