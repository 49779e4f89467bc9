"""Drives the inputs of a network through a plan."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import Timer

from sim.bench.bits import BitVectors
from sim.bench.plan import Plan, Step
from sim.bench.scoreboard import Scoreboard
from sim.bench.timebase import Timebase
from sim.interface import Interface


class Driver:
    """Presents events, resets and, between events, random garbage.

    All valids rise together. The data ports carry garbage whenever their valid is low, so that a design that
    samples them in any other cycle computes something else.

    Attributes:
        cycle: Cycle in which the inputs change next.
    """

    def __init__(
        self,
        dut: Any,
        interface: Interface,
        time: Timebase,
        vectors: Mapping[str, BitVectors],
        board: Scoreboard,
    ) -> None:
        self._rst = dut.rst
        self._valids = [getattr(dut, port.valid) for port in interface.inputs]
        self._data = [(getattr(dut, port.data), vectors[port.name]) for port in interface.inputs]
        self._time = time
        self._board = board
        self._rng = random.Random(0)
        self._presenting = True
        self._timers: dict[int, Timer] = {}
        self.cycle = 0

    async def run(self, plan: Plan) -> None:
        """Go through the plan; must begin on a falling edge of the clock."""
        self._rng.seed(plan.seed)
        self._rst.value = 0
        self._quiet()
        for step in plan.steps:
            if step.vector is not None:
                await self._event(step, step.vector)
            else:
                self._quiet()
                await self._idle(step)
        self._quiet()

    async def _event(self, step: Step, vector: int) -> None:
        for handle, vectors in self._data:
            handle.value = vectors[vector]
        if not self._presenting:
            self._present(1)
        self._board.accepted(vector, self.cycle, step.part)
        await self._advance(1)
        if step.cycles > 1:
            self._quiet()
            await self._advance(step.cycles - 1)

    async def _idle(self, step: Step) -> None:
        if step.reset:
            self._rst.value = 1
            self._board.reset(self.cycle)
        await self._advance(step.cycles)
        if step.reset:
            self._rst.value = 0

    async def _advance(self, cycles: int) -> None:
        self.cycle += cycles
        if cycles not in self._timers:
            self._timers[cycles] = self._time.after(cycles)
        await self._timers[cycles]

    def _quiet(self) -> None:
        if self._presenting:
            self._present(0)
            for handle, vectors in self._data:
                handle.value = f"{self._rng.getrandbits(vectors.width):0{vectors.width}b}"

    def _present(self, value: int) -> None:
        self._presenting = bool(value)
        for valid in self._valids:
            valid.value = value
