"""Sends the elements of a parallel tensor over several phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler import limits
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.multiplexer_paths import first_phase, multiplexer, next_phase, restarts
from bxnn.compiler.hardware.operand_choice import OperandChoice, phase_sinks
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.stream_copies import StreamCopies
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_ONE_GROUP = 16  # phases up to which one multiplexer selects


@dataclass(frozen=True, eq=False)
class Serialize(LayoutConverter):
    """``parallel_to_serial.vhd``: a counter, plus a multiplexer per lane followed by a register.

    Many phases are cut into groups: the next phase of each is in a register before one of them is selected.

    Attributes:
        max_fanout: Most loads of a copy of the counter.
    """

    name: ClassVar[str] = "serialize"

    max_fanout: int = limits.MAX_FANOUT

    @property
    def latency_cycles(self) -> int:
        return 1

    @property
    def group(self) -> int:
        """Phases between which one multiplexer selects."""
        width = ceil_log2(self.result.phases)
        return 1 << (width if self.result.phases <= _ONE_GROUP else ceil_div(width, 2))

    @property
    def groups(self) -> int:
        """Groups of phases."""
        return ceil_div(self.result.phases, self.group)

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        sent, phases = self.result.lanes * bits, self.result.phases
        further = self._copies(sent).copies - 1
        around = Fabric.registers(sent + further * ceil_log2(phases)) + Fabric.sequencer(phases, 1, 1, further)
        if self.groups == 1:
            return Fabric.multiplexer(phases, sent) + around
        looked_up = Fabric.multiplexer(self.group, sent * (phases // self.group)) + Fabric.registers(sent * self.groups)
        looked_up += Fabric.multiplexer(max(phases % self.group, 1), sent)
        return looked_up + Fabric.multiplexer(self.groups + 1, sent) + around

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        sent = self.result.lanes * bits
        copies = self._copies(sent)
        loads = ceil_div(sent, copies.slices) * self._loads
        most = max(min(loads * self.groups + self._own_loads, self.max_fanout), loads + self._own_loads)
        decoded = technology.start + technology.net(most)
        places = OperandChoice((self._places,), self._places, ceil_div(sent, copies.slices))
        looked_up = places.from_phase(technology) + technology.into_register
        chosen = multiplexer(self.groups + 1, technology, 2) + technology.into_register
        restarted = restarts(self.result.phases, copies.copies) + (sent if self.groups > 1 else 0)
        begun = technology.start + technology.net(restarted)
        started = first_phase(self.result.phases, technology)
        inner = [
            PathDelay(PathClass.DATA, decoded + looked_up),
            PathDelay(PathClass.CONTROL, decoded + next_phase(self.result.phases, technology)),
            PathDelay(PathClass.CONTROL, begun + started),
        ]
        entry = Entry(PathClass.DATA, 1, looked_up)
        if self.groups > 1:
            inner.append(PathDelay(PathClass.DATA, slowest((decoded, begun)) + chosen))
            entry = Entry(PathClass.DATA, 2, slowest((looked_up, chosen)))
        valid = (Entry(PathClass.CONTROL, restarted, started),)
        return HardwarePaths((entry,), tuple(inner), technology.start, valid=valid)

    @property
    def _loads(self) -> int:
        """Loads of a bit of the counter for every bit of a group."""
        last = self.result.phases - (self.groups - 1) * self.group
        return max(phase_sinks(self._places), phase_sinks(last), (1 << ceil_log2(self.groups)) // 2)

    @property
    def _places(self) -> int:
        """Most phases of a group."""
        return min(self.group, self.result.phases)

    @property
    def _own_loads(self) -> int:
        """Loads of a bit of the counter in the counter itself."""
        return ceil_log2(self.result.phases) + 3

    def _copies(self, sent: int) -> StreamCopies:
        """Copies of the counter, if ``sent`` bits leave in a cycle."""
        return StreamCopies.of(self.groups, sent, max(self.max_fanout - self._own_loads, 0) // self._loads)
