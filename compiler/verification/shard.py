"""Pieces of a verification: some events for one engine, computed anywhere, with the same result everywhere."""

from __future__ import annotations

import fcntl
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import BxnnError, ToolError
from bxnn.compiler.verification.engines import Found, engine_named

if TYPE_CHECKING:
    from bxnn.sim.reference import Reference

BLOCK_EVENTS = 500  # random events are drawn in blocks, so that event n is the same in every engine and shard

Codes = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Shard:
    """Events ``first .. first + events - 1`` for one engine; corner vectors follow those of the first shard.

    Attributes:
        engine: Its name.
        first: Number of the first event.
        events: How many.
    """

    engine: str
    first: int
    events: int

    @property
    def key(self) -> str:
        """A name for its result, unique within a verification."""
        return f"{self.engine}-{self.first}-{self.events}"


@dataclass(frozen=True)
class ShardResult:
    """What came of a shard.

    Attributes:
        mismatches: Wrong events, corner vectors included.
        directed_events: Corner vectors that were sent.
        seconds: Wall time on the worker.
        first_event: Number of the first wrong event; ``None`` if none is wrong or it is a corner vector.
        problem: What differs in the first wrong event, or why the engine gave no answer; ``None`` if all is well.
        answered: Whether the engine ran to its end.
        tool: Whether it did not because of a tool.
    """

    mismatches: int
    directed_events: int
    seconds: float
    first_event: int | None = None
    problem: str | None = None
    answered: bool = True
    tool: bool = False


def shards_of(engine: str, events: int, macs: int) -> Iterator[Shard]:
    """The pieces of a verification with one engine; they do not depend on the number of workers.

    Args:
        engine: Its name.
        events: All events.
        macs: Multiplications of the network for an event.
    """
    kind = engine_named(engine)
    size = max(1, min(kind.shard_events, kind.shard_macs // max(macs, 1)))
    for first in range(0, events, size):
        yield Shard(engine, first, min(size, events - first))


def run_shard(folder: str, work: str, seed: int, job: tuple[Shard, Codes | None]) -> ShardResult:
    """Run a shard in this process.

    Args:
        folder: The build.
        work: Folder for the programs of engines; each machine has a folder in it.
        seed: Determines random events, and what engines draw.
        job: What to run, and the codes of its events, which are drawn here if ``None``.
    """
    start = time.monotonic()
    shard, codes = job
    build, reference = _opened(folder)
    given = drawn(reference, shard.first, shard.events, seed) if codes is None else codes
    expected: Codes = reference.output_codes(given)
    directed = 0
    if shard.first == 0:
        given, expected, directed = _with_corners(reference, given, expected, seed)
    engine = engine_named(shard.engine)
    place = Path(work) / platform.node() / shard.engine
    try:
        with _alone(place):  # compiles what is missing; later shards find it
            engine.prepare(build, reference, place)
        found = engine.compare(build, reference, place, given, expected, seed + shard.first)
    except BxnnError as error:
        spent = time.monotonic() - start
        return ShardResult(0, directed, spent, None, str(error), answered=False, tool=isinstance(error, ToolError))
    return _result(shard, found, directed, time.monotonic() - start)


def drawn(reference: Reference, first: int, events: int, seed: int) -> dict[str, NDArray[np.int64]]:
    """Random events by their numbers: int64, shape (events, *input shape) for each input."""
    from bxnn.sim.events import random_codes

    blocks = range(first // BLOCK_EVENTS, (first + events - 1) // BLOCK_EVENTS + 1)
    parts: list[dict[str, NDArray[Any]]] = [random_codes(reference, BLOCK_EVENTS, (seed, block)) for block in blocks]
    skipped = first - blocks[0] * BLOCK_EVENTS
    return {
        name: np.concatenate([part[name] for part in parts])[skipped : skipped + events]
        for name in reference.graph.inputs
    }


def _with_corners(reference: Reference, codes: Codes, expected: Codes, seed: int) -> tuple[Codes, Codes, int]:
    """Events and outputs followed by the corner vectors and theirs, and the number of those."""
    from bxnn.sim.vectors import corner_vectors

    corners = corner_vectors(reference, seed)

    def joined(user: Codes, more: Codes) -> Codes:
        return {name: np.concatenate([array, more[name].reshape(-1, *array.shape[1:])]) for name, array in user.items()}

    return joined(codes, corners.inputs), joined(expected, corners.expected), corners.events


def _result(shard: Shard, found: Found, directed: int, seconds: float) -> ShardResult:
    event, problem = found.first_event, found.difference
    if event is None:
        return ShardResult(found.mismatches, directed, seconds, None, problem)
    if event >= shard.events:
        told = f"corner vector {event - shard.events}: {problem}"
        return ShardResult(found.mismatches, directed, seconds, None, told)
    number = shard.first + event
    return ShardResult(found.mismatches, directed, seconds, number, f"event {number}: {problem}")


@lru_cache(maxsize=2)
def _opened(folder: str) -> tuple[Build, Reference]:
    from bxnn.sim.reference import Reference

    build = Build(Path(folder))
    return build, Reference(build.graph)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Only one process of this machine at a time is here."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
