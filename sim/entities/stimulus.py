"""Inputs of an entity for many runs at a time, drawn by one rule for all entities.

In every run each input of one bit has its own probability; a reset is rare or never comes, and begins half of the
runs. Words are drawn bit by bit, or are those of the cycle before, all zeros or all ones. What the specification does
not allow is drawn again, in the runs that it concerns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bxnn.sim.entities.judge import EntityPort, Judge

RUNS = 32
_RESET = "rst"
_ODDS = (1, 4, 16, 28, 31)  # of 32 that a bit is high
_RESET_ODDS = (0, 0, 1, 4)
_MOST_DRAWS = 60


@dataclass(frozen=True)
class Stimulus:
    """What is drawn for a case, the same for whatever is simulated with it.

    Attributes:
        runs: Number of runs.
        first: State of the specification before the first cycle.
        drawn: For every cycle the drawn bits.
        driven: For every cycle the inputs of the entity that follow from them.
        over: Runs whose inputs came to an end: nothing was found that is allowed.
    """

    runs: int
    first: list[int]
    drawn: list[list[int]]
    driven: list[list[int]]
    over: int


class _Drawing:
    """Draws bits of all runs."""

    def __init__(self, ports: Sequence[EntityPort], runs: int, seed: str) -> None:
        self.rng = random.Random(seed)
        self.runs = runs
        self.every = (1 << runs) - 1
        self._ports = ports
        self._odds = {port.name: [self._of(port) for _ in range(runs)] for port in ports if len(port.nets) == 1}

    def anything(self) -> int:
        """A bit that is as often high as low."""
        return self.rng.getrandbits(self.runs)

    def cycle(self, before: Sequence[int], first: bool) -> list[int]:
        """All inputs of a cycle as a run has them by itself."""
        bits = list(self._all(before))
        if first:  # half of the runs begin with a reset
            names = [port.name for port in self._ports for _ in port.nets]
            bits = [bit | self.anything() if name == _RESET else bit for name, bit in zip(names, bits, strict=True)]
        return bits

    def again(self, before: Sequence[int]) -> list[int]:
        """Other inputs of a cycle: every one is the one before, zero, or anything."""
        bits: list[int] = []
        for port in self._ports:
            kept, low = self.anything(), self.anything()
            place = slice(len(bits), len(bits) + len(port.nets))
            bits += [bit & kept | self.anything() & ~kept & ~low for bit in before[place]]
        return bits

    def _all(self, before: Sequence[int]) -> Iterator[int]:
        place = 0
        for port in self._ports:
            width = len(port.nets)
            if width == 1:
                odds = self._odds[port.name]
                yield sum((self.rng.random() * 32 < odds[run]) << run for run in range(self.runs))
            else:
                drawn, kept, high = self.anything() | self.anything(), self.anything(), self.anything()
                for bit in before[place : place + width]:
                    yield self.anything() & drawn | (bit & kept | high & ~kept) & ~drawn
            place += width

    def _of(self, port: EntityPort) -> int:
        return self.rng.choice(_RESET_ODDS if port.name == _RESET else _ODDS)


def stimulus(judge: Judge, cycles: int, seed: str, runs: int = RUNS) -> Stimulus:
    """Draw the inputs of a case.

    Args:
        judge: Its specification.
        cycles: Length of every run.
        seed: What they depend on beside the specification.
        runs: How many runs.
    """
    drawing = _Drawing(judge.inputs, runs, seed)
    every = drawing.every
    first = [
        drawing.anything() if register.initial is None else register.initial * every for register in judge.registers
    ]
    state, over, bits = first, 0, [0] * sum(len(port.nets) for port in judge.inputs)
    drawn: list[list[int]] = []
    driven: list[list[int]] = []
    for cycle in range(cycles):
        before, bits = bits, drawing.cycle(bits, cycle == 0)
        wrong = every & ~judge.allows(state, bits, every)
        for _ in range(_MOST_DRAWS):
            if not wrong & ~over:
                break
            other = drawing.again(before)
            bits = [old & ~wrong | new & wrong for old, new in zip(bits, other, strict=True)]
            wrong = every & ~judge.allows(state, bits, every)
        over |= wrong
        inputs, state = judge.advance(state, bits, every)
        drawn.append(bits)
        driven.append(inputs)
    return Stimulus(runs, first, drawn, driven, over)
