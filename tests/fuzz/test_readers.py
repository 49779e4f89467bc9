"""Whatever a file contains, reading it ends soon, with little memory: with a result, or with one line for the user.

A failure reports the number of its mutation; the test id and that number determine it completely.
"""

from __future__ import annotations

import random
import resource
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from bxnn.compiler.errors import InputError, SeveralProblemsError
from tests.frontend import handmade as hand
from tests.fuzz.readers import READERS, Reader
from tests.processor_time import slowness

MUTATIONS = 500  # in each block
SECONDS = 2.0  # of processor time for one file, on a usual machine
KIBIBYTES = 500 << 10
MODEL_FILES = ("zip", "hdf5", "hgq", "hgq_h5", "json", "onnx", "lwtnn")
NIGHTLY = 20_000  # mutations of each format of model files
BLOCKS = [(name, block) for name in READERS for block in range(2 if name in MODEL_FILES else 1)]
MORE = [(name, block) for name in MODEL_FILES for block in range(NIGHTLY // MUTATIONS)]


class TooSlowError(BaseException):
    """Not an Exception: a reader that treats all of these as damage must not catch this one."""


def _further() -> Iterator[float]:
    """Seconds to add, once, where the processor is slower than a usual one."""
    yield SECONDS * (slowness() - 1)


@contextmanager
def limited() -> Iterator[None]:
    """At most ``SECONDS`` of processor time, on a usual machine."""
    further = _further()

    def stop(number: int, frame: FrameType | None) -> None:
        seconds = next(further, 0.0)
        if not seconds:
            raise TooSlowError(f"takes more than {SECONDS} s")
        signal.setitimer(signal.ITIMER_PROF, seconds)

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutate(reader: Reader, name: str, number: int, good: bytes) -> bytes:
    """Mutation ``number`` of a kind of file."""
    return reader.damage(random.Random(f"{name}-{number}"), good)


def read(reader: Reader, path: Path) -> None:
    """Read one file; a warning fails as an exception would."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with limited():
                reader.read(path)
        except InputError as error:
            lines = str(error).split("\n")
            assert len(lines) == (len(error.problems) if isinstance(error, SeveralProblemsError) else 1)
            assert max(map(len, lines)) < 5000


@pytest.mark.parametrize("name", READERS)
def test_the_good_file_is_read(tmp_path: Path, name: str) -> None:
    reader = READERS[name]
    hand.write(tmp_path, hand.sequential(hand.dense("fc1", 2)))
    path = tmp_path / reader.name
    path.write_bytes(reader.good())
    if name == "hls4ml":  # the model that it names does not exist
        with pytest.raises(InputError, match=r"^nothing\.h5: no such file$"):
            reader.read(path)
    else:
        reader.read(path)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "block"), BLOCKS, ids=lambda value: str(value))
def test_mutations(tmp_path: Path, name: str, block: int) -> None:
    survive(tmp_path, name, block)


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "block"), MORE, ids=lambda value: str(value))
def test_many_mutations(tmp_path: Path, name: str, block: int) -> None:
    survive(tmp_path, name, block)


def survive(tmp_path: Path, name: str, block: int) -> None:
    reader = READERS[name]
    hand.write(tmp_path, hand.sequential(hand.dense("fc1", 2)))
    path, good = tmp_path / reader.name, reader.good()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(block * MUTATIONS, (block + 1) * MUTATIONS):
        path.write_bytes(mutate(reader, name, number, good))
        try:
            read(reader, path)
        except BaseException as error:
            raise AssertionError(f"mutation {name}-{number}: {type(error).__name__}: {error}") from error
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < KIBIBYTES, f"mutation {name}-{number} takes {grown >> 10} MiB"


def test_what_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "SECONDS", 0.05)
    with pytest.raises(TooSlowError, match=r"^takes more than 0\.05 s$"), limited():
        while True:
            pass
