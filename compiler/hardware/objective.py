"""What a search optimised, and what is known about the designs that it did not choose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Goal(Enum):
    """What makes one design better than another."""

    LOWEST_LATENCY = "lowest_latency"  # then the fewest DSPs
    FEWEST_DSPS = "fewest_dsps"  # then the lowest latency
    SMALLEST_PRODUCT = "smallest_product"  # of DSPs and cycles


@dataclass(frozen=True)
class Evidence:
    """Why no better design is known.

    Attributes:
        combinations: Combinations of implementations that were evaluated.
    """

    combinations: int


@dataclass(frozen=True)
class Optimal(Evidence):
    """No design is better.

    Attributes:
        dropped_luts: Designs that save at most this many LUTs were left out; 0 if none were.
    """

    dropped_luts: int = 0


@dataclass(frozen=True)
class Bounded(Evidence):
    """A better design may exist.

    Attributes:
        least: What every design needs of the amount that the goal minimises.
    """

    least: int


@dataclass(frozen=True)
class BestTried(Evidence):
    """The best of those that were tried.

    Attributes:
        priced: Designs whose LUTs were predicted to meet a limit; ``None`` without one.
    """

    priced: int | None = None


@dataclass(frozen=True)
class Aim:
    """Which design of those that fit is the best.

    Attributes:
        goal: What makes a design better.
        dsp: Most DSPs that the goal allows; ``None`` if it has no such limit.
        latency_cycles: Most cycles, likewise.
        lut: Most LUTs, likewise.
        priced: Whether fewer LUTs decide between designs of equal DSPs and latency.
    """

    goal: Goal
    dsp: int | None = None
    latency_cycles: int | None = None
    lut: int | None = None
    priced: bool = False


@dataclass(frozen=True)
class Objective:
    """What the search of a schedule optimised.

    Attributes:
        aim: Which design is the best.
        evidence: Why no better design is known.
        dsps_suffice: Whether some design that multiplies in DSPs alone fits; not asked if LUTs have a limit.
        left_out: Layers of which implementations that miss the clock were left out.
    """

    aim: Aim
    evidence: Evidence
    dsps_suffice: bool = True
    left_out: tuple[str, ...] = ()
