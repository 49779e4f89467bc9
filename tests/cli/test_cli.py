"""The command line: exit codes, one line of error, no traceback."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bxnn.compiler import cli, driver, verification
from bxnn.compiler.errors import DataError, InternalError, ModelError, VerificationError
from tests.report.network import measured_report

COMMAND = [sys.executable, "-c", "from bxnn.compiler.cli import main; main()"]

USAGE = [
    ([], "bxnn: no command; try bxnn --help"),
    (["compil"], "bxnn: No such command 'compil'. Did you mean 'compile'?"),
    (["compile"], "bxnn compile: Missing argument 'MODEL'."),
    (["simulate", "a", "b"], "bxnn simulate: Got unexpected extra argument(s) (b)"),
    (["compile", "a.h5", "--foo"], "bxnn compile: No such option: --foo (Possible options: --force)"),
    (
        ["simulate", "b", "--events", "0"],
        "bxnn simulate: Invalid value for '--events': '0' is not an integer of at least 1, in decimal digits.",
    ),
    (
        ["simulate", "b", "--simulator", "modelsim"],
        "bxnn simulate: Invalid value for '--simulator': 'modelsim' is not one of 'ghdl', 'verilator'.",
    ),
    (["predict", "b"], "bxnn predict: Missing option '--input'."),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[" ".join(arguments) for arguments, _ in USAGE])
def test_usage_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    assert capsys.readouterr() == ("", message + "\n")


@pytest.mark.parametrize("arguments", [[], ["compile"], ["report"], ["check"]], ids=" ".join)
def test_help_is_a_word_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help", *arguments]) == 0
    told = capsys.readouterr().out
    assert cli.run([*arguments, "--help"]) == 0
    assert capsys.readouterr().out == told != ""
    usage = {"compile": "[MODEL]...", "report": "BUILD", "check": "BUILD"}
    if arguments:
        assert told.startswith(f"Usage: bxnn {arguments[0]} [OPTIONS] {usage[arguments[0]]}\n")
        assert "list[" not in told and " <path> " in told


def test_the_version_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert (cli.run(["-V"]), cli.run(["--version"])) == (0, 0)
    assert capsys.readouterr().out.splitlines() == [f"bxnn {version('bxnn')}"] * 2


@pytest.mark.parametrize("command", ["simulate", "csim"])
@pytest.mark.parametrize(("option", "least"), [("--events", 1), ("--seed", 0)])
@pytest.mark.parametrize("text", ["٨", "1_0", " 1", "0x1", "010", "+1", "-1", "1.0", "1e1", "", "9" * 5000])
def test_integers_have_plain_digits(
    command: str, option: str, least: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([command, "b", option, text]) == 2
    problem = f"{text[:60]!r} is not an integer of at least {least}, in decimal digits."
    found = f"bxnn {command}: Invalid value for '{option}': {problem}\n"
    assert capsys.readouterr() == ("", found)


FAILURES: list[tuple[BaseException, int, str]] = [
    (ModelError("fc1 (QDense)", "units 0 is\nwrong"), 2, "fc1 (QDense): units 0 is wrong"),
    (DataError("x.npy", "has shape (3,)"), 2, "x.npy: has shape (3,)"),
    (VerificationError("tiny", "event 3 differs"), 1, "tiny: event 3 differs"),
    (InternalError("fc1", "is broken"), 1, "fc1: is broken"),
    (PermissionError(13, "Permission denied", "out"), 2, "out: Permission denied"),
    (KeyboardInterrupt(), 130, "bxnn: interrupted"),
    (
        RecursionError("too\ndeep"),
        1,
        "internal error: RecursionError: too deep (re-run with BXNN_DEBUG=1 for the traceback)",
    ),
]


@pytest.mark.parametrize(("error", "code", "message"), FAILURES, ids=[type(error).__name__ for error, _, _ in FAILURES])
def test_failures(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.delenv("BXNN_DEBUG", raising=False)
    monkeypatch.setattr(driver, "compile_model", fail)
    assert cli.run(["compile", "model.h5"]) == code
    assert capsys.readouterr() == ("", message + "\n")


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setenv("BXNN_DEBUG", "1")
    monkeypatch.setattr(driver, "compile_model", fail)
    with pytest.raises(KeyError):
        cli.run(["compile", "model.h5"])


def test_options_reach_the_driver(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[tuple[object, ...]] = []

    def record(*arguments: object) -> object:
        calls.append(arguments)
        return measured_report()

    monkeypatch.setattr(driver, "compile_model", record)
    monkeypatch.setattr(verification, "simulate", record)

    def predict(*arguments: object) -> driver.Prediction:
        calls.append(arguments)
        return driver.Prediction(None, None)

    monkeypatch.setattr(driver, "predict", predict)
    assert cli.run(["compile", "m.json", "--weights", "w.h5", "-c", "d.yaml", "-o", "out"]) == 0
    assert cli.run(["compile", "some/m.keras", "--force", "--board", "efex"]) == 0
    assert cli.run(["compile", "m.json", "--weights", "w.h5", "--weights", "v.h5", "-o", "out"]) == 0
    assert cli.run(["simulate", "out"]) == 0
    options = ["--input", "x.npz", "--events", "5", "--simulator", "verilator", "--seed", "7"]
    assert cli.run(["simulate", "out", *options, "--trust", "--quick"]) == 0
    assert cli.run(["predict", "out", "--input", "x.npy", "--output", "y.npy"]) == 0
    assert calls == [
        (Path("m.json"), Path("w.h5"), Path("d.yaml"), Path("out"), False, None, []),
        (Path("some/m.keras"), None, None, Path("build/m"), True, "efex", []),
        (Path("m.json"), Path("w.h5"), None, Path("out"), False, None, [(Path("m.json"), Path("v.h5"))]),
        (Path("out"), None, None, "ghdl", 1, False, False, None),
        (Path("out"), Path("x.npz"), 5, "verilator", 7, True, True, None),
        (Path("out"), Path("x.npy"), Path("y.npy"), "reference", False),
    ]
    assert capsys.readouterr().out.endswith("wrote y.npy\n")


def test_summary_in_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    report = measured_report()
    predicted = report.predicted
    timing = report.timing
    assert predicted is not None and timing is not None
    monkeypatch.setattr(verification, "simulate", lambda *_: report)
    assert cli.run(["simulate", "out"]) == 0
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        "Predicted and measured",
        "predicted measured",
        f"latency {report.latency_cycles} cycles {report.latency_cycles} cycles",
        f"{report.latency_ns:.1f} ns = {report.latency_bx:.2f} BX",
        "initiation interval 4 cycles 4 cycles",
        f"DSP {report.dsp} {report.dsp} synthesized",
        f"LUT {predicted.lut} +- {predicted.lut_error:.0%} 321 synthesized",
        f"FF {predicted.ff} +- {predicted.ff_error:.0%} 654 synthesized",
        f"slowest path {timing.worst_path_ns:.3f} ns, {timing.worst_path} not run",
        f"closes up to {timing.max_clock_mhz:.1f} MHz",
        "mismatches 0 0 in 500 events",
        "other designs 9 cycles, 16 DSP",
        "10 cycles, 12 DSP",
        "adder graphs not searched (strategy: lut or a budget of LUTs)",
        *(f"note: {notice}" for notice in report.notices),
    ]


def test_doctor_names_every_tool(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    tools = ["bxnn", "python", "ghdl", "g++", "make", "perl", "cocotb", "verilator", "pyosys", "hls4ml", "alkaid"]
    tools += ["matplotlib", "distributed", "smac", "tensorflow", "qkeras"]
    assert [line.split()[0] for line in lines[2:]] == tools


def test_doctor_says_how_to_get_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert cli.run(["doctor"]) == 1
    out, err = capsys.readouterr()
    assert "missing: apt-get install ghdl" in out and out.endswith("install: apt-get install ghdl g++ make perl\n")
    problem = "4 tools missing or broken (ghdl, g++, make, perl); commands that do not need them work"
    assert err == f"bxnn doctor: {problem}\n"


def test_doctor_knows_a_tool_that_does_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, code in (
        ("ghdl", "exit 3"),
        ("g++", "echo g++ 1"),
        ("make", "echo make 2"),
        ("perl", "echo; echo perl 3"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.run(["doctor"]) == 1
    out, err = capsys.readouterr()
    assert "broken: ghdl --version: exit code 3" in out and "install:" not in out
    assert err == "bxnn doctor: 1 tool missing or broken (ghdl); commands that do not need them work\n"


def test_start_is_light() -> None:
    heavy = "{'numpy', 'h5py', 'pydantic', 'jinja2', 'yaml', 'rich', 'tensorflow', 'cocotb'}"
    code = f"import bxnn.compiler.cli, sys; sys.exit(sorted({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_plain() -> None:
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    for command in ("compile", "simulate", "csim", "synthesize", "predict", "report", "sweep", "doctor"):
        assert f"\n  {command} " in done.stdout
    assert done.stdout.isascii()


def test_closed_pipe_is_quiet() -> None:
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait(timeout=60)
    done = subprocess.run(
        [*COMMAND, "--help"], stdout=reader.stdin, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert reader.stdin is not None
    reader.stdin.close()
    assert (done.returncode, done.stderr) == (141, "")


def test_bad_model_file(tmp_path: Path) -> None:
    model = tmp_path / "model.h5"
    model.write_bytes(b"no model")
    build = tmp_path / "out"
    done = subprocess.run(
        [*COMMAND, "compile", str(model), "-o", str(build)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("model.h5: ") and done.stderr.count("\n") == 1
    assert done.stdout == "" and not build.exists()
