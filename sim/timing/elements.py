"""The elements of a netlist for timing: where paths start, continue and end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from bxnn.compiler.errors import ToolError
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.timing.flat_netlist import Cell


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


def elements_of(
    cells: Iterable[Cell], handlers: Mapping[str, Callable[[Cell], Iterable[Element]]]
) -> Iterator[Element]:
    """The elements of cells, each by the handler of its primitive.

    Raises:
        ToolError: For a primitive of unknown delay: never a silent zero.
    """
    for cell in cells:
        if cell.kind not in handlers:
            raise ToolError("yosys", f"left a cell of unknown delay: {cell.kind}")
        yield from handlers[cell.kind](cell)
