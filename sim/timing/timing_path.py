"""The slowest path of a class between two clock edges."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True)
class TimingPath:
    """The slowest path of its class by one estimate.

    Attributes:
        kind: Its class, by its end, or by the port where it starts.
        ns: Clock to clock, setup included.
        start: Name of the net or port where it starts.
        end: Register or port and pin where it ends.
        levels: LUTs, wide multiplexers and LUT memories on it.
        carries: Carry chains on it.
        fan_out: Largest fan-out of a net on it.
    """

    kind: PathClass
    ns: float
    start: str
    end: str
    levels: int
    carries: int
    fan_out: int
