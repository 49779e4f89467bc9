"""Sends the elements of a parallel tensor over several phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler import limits
from bxnn.compiler.hardware.choice_tree import ChoiceTree
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.multiplexer_paths import first_phase, next_phase, restarts
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.stream_copies import StreamCopies
from bxnn.compiler.hardware.valid_loads import ValidLoads, ValidShare
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_ONE_GROUP = 16  # phases up to which one multiplexer selects


@dataclass(frozen=True, eq=False)
class Serialize(LayoutConverter):
    """``parallel_to_serial.vhd``: a counter, plus a tree of choices per lane followed by a register.

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
            return Fabric(counted_luts=sent * self._places.luts) + around
        last = ChoiceTree.of(phases - (self.groups - 1) * self.group)
        luts = (self.groups - 1) * self._places.luts + last.luts + self._group_choice.luts
        return Fabric(counted_luts=sent * luts) + Fabric.registers(sent * self.groups) + around

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        sent = self.result.lanes * bits
        copies = self._copies(sent)
        loads = min(sent, max(self._most_served, 1)) * self._loads
        most = max(min(loads * self.groups + self._own_loads, self.max_fanout), loads + self._own_loads)
        decoded = technology.start + technology.net(most)
        looked_up = self._places.delay(technology) + technology.into_register
        chosen = self._group_choice.delay(technology) + technology.into_register
        restarted = restarts(self.result.phases, copies.copies) + (sent if self.groups > 1 else 0)
        begun = technology.start + technology.net(min(restarted, self.max_fanout))
        started = first_phase(self.result.phases, technology)
        inner = [
            PathDelay(PathClass.DATA, decoded + looked_up),
            PathDelay(PathClass.CONTROL, decoded + next_phase(self.result.phases, technology)),
            PathDelay(PathClass.CONTROL, begun + started),
        ]
        entry = Entry(PathClass.DATA, max(self._places.last_loads, 1), looked_up)
        if self.groups > 1:
            # The valid is the highest bit of the number: only the last choice reads it.
            first = begun + technology.luts(1) + technology.into_register
            inner.append(PathDelay(PathClass.DATA, slowest((decoded + chosen, first))))
            sinks = entry.sinks + self._group_choice.last_loads
            entry = Entry(PathClass.DATA, sinks, slowest((looked_up, chosen)))
        valid = (Entry(PathClass.CONTROL, restarted, started),)
        return HardwarePaths((entry,), tuple(inner), technology.start, valid=valid)

    def valid_loads(self, bits: int, max_fanout: int) -> ValidLoads:
        sent = self.result.lanes * bits
        first = min(sent, self._most_served) if self.groups > 1 else 0  # what chooses the first phase
        return ValidLoads((ValidShare(self._copies(sent).copies, restarts(self.result.phases, 1) + first),))

    @property
    def _places(self) -> ChoiceTree:
        """What chooses the phase of a group."""
        return ChoiceTree.of(min(self.group, self.result.phases))

    @property
    def _group_choice(self) -> ChoiceTree:
        """What chooses between groups, and the first phase if there is a valid."""
        return ChoiceTree(self.groups + 1, ceil_log2(self.result.phases) - ceil_log2(self.group) + 1)

    @property
    def _loads(self) -> int:
        """Loads of a bit of the counter for every bit of a group."""
        return max(self._places.loads, self._group_choice.loads)

    @property
    def _own_loads(self) -> int:
        """Loads of a bit of the counter in the counter itself."""
        return ceil_log2(self.result.phases) + 3

    def _copies(self, sent: int) -> StreamCopies:
        """Copies of the counter, if ``sent`` bits leave in a cycle."""
        return StreamCopies.of(self.groups, sent, self._most_served)

    @property
    def _most_served(self) -> int:
        """Bits of groups that a copy may serve."""
        return max(self.max_fanout - self._own_loads, 0) // self._loads
