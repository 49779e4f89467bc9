"""Files that are not files, or claim absurd sizes, are refused in one line: at once, and with little memory."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import cli
from tests.frontend import handmade as hand
from tests.processor_time import is_within

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 2.0
MEBIBYTES = 500
Maker = Callable[[Path], None]
QUANTIZER = "quantized_bits(8,3,alpha=1)"


@contextmanager
def at_once() -> Iterator[None]:
    """Interrupt anything that waits for a writer of a fifo, or reads a device endlessly."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("waits")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 10 * SECONDS)  # the machine may be busy
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small build."""
    folder = tmp_path_factory.mktemp("build")
    model, weights = hand.write(folder, small())
    (folder / "design.yaml").write_text("initiation_interval: 1\n")
    words = [model, "--weights", weights, "-c", folder / "design.yaml", "-o", folder / "b"]
    assert cli.run(["compile", *map(str, words)]) == 0
    return folder / "b"


def small() -> dict[str, Any]:
    """An input, its quantizer and a Dense layer."""
    quantizer = {"class_name": "QActivation", "config": {"name": "q", "activation": QUANTIZER}}
    return hand.sequential(quantizer, hand.dense("fc1", 2))


COMMANDS = {
    "m.h5": ["compile", "PATH"],
    "m.keras": ["compile", "PATH"],
    "m.json": ["compile", "PATH", "--weights", "w.h5"],
    "weights.h5": ["compile", "m.json", "--weights", "PATH"],
    "design.yaml": ["compile", "m.json", "--weights", "w.h5", "-c", "PATH"],
    "hls4ml.yml": ["compile", "m.json", "--weights", "w.h5", "--hls4ml-config", "PATH"],
    "sweep.yaml": ["sweep", "m.json", "--weights", "w.h5", "-c", "PATH", "-o", "s"],
    "x.npy": ["predict", "BUILD", "--input", "PATH", "--output", "y.npy"],
    "x.npz": ["predict", "BUILD", "--input", "PATH", "--output", "y.npy"],
}
KINDS: dict[str, Maker] = {
    "fifo": lambda path: os.mkfifo(path),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_file(
    build: Path,
    tmp_path: Path,
    name: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if name != "m.json":
        hand.write(tmp_path, small())
    KINDS[kind](Path(name))
    with at_once():
        code = cli.run([{"PATH": name, "BUILD": str(build)}.get(word, word) for word in COMMANDS[name]])
    if name.startswith("x."):
        problem = "is not a file"
    elif name.endswith(("yaml", "yml")):
        problem = f"cannot be read: {'Is a directory' if kind == 'folder' else 'it is not a regular file'}"
    else:
        problem = "is a folder, not a model file" if kind == "folder" and name != "weights.h5" else "is not a file"
    assert (code, capsys.readouterr().err) == (2, f"{name}: {problem}\n")


def sparse(size: int) -> Maker:
    """A file that takes no space on the disk."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(small()))
        with archive.open("model.weights.h5", "w", force_zip64=True) as stream:
            for _ in range(129):
                stream.write(bytes(1 << 20))


def brackets(path: Path) -> None:
    path.write_bytes(b"[" * (60 << 20))


def claiming(shape: tuple[int, ...]) -> Maker:
    """An array with a header and nothing after it, alone or in a zip."""

    def make(path: Path) -> None:
        stored = io.BytesIO()
        np.lib.format.write_array_header_1_0(stored, {"descr": "<f8", "fortran_order": False, "shape": shape})
        if path.suffix == ".npy":
            path.write_bytes(stored.getvalue())
        else:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("x.npy", stored.getvalue())

    return make


def model(*layers: dict[str, Any], shape: tuple[int | None, ...]) -> Maker:
    """A model description."""

    def make(path: Path) -> None:
        path.write_text(json.dumps(hand.sequential(*layers, shape=shape)))

    return make


def conv(size: int, **more: Any) -> dict[str, Any]:
    config = {"name": "c", "filters": 1, "kernel_size": [size, size], "strides": [1, 1], "padding": "same"}
    return {"class_name": "Conv2D", "config": config | {"activation": "linear", "use_bias": False} | more}


POOL = {"class_name": "GlobalMaxPooling2D", "config": {"name": "p"}}
SAME = {"name": "p", "pool_size": [4096], "strides": [1], "padding": "same"}
LARGE_JSON = "its model description is larger than 16 MiB"
LARGE_YAML = "is larger than 1048576 bytes; this is not a design.yaml"
TERABYTES = "26388279066624 bytes"
READS = "pixels of its image in all its positions; the limit is 16777216"
CLAIMS: list[tuple[str, Maker, str]] = [
    ("m.h5", sparse(10 << 30), "m.h5: is larger than 128 MiB"),
    ("weights.h5", sparse(10 << 30), "weights.h5: is larger than 128 MiB"),
    ("m.keras", bomb, "m.keras: its model.weights.h5 claims 135266304 bytes; the limit is 134217728"),
    ("m.json", sparse(60 << 20), f"m.json: {LARGE_JSON}"),
    ("m.json", brackets, f"m.json: {LARGE_JSON}"),
    ("design.yaml", sparse(10 << 30), f"design.yaml: {LARGE_YAML}"),
    ("hls4ml.yml", sparse(10 << 30), f"hls4ml.yml: {LARGE_YAML}"),
    (
        "x.npy",
        claiming((1 << 40, 3)),
        f"x.npy: cannot be read as .npy: its arrays take {TERABYTES}; the limit is 4 GiB",
    ),
    (
        "x.npz",
        claiming((1 << 40, 3)),
        f"x.npz: cannot be read as .npz: its array x.npy takes {TERABYTES}, but the file has a different number",
    ),
    (
        "x.npy",
        claiming((1000, 3)),
        "x.npy: cannot be read as .npy: its array takes 24000 bytes, but the file is shorter",
    ),
    (
        "m.json",
        model(POOL, shape=(None, 4096, 4096, 1)),
        "x (InputLayer): shape (4096, 4096, 1) has more than 1048576 elements",
    ),
    (
        "m.json",
        model({"class_name": "MaxPooling1D", "config": SAME}, shape=(None, 65536, 1)),
        f"p (MaxPooling1D): a window of 4096 reads 268435456 {READS}",
    ),
    (
        "m.json",
        model(conv(5), shape=(None, 1024, 1024, 1)),
        f"c (Conv2D): a window of 5x5 reads 26214400 {READS}",
    ),
]

# Runs a command and prints its exit code, its CPU seconds and its peak memory in KiB.
MEASURED = """
import json, os, subprocess, sys
run = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(run.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "make", "line"), CLAIMS, ids=[f"{name}-{at}" for at, (name, *_) in enumerate(CLAIMS)])
def test_what_claims_too_much(build: Path, tmp_path: Path, name: str, make: Maker, line: str) -> None:
    """Measured on a separate process, including its start and imports."""
    if name != "m.json":
        hand.write(tmp_path, small())
    else:
        (tmp_path / "w.h5").write_bytes(hand.weights())
    make(tmp_path / name)
    words = [{"PATH": name, "BUILD": str(build)}.get(word, word) for word in COMMANDS[name]]
    code = "from bxnn.compiler.start import main; main()"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    # Started by a small separate process: the peak memory of a child starts from the memory of its parent.
    starter = [sys.executable, "-c", MEASURED, sys.executable, "-c", code, *words]
    run = subprocess.run(starter, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    status, seconds, kibibytes = json.loads(run.stdout)
    assert (status, run.stderr) == (2, f"{line}\n")
    assert is_within(seconds, SECONDS), seconds
    assert kibibytes < MEBIBYTES << 10
