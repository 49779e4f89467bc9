"""Trials without trainings, and a client that runs them in this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np

from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.proposer import PRICE_ONLY, Proposal
from bxnn.compiler.search.sample import Sample, split_sample
from bxnn.compiler.search.search_config import SearchConfig, check_search
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.sweep.point import Design


def sample(events: int = 300, features: int = 4, classes: int = 3, seed: int = 1) -> Sample:
    """Classes that a small network can tell apart."""
    generator = np.random.default_rng(seed)
    y = np.arange(events) % classes
    x = generator.normal(size=(events, features)) + np.eye(classes, features)[y] * 4
    return Sample((x * 3 + 1).astype(np.float32), y.astype(np.int64))


def context(**keys: Any) -> TrialContext:
    config = check_search(keys)
    return TrialContext.of(config, split_sample("events.npz", sample(), config))


def design(latency: int, dsp: int, lut: int) -> Design:
    return Design(
        latency_cycles=latency,
        latency_ns=float(latency),
        latency_bx=latency / 8,
        dsp=dsp,
        dsp_efficiency=None,
        lut=lut,
        ff=0,
    )


def candidate(*widths: int, **changed: Any) -> Candidate:
    given = {"bits": (6,) * (len(widths) + 1), "input_bits": 8, "activation": "relu", "pruning": 0.0}
    return Candidate.model_validate({"family": "mlp", "widths": widths, "strategy": "lut", **given, **changed})


def trial(proposal: Proposal) -> Trial:
    """A made-up result: wide networks are better, and refused beyond a size."""
    own = proposal.candidate
    size = sum(own.widths) * sum(own.bits)
    about: dict[str, Any] = {"candidate": own, "epochs": proposal.epochs, "seed": proposal.seed, "macs": size}
    times: dict[str, Any] = {"schedule_seconds": 0.0, "seconds": 0.0}
    if size > 900:
        return Trial(**about, **times, outcome=Outcome.REFUSED, reason="too large")
    cost = design(10 + len(own.widths), 0, size)
    if proposal.epochs == PRICE_ONLY:
        return Trial(**about, **times, outcome=Outcome.PRICED, predicted=cost)
    quality = 1 - 1 / (1 + size**0.5) - 0.5 / proposal.epochs
    done: dict[str, Any] = {
        "outcome": Outcome.DONE,
        "predicted": cost,
        "final": cost,
        "objective": quality,
        "loss": 1 - quality,
        "error": 0.001,
    }
    return Trial(**about, **times, **done, float_objective=quality, losses=(1.0,), scores=(quality,), best=0)


class StoppedError(Exception):
    """The process ends here."""


class Here:
    """In place of a Dask client: runs everything at once, and stops after a number of results."""

    def __init__(self, results: int = 1 << 30, slots: int = 1) -> None:
        self.left, self.slots = results, slots
        self.submitted: list[Proposal] = []

    def nthreads(self) -> dict[str, int]:
        return {"worker": self.slots}

    def submit(
        self, work: Callable[..., Any], given: Any, proposal: Proposal, known: Any, pure: bool
    ) -> Future[tuple[Trial, None]]:
        if self.left == 0:
            raise StoppedError
        self.left -= 1
        self.submitted.append(proposal)
        found: Future[tuple[Trial, None]] = Future()
        found.set_result((trial(proposal), None))
        return found


def defaults() -> SearchConfig:
    return check_search({})
