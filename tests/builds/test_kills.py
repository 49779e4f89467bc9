"""A build is intact, old or new, whenever the process that replaces it is killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from bxnn.compiler.builds.manifest import MANIFEST, OWN_FOLDER
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.builds.operations import FileOperations
from bxnn.compiler.errors import InputError
from tests.builds.folders import LEGACY, NEW, OLD, USERS, build, content, without_manifest, write

SEED = 7


def killed(work: Callable[[FileOperations], object], after: int) -> bool:
    """Run work in a separate process that is killed right after the given number of file operations.

    Returns:
        Whether it was killed; it is not if it had fewer operations.
    """
    done = 0

    def operated() -> None:
        nonlocal done
        done += 1
        if done == after:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            work(FileOperations(operated))
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status in (signal.SIGKILL, 0)
    return status == signal.SIGKILL


def check_whole(folder: Path, *states: dict[str, str]) -> dict[str, str]:
    """What a reading command sees after a kill: one of the complete states, and a user's files unchanged."""
    with opened(folder, "report.json", "ir", "vhdl"):
        seen = without_manifest(folder)
    assert not (folder / OWN_FOLDER).exists()
    assert [state for state in states if seen == state | USERS], seen
    return seen


def killed_builds(place: Path, before: dict[str, str], new: dict[str, str]) -> Iterator[int]:
    """One build replaces another and is killed after each of its operations, the first, the second and so on."""
    for after in count(1):
        shutil.rmtree(place, ignore_errors=True)
        build(place, before)
        write(place, USERS)
        if not killed(lambda operations: build(place, new, operations), after):
            return
        yield after


DIRECTIONS = pytest.mark.parametrize(("before", "new"), [(OLD, NEW), (NEW, OLD)], ids=["there", "back"])


@DIRECTIONS
def test_killed_after_every_single_operation(before: dict[str, str], new: dict[str, str], tmp_path: Path) -> None:
    place, kills, seen = tmp_path / "b", 0, []
    for kills in killed_builds(place, before, new):  # noqa: B007
        seen.append(check_whole(place, before, new)["vhdl/net.vhd"])
        build(place, new)
        assert without_manifest(place) == new | USERS and not (place / OWN_FOLDER).exists()
    assert kills >= 2 * len(new), "every file and folder is an operation"
    first, last = before["vhdl/net.vhd"], new["vhdl/net.vhd"]
    assert seen == [first] * seen.count(first) + [last] * seen.count(last), "old up to the commit, then new"
    assert set(seen) == {first, last}


@DIRECTIONS
def test_killed_again_during_the_recovery(before: dict[str, str], new: dict[str, str], tmp_path: Path) -> None:
    """For every state left by a kill, the recovery is also killed after each of its operations."""
    from bxnn.compiler.builds.commit import Commit

    place, saved, kills = tmp_path / "b", tmp_path / "saved", 0
    for kills in killed_builds(place, before, new):  # noqa: B007
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(place, saved)
        again = 0
        while True:
            again += 1
            shutil.rmtree(place)
            shutil.copytree(saved, place)
            if not killed(lambda operations: Commit(place, operations).recover(), again):
                break
            check_whole(place, before, new)
    assert kills >= 2 * len(new)


def test_killed_while_a_build_of_the_first_version_is_replaced(tmp_path: Path) -> None:
    after = 0
    while True:
        after += 1
        place = tmp_path / str(after)
        write(place, LEGACY)
        if not killed(lambda operations: build(place, NEW, operations), after):  # noqa: B023
            break
        with opened(place, "report.json", "ir", "vhdl"):
            assert (without_manifest(place) if (place / MANIFEST).exists() else content(place)) in (LEGACY, NEW)
        assert without_manifest(build(place, NEW)) == NEW and not (place / OWN_FOLDER).exists()
    assert after > 2 * len(NEW)


def test_a_first_build_that_was_killed_is_no_build_and_in_nobodys_way(tmp_path: Path) -> None:
    after = 0
    while True:
        after += 1
        place = tmp_path / str(after) / "b"
        if not killed(lambda operations: build(place, NEW, operations), after):  # noqa: B023
            break
        assert without_manifest(build(place, NEW)) == NEW and not (place / OWN_FOLDER).exists()
    assert after > 2 * len(NEW)


def test_two_hundred_random_kills(tmp_path: Path) -> None:
    """A process replaces two builds by each other until it is killed at a random time, usually before the fifth."""
    rng, place, seen = random.Random(SEED), build(tmp_path / "b", OLD), []
    write(place, USERS)
    start = time.perf_counter()
    for files in (NEW, OLD):
        build(place, files)
    longest = 2 * (time.perf_counter() - start)
    for _ in range(200):
        child = os.fork()
        if child == 0:
            while True:
                for files in (NEW, OLD):
                    build(place, files)
        time.sleep(rng.uniform(0, max(longest, 0.02)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.append(check_whole(place, OLD, NEW)["vhdl/net.vhd"])
        assert (place / MANIFEST).is_file()
    assert set(seen) == {"old", "new"}


def test_without_the_record_some_kill_leaves_a_mixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the checks above see a build that is neither old nor new."""
    monkeypatch.setattr(FileOperations, "write", lambda *arguments: None)
    place, after, mixed = tmp_path / "b", 0, 0
    while True:
        after += 1
        shutil.rmtree(place, ignore_errors=True)
        build(place, OLD)
        write(place, USERS)
        if not killed(lambda operations: build(place, NEW, operations), after):
            break
        try:
            check_whole(place, OLD, NEW)
        except (AssertionError, InputError):
            mixed += 1
    assert mixed > len(NEW)
