"""The elements of a netlist for timing: where paths start, continue and end."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from bxnn.compiler.hardware.path_class import PathClass


class Delay(NamedTuple):
    """ns by both estimates."""

    typical: float
    pessimistic: float

    def plus(self, ns: float) -> Delay:
        """The same plus a logic delay."""
        return Delay(self.typical + ns, self.pessimistic + ns)


def fixed(ns: float) -> Delay:
    """A delay that is the same in both estimates: logic, and dedicated wires."""
    return Delay(ns, ns)


class Step(Enum):
    """How an arc counts on a path."""

    NONE = 0  # the rest of a carry chain; a stage inside a DSP slice
    LEVEL = 1  # a LUT, a wide multiplexer, a read of a LUT memory
    CARRY = 2  # into a carry chain


class Start(NamedTuple):
    """A net that a register drives ``ns`` after the clock."""

    net: int
    ns: float


class Arc(NamedTuple):
    """From one net through a cell to another, route before the cell included."""

    source: int
    target: int
    delay: Delay
    step: Step


class End(NamedTuple):
    """A net that must be stable ``delay`` before the clock at a pin of a cell, route included."""

    net: int
    delay: Delay
    cell: str
    pin: str
    kind: PathClass


Element = Start | Arc | End
