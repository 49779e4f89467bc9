"""Forked jobs: every job answers once, a dead process only costs its own job, and leaving early ends them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest

from bxnn.compiler.sweep.workers import run_forked


def square(job: int) -> int:
    return job * job


def square_or_die(job: int) -> int:
    if job == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return job * job


def sleep(job: int) -> int:
    if job:
        time.sleep(600)
    return job


@pytest.mark.parametrize("processes", [1, 3])
def test_every_job_answers_once(processes: int) -> None:
    found = list(run_forked(square, range(7), processes))
    assert sorted(found) == [(job, job * job) for job in range(7)]


def test_no_jobs() -> None:
    assert list(run_forked(square, [])) == []


def test_a_dead_process_costs_its_own_job_only() -> None:
    found = dict(run_forked(square_or_die, range(6), 2))
    assert found == {0: 0, 1: 1, 2: 4, 3: None, 4: 16, 5: 25}


def test_leaving_early_ends_the_processes() -> None:
    work = run_forked(sleep, [0, 1, 2], 3)
    assert next(work) == (0, 0)
    assert len(multiprocessing.active_children()) == 2
    work.close()
    assert multiprocessing.active_children() == []
