"""Delays of paths between two clock edges, and of their parts in the hardware of one layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True)
class Delay:
    """A path or a part of one.

    Attributes:
        ns: How long it takes.
        levels: LUTs, carry chains and wide multiplexers that it passes.
        fan_out: Most sinks of a net on it.
    """

    ns: float = 0.0
    levels: int = 0
    fan_out: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(self.ns + other.ns, self.levels + other.levels, max(self.fan_out, other.fan_out))


@dataclass(frozen=True)
class PathDelay:
    """A path from register to register.

    Attributes:
        kind: By its end.
        delay: From clock to clock.
    """

    kind: PathClass
    delay: Delay


@dataclass(frozen=True)
class Entry:
    """From an input of some hardware to its first registers.

    Attributes:
        kind: By the end of the path.
        sinks: Pins that a bit of the input drives.
        delay: From the end of that net to the clock.
    """

    kind: PathClass
    sinks: int
    delay: Delay


@dataclass(frozen=True)
class HardwarePaths:
    """The slowest paths of some hardware.

    Attributes:
        entries: From its data inputs, one of every kind.
        inner: Between its own registers, one of every kind.
        exit: From the clock to its data outputs; ``None`` if no register is between them and the inputs.
        through: Then, from the inputs' nets to the outputs; ``None`` as well if the outputs are inputs, rewired.
    """

    entries: tuple[Entry, ...] = ()
    inner: tuple[PathDelay, ...] = ()
    exit: Delay | None = None
    through: Entry | None = None

    @property
    def sinks(self) -> int:
        """Pins that a bit of an input drives, at most."""
        return sum(entry.sinks for entry in self.entries) + (0 if self.through is None else self.through.sinks)


def slowest(delays: Iterable[Delay]) -> Delay:
    """The delay that takes longest."""
    return max(delays, key=lambda delay: delay.ns)
