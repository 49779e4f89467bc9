"""The limits of processor time that other tests state: too long is found on any machine."""

from __future__ import annotations

import time

import pytest

from tests.processor_time import at_most, is_within, slowness


def work(seconds: float) -> None:
    """Use the processor."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_too_long_is_found() -> None:
    with (
        pytest.raises(AssertionError, match=r"^took 0\.[1-9]\d s of processor time, the limit is 0\.001 s$"),
        at_most(0.001),
    ):
        work(0.1)


def test_waiting_is_not_counted() -> None:
    with at_most(0.005):
        time.sleep(0.5)


def test_a_slower_machine_has_longer() -> None:
    assert 1 <= slowness() < 50
    assert is_within(1.0, 1.0) and not is_within(50.0, 1.0)
