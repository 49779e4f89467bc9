"""Drawn networks against a second oracle, which computes their answers from the model files alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import machine
from bench.verification_page import Outcome
from tests.oracle.test_second_oracle import MANY, differing

KEY = "oracle"


def measured(networks: int = MANY, differing: Callable[[int, Path], int] = differing) -> Outcome:
    """All networks, one after the other.

    Args:
        networks: How many are drawn.
        differing: Outputs of a network, by its seed, that differ; it writes the model into a folder.

    Returns:
        The number of networks, and of those with a wrong output.
    """
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        wrong = sum(differing(seed, Path(folder)) > 0 for seed in range(networks))
    return Outcome.ended(networks, wrong, time.process_time() - start, machine.facts())
