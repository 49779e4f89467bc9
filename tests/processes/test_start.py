"""A signal to the command: one line, the exit code of the signal, no traceback, from the first import on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The command with a step that takes long in place of the compiler.
SLOW = """
import sys, time
from compiler import start, cli
def slow(arguments):
    print("ready", flush=True)
    time.sleep(60)
cli.run = slow
start.main()
"""


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [(signal.SIGINT, 130, "bxnn: interrupted\n"), (signal.SIGTERM, 143, "bxnn: terminated\n")],
)
def test_a_signal_at_work(number: int, code: int, line: str) -> None:
    command = [sys.executable, "-c", SLOW]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        run.send_signal(number)
        _, errors = run.communicate(timeout=20)
    assert (run.returncode, errors) == (code, line)


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.2])
def test_ctrl_c_during_imports(delay: float) -> None:
    code = "from compiler.start import main; print('ready', flush=True); main()"
    command = [sys.executable, "-c", code, "doctor"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        time.sleep(0.01 + delay)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=20)
    assert (run.returncode, errors) in [(130, "bxnn: interrupted\n"), (0, "")]
