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
        ns: Its delay.
        levels: LUTs, carry chains and wide multiplexers on it.
        fan_out: Largest fan-out of a net on it; ``None`` if the loads of one are not counted.
    """

    ns: float = 0.0
    levels: int = 0
    fan_out: int | None = 0

    def __add__(self, other: Self) -> Self:
        if self.fan_out is None or other.fan_out is None:
            return type(self)(self.ns + other.ns, self.levels + other.levels, None)
        return type(self)(self.ns + other.ns, self.levels + other.levels, max(self.fan_out, other.fan_out))


@dataclass(frozen=True)
class PathDelay:
    """A path from register to register.

    Attributes:
        kind: Its class, by its end.
        delay: From clock to clock.
    """

    kind: PathClass
    delay: Delay


@dataclass(frozen=True)
class Entry:
    """From an input of hardware to its first registers.

    Attributes:
        kind: Its class, by the end of the path.
        sinks: Pins that a bit of the input drives.
        delay: From the end of that net to the clock.
    """

    kind: PathClass
    sinks: int
    delay: Delay


@dataclass(frozen=True)
class HardwarePaths:
    """The slowest paths of a piece of hardware.

    Attributes:
        entries: From its data inputs, one of every class.
        inner: Between its own registers, one of every class.
        exit: From the clock to its data outputs; ``None`` if no register is between them and the inputs.
        through: In that case, from the inputs' nets to the outputs; also ``None`` if the outputs are rewired inputs.
        valid: From the net of valid, which is in ``inner`` with these loads only: equal ones become one register.
    """

    entries: tuple[Entry, ...] = ()
    inner: tuple[PathDelay, ...] = ()
    exit: Delay | None = None
    through: Entry | None = None
    valid: tuple[Entry, ...] = ()

    @property
    def sinks(self) -> int:
        """Largest number of pins that a bit of an input drives."""
        return sum(entry.sinks for entry in self.entries) + (0 if self.through is None else self.through.sinks)


def slowest(delays: Iterable[Delay]) -> Delay:
    """The longest of the delays."""
    return max(delays, key=lambda delay: delay.ns)
