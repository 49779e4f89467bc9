"""Drives the inputs of a network according to a plan."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import Timer

from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench.bits import BeatVectors, BitVectors
from bxnn.sim.bench.plan import Plan, Step
from bxnn.sim.bench.scoreboard import Scoreboard
from bxnn.sim.bench.timebase import Timebase


class Driver:
    """Presents events, resets and, between events, random garbage.

    All valids rise together. The data ports, and the port that marks first beats, carry garbage whenever valid is
    low, so that a design that samples them in any other cycle computes something different. An event of a
    frame-parallel network is a frame of one beat.

    Attributes:
        cycle: Cycle in which the inputs next change.
    """

    def __init__(
        self,
        dut: Any,
        interface: Interface,
        time: Timebase,
        vectors: Mapping[str, BitVectors | BeatVectors],
        board: Scoreboard,
    ) -> None:
        self._rst, self._reset = getattr(dut, interface.reset.name), interface.reset
        self._valids = [getattr(dut, port.valid) for port in interface.inputs]
        self._data = [(getattr(dut, port.data), vectors[port.name]) for port in interface.inputs]
        self._firsts = [getattr(dut, port.first) for port in interface.inputs if port.first is not None]
        self._marked: bool | None = None  # value of the ports that mark first beats, None for garbage
        self._tag, self._tag_bits = dut.in_tag if interface.tag_bits else None, interface.tag_bits
        self._chooser = None if interface.chooser is None else vectors[interface.chooser.name]
        self._beats = interface.beats
        self._held = interface.initiation_interval if interface.held_input else 1
        self._time = time
        self._board = board
        self._rng = random.Random(0)
        self._presenting = True
        self._timers: dict[int, Timer] = {}
        self.cycle = 0

    async def run(self, plan: Plan) -> None:
        """Run the plan; must begin on a falling edge of the clock."""
        self._rng.seed(plan.seed)
        self._rst.value = self._reset.level(False)
        self._quiet()
        for step in plan.steps:
            if step.vector is not None:
                await self._frame(step, step.vector)
            else:
                self._quiet()
                await self._idle(step)
        self._quiet()

    async def _frame(self, step: Step, vector: int) -> None:
        start, gaps = self.cycle, dict(step.gaps)
        sent = range(step.skipped, self._beats if step.beats is None else step.beats)
        frames = [(handle, vectors.beats(vector)) for handle, vectors in self._data]
        for beat in sent:
            if beat in gaps:
                self._quiet()
                await self._advance(gaps[beat])
            for handle, beats in frames:
                handle.value = beats[beat]
            self._mark(beat == 0)
            tag = self._new_tag() if self._chooser is None else self._chooser.beats(vector)[0]  # the last beat's counts
            if not self._presenting:
                self._present(1)
            if beat == sent[-1]:
                self._report(step, vector, start, sent, tag)
            await self._advance(1)
        rest = start + step.cycles - self.cycle
        if rest > 0 and self._held > 1:
            await self._keep(min(rest, self._held - 1))
            rest = start + step.cycles - self.cycle
            self._presenting = rest > 0  # the data is still there
        if rest > 0:
            self._quiet()
            await self._advance(rest)

    async def _keep(self, cycles: int) -> None:
        """Hold the data of an event whose valid is over."""
        self._present(0)
        await self._advance(cycles)

    def _report(self, step: Step, vector: int, start: int, sent: range, tag: str) -> None:
        """Tell the scoreboard, in the cycle of the last beat sent."""
        if len(sent) == self._beats:
            self._board.accepted(vector, start, step.part, self.cycle, tag)
        else:
            self._board.incomplete(vector, self.cycle, sent)

    async def _idle(self, step: Step) -> None:
        if step.reset:
            self._rst.value = self._reset.level(True)
            self._board.reset(self.cycle)
        await self._advance(step.cycles)
        if step.reset:
            self._rst.value = self._reset.level(False)
            if self._reset.recovery_cycles:
                await self._advance(self._reset.recovery_cycles)

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
            self._new_tag()
            self._marked = None
            for first in self._firsts:
                first.value = self._rng.getrandbits(1)

    def _new_tag(self) -> str:
        """Another tag at the port, if the network has one; its bits."""
        if self._tag is None:
            return ""
        bits = f"{self._rng.getrandbits(self._tag_bits):0{self._tag_bits}b}"
        self._tag.value = bits
        return bits

    def _mark(self, value: bool) -> None:
        if self._marked is not value:
            self._marked = value
            for first in self._firsts:
                first.value = int(value)

    def _present(self, value: int) -> None:
        self._presenting = bool(value)
        for valid in self._valids:
            valid.value = value
