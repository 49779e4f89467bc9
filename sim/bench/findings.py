"""What the scoreboard records about events and differences, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.sim.bench.plan import Part


@dataclass
class Sent:
    """An accepted event whose outputs are still expected.

    Attributes:
        number: Number of events accepted before it.
        vector: Its number in the pool of vectors.
        part: Part of the plan.
        due: Cycle in which its outputs must be sampled.
        waiting: Outputs not seen yet.
        tag: Bits of the tag that must come with them; empty if the network has none.
    """

    number: int
    vector: int
    part: Part
    due: int
    waiting: set[str]
    tag: str = ""


@dataclass(frozen=True)
class Difference:
    """Something that differs from the prediction.

    Attributes:
        cycle: Cycle of the difference.
        vector: The event in the pool of vectors, or ``None`` if it belongs to no event.
        text: Description.
    """

    cycle: int
    vector: int | None
    text: str


@dataclass(frozen=True)
class Findings:
    """The result of a simulation.

    Attributes:
        events: User events whose outputs were compared or are missing.
        directed_events: The same for the events added by the bench; those that a reset must swallow do not count.
        received: Events with all outputs in the predicted cycle.
        mismatches: Events, of the user and of the bench, with a wrong bit, in a wrong cycle or without output.
        directed_mismatches: How many of them were added by the bench.
        spurious: Outputs in cycles in which none is due.
        latency_cycles: Measured on the first event, from its first beat.
        latency_from_last_beat_cycles: The same from its last beat; ``None`` if frame-parallel.
        initiation_interval: Smallest spacing of outputs in the back-to-back part; ``None`` for fewer than two.
        passed: Everything is as predicted, and the events received are the events sent.
        first_difference: Description of the earliest difference, or ``None``.
        first_vector: The event of that difference in the pool of vectors, or ``None``.
    """

    events: int
    directed_events: int
    received: int
    mismatches: int
    directed_mismatches: int
    spurious: int
    latency_cycles: int | None
    latency_from_last_beat_cycles: int | None
    initiation_interval: int | None
    passed: bool
    first_difference: str | None
    first_vector: int | None
