"""What the scoreboard keeps of events and differences, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.sim.bench.plan import Part


@dataclass
class Sent:
    """An accepted event whose outputs are awaited.

    Attributes:
        number: Count of events accepted before it.
        vector: Its number in the pool of vectors.
        part: Part of the plan.
        due: Cycle in which its outputs must be sampled.
        waiting: Outputs not seen yet.
    """

    number: int
    vector: int
    part: Part
    due: int
    waiting: set[str]


@dataclass(frozen=True)
class Difference:
    """Something that is not as predicted.

    Attributes:
        cycle: When.
        vector: The event in the pool of vectors, or ``None`` if no event belongs there.
        text: What.
    """

    cycle: int
    vector: int | None
    text: str


@dataclass(frozen=True)
class Findings:
    """What a simulation has shown.

    Attributes:
        events: User events whose outputs were compared or are missing.
        directed_events: The same for the bench's own events; those that a reset must swallow do not count.
        received: Events with all outputs in the predicted cycle.
        mismatches: Events, the user's and the bench's, with a wrong bit, in a wrong cycle or without output.
        directed_mismatches: How many of them are the bench's own.
        spurious: Outputs in cycles in which none is due.
        latency_cycles: Measured with the first event, from its first beat.
        latency_from_last_beat_cycles: The same from its last beat; ``None`` if frame-parallel.
        initiation_interval: Smallest spacing of outputs in the back-to-back part; ``None`` for less than two.
        passed: All is as predicted and the events received are the events sent.
        first_difference: Words for the earliest difference, or ``None``.
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
