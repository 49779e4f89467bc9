"""Packages are used: FuseSoC runs its targets for simulation and synthesis, VUnit the test bench."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bxnn.compiler.delivery import write_package
from tests.delivery.builds import compiled

pytestmark = pytest.mark.slow


def tool(work: Path, *command: str) -> subprocess.CompletedProcess[str]:
    found = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=False, timeout=600, env=found)


def flip(vectors: Path) -> None:
    """Flip the last bit of the last result that is expected."""
    text = vectors.read_text().rstrip()
    vectors.write_text(f"{text[:-1]}{int(text[-1], 16) ^ 1:x}\n")


@pytest.mark.parametrize("keys", ["", "prefix: p_"])
def test_fusesoc(keys: str, tmp_path: Path) -> None:
    package, top = tmp_path / "package", "p_net" if keys else "net"
    write_package(compiled(tmp_path / "build", "tagged", keys=keys), "fusesoc", package)
    core = f"bxnn:networks:{top}:0.2.0"
    fusesoc = ("fusesoc", "--cores-root", str(package))
    assert core in tool(tmp_path, *fusesoc, "core", "list").stdout
    done = tool(tmp_path, *fusesoc, "run", "--target=sim", core, "--GAP=2")
    assert done.returncode == 0 and f"PASSED: {top}, " in done.stdout, done.stderr
    done = tool(tmp_path, *fusesoc, "run", "--setup", "--target=synth", core)
    assert done.returncode == 0, done.stderr
    (script,) = (tmp_path / "build").glob("*/synth-vivado/*0.2.0.tcl")
    assert "net_ooc.xdc" in script.read_text()

    flip(package / "tb" / "vectors.txt")
    done = tool(tmp_path, *fusesoc, "run", "--target=sim", core)
    assert done.returncode == 1 and f"FAILED: {top}, 1 errors" in done.stdout


@pytest.mark.parametrize("kind", ["instantiated", "streamed"])
def test_vunit(kind: str, built: Callable[[str], Path], tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(built(kind), "vhdl", package)
    done = tool(tmp_path, sys.executable, str(package / "run.py"), "--no-color", "-o", str(tmp_path / "out"))
    assert done.returncode == 0 and "pass 2 of 2" in done.stdout, done.stdout + done.stderr
    flip(package / "tb" / "vectors.txt")
    done = tool(tmp_path, sys.executable, str(package / "run.py"), "--no-color", "-o", str(tmp_path / "out"))
    assert done.returncode == 1 and "fail 2 of 2" in done.stdout, done.stdout + done.stderr
