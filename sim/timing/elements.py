"""The parts of a netlist in timing: places where paths start, go on, and end."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from bxnn.compiler.hardware.path_class import PathClass


class Delay(NamedTuple):
    """ns by both estimates."""

    typical: float
    pessimistic: float

    def plus(self, ns: float) -> Delay:
        """The same with so much logic more."""
        return Delay(self.typical + ns, self.pessimistic + ns)


def fixed(ns: float) -> Delay:
    """What both estimates agree on: logic, and nets that are wired."""
    return Delay(ns, ns)


class Step(Enum):
    """What an arc counts as on a path."""

    NONE = 0  # the rest of a carry chain; a stage inside a DSP slice
    LEVEL = 1  # a LUT, a wide multiplexer, a LUT memory that is read
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
    """A net that must be there ``delay`` before the clock at a pin of a cell, route included."""

    net: int
    delay: Delay
    cell: str
    pin: str
    kind: PathClass


Element = Start | Arc | End
