"""A full disk results in one line with the path and the cause, as for bad input; existing files stay intact."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.builds.manifest import Manifest
from bxnn.compiler.files import describe, naming
from tests.frontend import handmade as hand

ROOT = Path(__file__).resolve().parents[2]
DISK_BYTES = 1 << 20
FILE_BYTES = 2048  # without a separate disk: no file may be larger
COMPILE = ["compile", "m.json", "--weights", "w.h5", "-c", "design.yaml", "-o", "disk/b"]
COMMANDS = {
    "compile": [*COMPILE[:-1], "disk/new"],
    "recompile": COMPILE,
    "simulate": ["simulate", "disk/b", "--events", "20"],
    "csim": ["csim", "disk/b", "--events", "20"],
    "synthesize": ["synthesize", "disk/b"],
    "report": ["report", "disk/b"],
    "predict": ["predict", "disk/b", "--input", "x.npy", "--output", "disk/y.npy"],
    "sweep": ["sweep", "m.json", "--weights", "w.h5", "-c", "sweep.yaml", "-o", "disk/s"],
}


def run(folder: Path, words: list[str], largest_file: int | None = None) -> tuple[int, str]:
    """Exit code and standard error of a command."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    code = "from bxnn.compiler.start import main; main()"
    # Nothing of Python's own or of matplotlib's may be written while files are kept small.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a model and a disk of 1 MiB below it, or a plain folder if mounting is not allowed."""
    folder = tmp_path_factory.mktemp("home")
    disk = folder / "disk"
    disk.mkdir()
    quantizer = {"class_name": "QActivation", "config": {"name": "q", "activation": "quantized_bits(8,3,alpha=1)"}}
    hand.write(folder, hand.sequential(quantizer, hand.dense("fc1", 2)))
    (folder / "design.yaml").write_text("initiation_interval: 1\n")
    (folder / "sweep.yaml").write_text("initiation_interval: [1, 2]\n")
    np.save(folder / "x.npy", np.zeros((5000, 3)))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "bxnn", str(disk)]
    mounted = (
        shutil.which("mount") is not None and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    )
    try:
        assert run(folder, COMPILE) == (0, "")
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(path: Path, free: int) -> None:
    """Fill the disk that contains a file, except for some bytes."""
    with pytest.raises(OSError, match="No space left"), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(path, max(path.stat().st_size - free, 0))


@pytest.mark.slow
@pytest.mark.parametrize(
    "free", [0, 32 << 10, *(pytest.param(kib << 10, marks=pytest.mark.nightly) for kib in (8, 16, 24, 48, 64, 96))]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk(home: Path, command: str, free: int) -> None:
    disk = home / "disk"
    before = Manifest.load(disk / "b")
    assert before is not None
    full, mounted = disk / "full", disk.is_mount()
    if mounted:
        fill(full, free)
    try:
        code, errors = run(home, COMMANDS[command], None if mounted else FILE_BYTES)
    finally:
        full.unlink(missing_ok=True)
    after = Manifest.load(disk / "b")
    assert after is not None
    assert after.changed(disk / "b", after.files) == [] and after.missing(disk / "b", after.files) == []
    if free > 0 and code == 0:  # it needs no more
        for made in ("new", "s"):
            shutil.rmtree(disk / made, ignore_errors=True)
        return
    assert after == before and not (disk / "new").exists()
    assert code == 2, errors
    line, end = errors[:-1], errors[-1]
    assert end == "\n" and "\n" not in line
    place, *problem = line.split(": ")
    assert (home / place).is_relative_to(disk)
    reason = os.strerror(errno.ENOSPC if mounted else errno.EFBIG)
    assert problem in (["cannot be written", reason], [reason])
    shutil.rmtree(disk / "s", ignore_errors=True)


def test_a_write_gets_the_name_of_its_file() -> None:
    for number in (errno.ENOSPC, errno.EDQUOT):
        with pytest.raises(OSError) as error, naming(Path("b")):
            raise OSError(number, os.strerror(number))
        assert describe(error.value) == f"b: cannot be written: {os.strerror(number)}"
    copied = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "from", None, "to")
    assert describe(copied) == "to: cannot be written: No space left on device"
    assert describe(OSError(errno.EACCES, "Permission denied", "f")) == "f: Permission denied"


def test_a_full_standard_output() -> None:
    code = "from bxnn.compiler.start import main; main()"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, "doctor"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "standard output: cannot be written: No space left on device\n")
