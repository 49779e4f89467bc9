"""Sends the elements of a parallel tensor over several phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler import limits
from bxnn.compiler.hardware.delays.path_delay import Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.multiplexer_paths import counted_phase, multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.stream_copies import StreamCopies
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_LUT_CHOICES = 4  # inputs from which one LUT selects
_ONE_GROUP = 16  # phases up to which one multiplexer selects
_FEW_PLACES = 8  # of a multiplexer whose LUTs choose one of four each; those of a larger one may choose one of two
_CARRIED_WIDTH = 4  # bits of a counter that nothing but its own carry starts again


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
        copied = Fabric.registers((self._copies(sent).copies - 1) * ceil_log2(phases))
        around = Fabric.registers(sent) + Fabric.sequencer(phases, 1, 1) + copied
        if self.groups == 1:
            return Fabric.multiplexer(phases, sent) + around
        looked_up = Fabric.multiplexer(self.group, sent * (phases // self.group)) + Fabric.registers(sent * self.groups)
        looked_up += Fabric.multiplexer(max(phases % self.group, 1), sent)
        return looked_up + Fabric.multiplexer(self.groups + 1, sent) + around

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        sent = self.result.lanes * bits
        copies = self._copies(sent)
        loads = ceil_div(sent, copies.slices) * self._loads
        width = ceil_log2(self.result.phases)
        most = max(min(loads * self.groups, self.max_fanout), loads) + width + 1  # the last ones: the counter's own
        decoded = technology.start + technology.net(most)
        # Places without a phase are decoded once for all bits; what starts a short counter again may read that as well.
        full = self.result.phases == 1 << width
        shared = 2 if full else max(ceil_div(sent, copies.slices), 2)
        data = multiplexer(max(self.group, self.groups + 1), technology, max(shared, _LUT_CHOICES))
        data += technology.into_register
        ended = technology.luts(1 if full and width > 2 else 2, shared if width < _CARRIED_WIDTH else 2)
        ended += technology.net(max(width - 1, 1)) + technology.reset
        next_phase = counted_phase(self.result.phases, technology) + technology.around_into_register
        inner = [
            PathDelay(PathClass.DATA, decoded + data),
            PathDelay(PathClass.CONTROL, decoded + ended),
            PathDelay(PathClass.DATA, decoded + next_phase),
        ]
        entry = Entry(PathClass.DATA, 2 if self.groups > 1 else 1, data)
        return HardwarePaths((entry,), tuple(inner), technology.start)

    @property
    def _loads(self) -> int:
        """Loads of a bit of the counter for every bit of a group."""
        return ceil_div(self.group, _LUT_CHOICES) if self.group <= _FEW_PLACES else self.group // 2

    def _copies(self, sent: int) -> StreamCopies:
        """Copies of the counter, if ``sent`` bits leave in a cycle."""
        return StreamCopies.of(self.groups, sent, self.max_fanout // self._loads)
