"""No tool outlives the process that started it, however that process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bxnn.sim.process import run_tool, run_tools

ROOT = Path(__file__).resolve().parents[2]
# A tool with a child, such as cc1plus of g++.
TOOL = ["sh", "-c", "sleep 300 & wait"]


def alive(marker: str, program: bytes = b"") -> list[int]:
    """Processes with the variable in their environment; only those of a program, if one is given."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            marked = entry.name.isdigit() and marker.encode() in (entry / "environ").read_bytes()
            if marked and (entry / "cmdline").read_bytes().startswith(program):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def comes_true(found: Callable[[], bool]) -> bool:
    """Whether it does within ten seconds."""
    limit = time.monotonic() + 10
    while not (is_true := found()) and time.monotonic() < limit:
        time.sleep(0.02)
    return is_true


def ends(marker: str) -> bool:
    return comes_true(lambda: alive(marker) == [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("call", ["run_tool(T)", "run_tools([T, T], Path('.'))"])
def test_no_child_outlives_its_command(number: int, call: str) -> None:
    marker = f"BXNN_TEST_MARK={os.getpid()}.{time.monotonic_ns()}"
    code = f"from pathlib import Path\nfrom bxnn.sim.process import run_tool, run_tools\nT = {TOOL!r}\n{call}"
    name, _, value = marker.partition("=")
    environment = {**os.environ, name: value}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as run:
        wanted = 4 if call.startswith("run_tool(") else 7  # itself; launcher, sh and sleep of each tool
        try:
            # A process that starts another one is two for a moment, until the other runs its program.
            assert comes_true(lambda: len(alive(marker)) == wanted and len(alive(marker, b"sleep")) == wanted // 3)
            run.send_signal(number)
            run.wait(10)
        finally:
            run.kill()
    assert ends(marker)


def test_codes_and_output(tmp_path: Path) -> None:
    done = run_tools([["sh", "-c", "pwd; exit 3"], ["sh", "-c", "echo no >&2; kill -9 $$"]], tmp_path)
    assert [(one.returncode, one.stdout, one.stderr) for one in done] == [(3, f"{tmp_path}\n", ""), (137, "", "no\n")]


def test_a_tool_that_takes_too_long_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run_tool(TOOL, timeout_seconds=0.2)
    assert time.monotonic() - start < 5
