"""A signal ends the command, whoever drops its exception or makes another one of it; contexts are left undisturbed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The command, with a body in place of the simulation. A context of it takes longer to leave than bxnn waits until it
# raises a dropped exception again.
SCRIPT = """
import ctypes, sys, time, weakref
from contextlib import contextmanager
from bxnn.compiler import start, verification
from bxnn.compiler.cli import csim_command
from bxnn.compiler.cli.output import StoppedRunError
from bxnn.compiler.errors import InputError

def work():
    print("ready", flush=True)
    time.sleep(60)

class Finalized:
    def __del__(self):
        work()

class Named:
    def __set_name__(self, owner, name):
        work()

class Attribute:
    @property
    def it(self):
        work()

def returning():
    try:
        work()
    finally:
        return

def caught():
    try:
        work()
    except KeyboardInterrupt:
        pass

def caught_and_then(error):
    caught()
    raise error

def told():
    try:
        work()
    except KeyboardInterrupt:
        raise StoppedRunError("2 of 3 are kept") from None

def cleared():
    has = ctypes.pythonapi.PyObject_HasAttrString
    has.argtypes = [ctypes.py_object, ctypes.c_char_p]
    has(Attribute(), b"it")

def referred():
    target = Finalized.__new__(type("Target", (), {}))
    reference = weakref.ref(target, lambda _: work())
    del target

@contextmanager
def slowly_left():
    try:
        yield
    finally:
        time.sleep(0.1)
        print("left", flush=True)

def body(*_):
    with slowly_left():
        BODY

verification.csim = body
csim_command.show_report = lambda report: None
sys.argv[1:] = ["csim", "b"]
start.main()
"""
GOES_ON = {
    "except": "caught(); time.sleep(60)",
    "finally": "returning(); time.sleep(60)",
    "finalizer": "Finalized(); time.sleep(60)",
    "weak reference": "referred(); time.sleep(60)",
    "C": "cleared(); time.sleep(60)",
    "twice": "caught(); caught(); time.sleep(60)",
}
ENDS = {
    "done": "caught()",
    "another error": "caught_and_then(InputError('b', 'is wrong'))",
    "unknown error": "caught_and_then(RuntimeError('wrong'))",
    "error of a class": "class Owner: name = Named()",
    "none": "work()",
}
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def interrupted(body: str, number: int) -> tuple[int, str, str]:
    """Exit code, output and errors of a command that is sent the signal at work."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT.replace("BODY", body)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        run.send_signal(number)
        start = time.monotonic()
        output, errors = run.communicate(timeout=50)  # less than the work takes
        assert time.monotonic() - start < 20
    return run.returncode, output.replace("ready\n", ""), errors


@pytest.mark.parametrize("number", CODES, ids=lambda number: signal.Signals(number).name)
@pytest.mark.parametrize("body", [*GOES_ON.values(), *ENDS.values()], ids=[*GOES_ON, *ENDS])
def test_a_dropped_signal_ends_the_command(body: str, number: int) -> None:
    code, output, errors = interrupted(body, number)
    assert (code, output) == (CODES[signal.Signals(number)], "left\n"), errors
    assert errors in ("bxnn: interrupted\n", "bxnn: terminated\n")


@pytest.mark.parametrize("number", CODES, ids=lambda number: signal.Signals(number).name)
def test_what_is_kept_is_told_once(number: int) -> None:
    expected = (CODES[signal.Signals(number)], "left\n", "bxnn: interrupted; 2 of 3 are kept\n")
    assert interrupted("told()", number) == expected
