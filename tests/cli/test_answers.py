"""How every command answers: text, nothing with --quiet, one object with --json; --version and -h."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from bxnn.compiler import cli, driver, verification
from bxnn.compiler.errors import BxnnError, DataError, VerificationError
from tests.report.network import measured_report

COMMANDS = (
    "init",
    "calibrate",
    "compile",
    "simulate",
    "csim",
    "synthesize",
    "verify",
    "flip",
    "prove",
    "check",
    "diff",
    "package",
    "predict",
    "report",
    "sweep",
    "search",
    "doctor",
    "completion",
)
JUNIT = ("simulate", "csim", "synthesize", "verify", "prove", "flip", "check")


def helped(command: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.run([*command, "-h"]) == 0
    return capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr() == ("bxnn 0.2.0\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_common_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = helped([command], capsys)
    assert "--json" in text and "-q, --quiet" in text and "-v, --verbose" in text and "-h, --help" in text
    assert ("--junit FILE" in text) == (command in JUNIT)


def test_every_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = [line.split()[0] for line in helped([], capsys).split("Commands:")[1].splitlines() if line.strip()]
    assert set(COMMANDS) <= set(listed)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((driver, "compile_model"), (verification, "simulate"), (verification, "csim")):
        monkeypatch.setattr(module, name, lambda *_: measured_report())


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("command", [["compile", "m.h5"], ["simulate", "b"], ["csim", "b"]])
def test_json_is_the_report_and_quiet_is_nothing(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == measured_report().model_dump(mode="json")
    assert cli.run([*command, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert cli.run(command) == 0
    assert capsys.readouterr().out.startswith("Predicted and measured\n")


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("arguments", [["simulate", "b"], ["simulate", "b", "--quiet"], ["simulate"], ["no_command"]])
def test_a_program_that_runs_a_command_logs_as_before(arguments: list[str]) -> None:
    """The handlers and the level of bxnn's logger are those of the caller again, whatever the command was told."""
    log = logging.getLogger("bxnn")
    mine: list[logging.Handler] = [logging.NullHandler()]
    handlers, level = log.handlers, log.level
    log.handlers = mine
    try:
        log.setLevel(logging.WARNING)
        cli.run(arguments)
        assert (log.handlers, log.level) == (mine, logging.WARNING)
    finally:
        log.handlers = handlers
        log.setLevel(level)


@pytest.mark.parametrize(
    ("error", "code"), [(DataError("x.npy", "has shape (3,)"), 2), (VerificationError("tiny", "event 3 differs"), 1)]
)
def test_a_failure_is_an_object_too(
    error: BxnnError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(verification, "simulate", fail)
    for options in ([], ["--quiet"]):
        assert cli.run(["simulate", "b", *options]) == code
        assert capsys.readouterr() == ("", f"{error}\n")
    assert cli.run(["simulate", "b", "--json"]) == code
    printed = capsys.readouterr()
    assert printed.err == f"{error}\n"
    assert json.loads(printed.out) == {"exit_code": code, "problems": [str(error)]}


def test_a_usage_error_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["compile", "--json"]) == 2
    problem = "bxnn compile: Missing argument 'MODEL'."
    assert json.loads(capsys.readouterr().out) == {"exit_code": 2, "problems": [problem]}


def test_the_tools_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    tools = answer["tools"]
    assert answer["install"] == [] and all(row["version"] for row in tools)
    assert {"tool", "found", "version", "needed_for"} == set(tools[0]) and "ghdl" in {row["tool"] for row in tools}


def test_a_file_of_results_is_named_before_anything_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in JUNIT:
        assert cli.run([command, str(tmp_path / "build"), "--junit", str(tmp_path)]) == 2
        assert capsys.readouterr() == ("", f"--junit: {str(tmp_path)!r} is a folder; name a file\n")
