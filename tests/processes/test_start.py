"""A signal to the command: one line, the exit code of the signal, no traceback, from the first import on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The command, with a slow step in place of the compiler.
SLOW = """
import sys, time
from bxnn.compiler import start, cli
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


# The command, halted where it begins to import a module.
HALTED = """
import sys, time
class Halt:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            print("ready", flush=True)
            time.sleep(60)
sys.meta_path.insert(0, Halt())
sys.argv[1:] = ["compile", "none.h5"]
from bxnn.compiler.start import main
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    "module",
    [
        "bxnn.compiler.cli",
        "typer",
        "bxnn.compiler.errors",
        "bxnn.compiler.driver",
        "numpy",
        "yaml",
        "bxnn.compiler.frontend",
    ],
)
def test_a_signal_during_imports(module: str, number: int, code: int) -> None:
    command = [sys.executable, "-c", HALTED.replace("MODULE", module)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
        run.send_signal(number)
        _, errors = run.communicate(timeout=20)
    assert run.returncode == code
    assert errors in ("bxnn: interrupted\n", "bxnn: terminated\n")


def test_nothing_is_imported_before_signals_are_decided() -> None:
    """Until main() a signal shows Python's own traceback, so hardly anything may precede it."""
    code = "import sys; old = set(sys.modules); from bxnn.compiler.start import main; print(*set(sys.modules) - old)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if not name.startswith("_")}
    assert loaded - {
        "signal",
        "enum",
        "types",
        "operator",
        "functools",
        "itertools",
        "collections",
        "keyword",
        "reprlib",
    } == {
        "bxnn",
        "bxnn.compiler",
        "bxnn.compiler.start",
    }


def test_a_signal_after_the_command_is_done_changes_nothing() -> None:
    code = "import atexit, os; atexit.register(lambda: os.kill(os.getpid(), 2))\n" + SLOW.replace(
        "time.sleep(60)", "return 0"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
