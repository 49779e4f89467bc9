"""What people type: completion, names that are nearly right, help with examples, the time of each stage."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from bxnn.compiler import cli, driver
from bxnn.compiler.cli.command_line import app
from bxnn.compiler.cli.examples import HELP
from bxnn.compiler.stages import begin_stage
from tests.report.network import measured_report

COMMANDS = sorted(HELP)
PROGRAM = Path(sys.executable).with_name("bxnn")


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("sim", "Did you mean 'simulate'?"),
        ("s", "Did you mean 'search', 'simulate', 'sweep' or 'synthesize'?"),
        ("SYN", "Did you mean 'synthesize'?"),
        ("cmpile", "Did you mean 'compile'?"),
        ("zzzz", "Try bxnn --help."),
    ],
)
def test_a_command_that_is_nearly_right(typed: str, advice: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([typed]) == 2
    assert capsys.readouterr() == ("", f"bxnn: No such command {typed!r}. {advice}\n")


@given(st.sampled_from(COMMANDS), st.data())
def test_every_beginning_of_a_command_names_it(command: str, data: st.DataObject) -> None:
    start = command[: data.draw(st.integers(1, len(command) - 1))]
    if start in HELP:
        return
    done: Any = get_command(app)
    with pytest.raises(Exception, match=re.escape(repr(command))):
        done.make_context("bxnn", [start])
        done.resolve_command(None, [start])


def completed(words: str, position: int, shell: str = "bash") -> list[str]:
    """What a shell would offer."""
    given_ = {"_BXNN_COMPLETE": f"complete_{shell}", "COMP_WORDS": words, "COMP_CWORD": str(position)}
    given_ |= {"_TYPER_COMPLETE_ARGS": words, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [PROGRAM], env={**os.environ, **given_}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_completion_knows_commands_options_and_values() -> None:
    assert completed("bxnn s", 1) == ["simulate", "synthesize", "sweep", "search"]
    assert completed("bxnn simulate --wa", 2) == ["--waves"]
    assert completed("bxnn simulate b --simulator ", 4) == ["ghdl", "verilator"]
    assert [line.split("\t")[0] for line in completed("bxnn doc", 1, "fish")] == ["doctor"]
    assert any("doctor" in line for line in completed("bxnn doc", 1, "zsh"))


@pytest.mark.parametrize(
    ("shell", "hook"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --command")]
)
def test_each_shell_gets_its_script(shell: str, hook: str) -> None:
    done = subprocess.run([PROGRAM, "completion", shell], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert hook in done.stdout and "bxnn" in done.stdout


def test_bash_completes() -> None:
    script = 'source <("$1" completion bash); COMP_WORDS=(bxnn synth); COMP_CWORD=1; _bxnn_completion "$1"; '
    command = ["bash", "-c", script + 'echo "${COMPREPLY[@]}"', "bash", str(PROGRAM)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "synthesize\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_that_can_be_typed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([command, "--help"]) == 0
    shown = capsys.readouterr().out
    group: Any = get_command(app)
    for example in HELP[command].examples:
        assert f"    {example}\n" in shown
        words = shlex.split(example.partition(" > ")[0])
        assert words[:2] == ["bxnn", command]
        group.commands[command].make_context(command, words[2:])  # raises what is wrong
    assert len(HELP[command].short) <= 60


def test_every_command_has_its_own_help() -> None:
    group: Any = get_command(app)
    assert set(group.commands) == set(HELP)
    assert len({help_.short for help_ in HELP.values()}) == len(HELP)
    assert "..." not in "".join(help_.short for help_ in HELP.values())


def test_verbose_tells_the_time_of_each_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compile_model(*_: object) -> object:
        for stage in ("read the model", "schedule", "read the model"):
            begin_stage(stage)
        return measured_report()

    monkeypatch.setattr(driver, "compile_model", compile_model)
    assert cli.run(["compile", "m.h5"]) == 0
    assert capsys.readouterr().err == ""
    assert cli.run(["compile", "m.h5", "--verbose"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [re.sub(r" +\d+\.\d\d s$", "", line) for line in lines] == [
        "compile: read the model",
        "compile: schedule",
        "compile: in total",
    ]


def test_stages_of_a_compile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.frontend import handmade as hand

    hand.write(tmp_path, hand.sequential(hand.dense("fc1", 2)), hand.good_weights())
    (tmp_path / "design.yaml").write_text('initiation_interval: 2\ninputs: {x: "fixed<8,4>"}\n')
    command = ["compile", str(tmp_path / "m.json"), "--weights", str(tmp_path / "w.h5"), "-q", "-v"]
    assert cli.run([*command, "-c", str(tmp_path / "design.yaml"), "-o", str(tmp_path / "build")]) == 0
    out, err = capsys.readouterr()
    stages = [re.fullmatch(r"compile: (.*?) +(\d+\.\d\d) s", line) for line in err.splitlines()]
    assert out == "" and all(stages)
    found = {match[1]: float(match[2]) for match in stages if match is not None}
    assert list(found) == [
        "read the model",
        "passes",
        "schedule",
        "VHDL",
        "HLS C++ and emulator",
        "report",
        "in total",
    ]
    assert sum(found.values()) - found["in total"] <= found["in total"] + 0.04  # each is rounded
