"""Real commands ended by a signal at random moments: none of their tools and files is left."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.frontend import handmade as hand
from tests.processes.test_process import ends

COMMANDS = {
    "compile": ["compile", "m.json", "--weights", "w.h5", "-c", "design.yaml", "-o", "b"],
    "simulate": ["simulate", "b", "--events", "20"],
    "csim": ["csim", "b", "--events", "20"],
    "synthesize": ["synthesize", "b"],
}
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
MOMENTS = 3  # for each command and signal
SCRIPT = "from bxnn.compiler.start import main; print('ready', flush=True); main()"  # Python's own start-up is not ours


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and its build."""
    folder = tmp_path_factory.mktemp("home")
    quantizer = {"class_name": "QActivation", "config": {"name": "q", "activation": "quantized_bits(8,3,alpha=1)"}}
    hand.write(folder, hand.sequential(quantizer, hand.dense("fc1", 2)))
    (folder / "design.yaml").write_text("initiation_interval: 1\n")
    finished(folder, "compile")
    return folder


@pytest.fixture(scope="module")
def seconds(home: Path) -> dict[str, float]:
    """How long each command takes without interruption."""
    return {command: finished(home, command) for command in COMMANDS}


def started(folder: Path, command: str, **variables: str) -> subprocess.Popen[str]:
    environment = {**os.environ, **variables}
    words = [sys.executable, "-c", SCRIPT, *COMMANDS[command]]
    run = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None and run.stdout.readline() == "ready\n"
    return run


def finished(folder: Path, command: str) -> float:
    start = time.monotonic()
    with started(folder, command) as run:
        _, errors = run.communicate(timeout=120)
    assert (run.returncode, errors) == (0, "")
    return time.monotonic() - start


def interrupted(folder: Path, command: str, number: int, after: float) -> str | None:
    """Run a command and send it a signal; its output to stderr, or ``None`` if it was done before."""
    mark = f"{os.getpid()}.{time.monotonic_ns()}"
    (folder / "tmp").mkdir()
    with started(folder, command, TMPDIR=str(folder / "tmp"), BXNN_TEST_MARK=mark) as run:
        time.sleep(0.01 + after)
        run.send_signal(number)
        _, errors = run.communicate(timeout=30)
    assert ends(f"BXNN_TEST_MARK={mark}")
    if run.returncode == 0:
        return None
    assert run.returncode == CODES[signal.Signals(number)], errors
    return errors


@pytest.mark.slow
@pytest.mark.parametrize("number", CODES, ids=lambda number: signal.Signals(number).name)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_signal_at_any_moment(
    home: Path, seconds: dict[str, float], tmp_path: Path, command: str, number: int
) -> None:
    drawn = random.Random(f"{command}-{number}")
    for moment in range(MOMENTS):
        after = drawn.uniform(0, seconds[command])
        errors = None
        while errors is None:  # it was done before the signal arrived: send it earlier next time
            folder = tmp_path / f"{moment}-{after:.4f}"
            shutil.copytree(home, folder)
            errors = interrupted(folder, command, number, after)
            after /= 2
        if number == signal.SIGKILL:
            continue
        assert errors in ("bxnn: interrupted\n", "bxnn: terminated\n"), f"{command} after {after * 2} s"
        assert list((folder / "tmp").iterdir()) == []
        assert {path.name for path in folder.iterdir()} == {"b", "design.yaml", "m.json", "tmp", "w.h5"}
