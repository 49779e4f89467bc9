"""The slowest paths of a streaming network: those of its tiles, its tail, and the entities around them."""

from __future__ import annotations

from collections.abc import Iterator

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.network_paths import resets, slowest_paths
from bxnn.compiler.cost.network_walk import NetworkWalk, PlacedPath, Signal
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.network_timing import NetworkTiming
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.stream.line_buffer import LineBuffer
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.stream.window_former import WindowFormer

_LEAST = 4, 3  # counters, comparisons and small adders share LUTs where synthesis has time to spare


def stream_timing(schedule: StreamSchedule, clock: ClockTarget) -> NetworkTiming:
    """The slowest paths of a streaming network.

    Args:
        schedule: Its hardware.
        clock: The clock that judges them.
    """
    return slowest_paths(lambda technology: _Walk(schedule, technology).paths(), schedule, clock, _LEAST)


class _Walk:
    """Along the data from the input ports to the output ports, with the control beside it."""

    def __init__(self, schedule: StreamSchedule, technology: Technology) -> None:
        self.schedule, self.technology = schedule, technology
        self.parts = schedule.parts()
        self.control = {name: part.control(technology) for name, part in self.parts.items()}
        self.data = {name: part.paths(technology) for name, part in self.parts.items()}
        self.tiles = [f"tile{number}" for number in range(1, len(schedule.segments) + 1)]
        self.readers = [*(f"{tile}_buffer" for tile in self.tiles), "collector"]  # of a beat, and of every segment
        self.register = Signal(technology.start)

    def paths(self) -> Iterator[PlacedPath]:
        """All paths that may be the slowest of their class."""
        yield from resets(self.technology, self.schedule.initiation_interval)
        yield from self._entered()
        for tile, source in zip(self.tiles, self.readers, strict=False):
            yield from self._controlled(tile)
            yield from self._tile(tile, source)
        for reader in self.readers:
            sinks = self._accepted if reader == self.readers[0] else self.control[reader].sinks
            yield from self.register.met(reader, sinks, self.control[reader], self.technology)
        yield from self._left()

    @property
    def _accepted(self) -> int:
        """What the mark of a beat loads: the first memory, and every sequencer, as a start does."""
        return sum(
            self.control[name].sinks for name in (self.readers[0], *(f"{tile}_sequencer" for tile in self.tiles))
        )

    def _entered(self) -> Iterator[PlacedPath]:
        """From the input ports through the frame sequencer and the register of a beat."""
        name, technology = self.schedule.plan.name, self.technology
        port, marks = Signal(technology.start, True), self.control[name]
        for hardware in (marks, self.data[name]):
            yield from port.met(name, hardware.sinks, hardware, technology)
        sequencer = self.control["sequencer"]
        yield from port.through(1, marks, technology).met("sequencer", sequencer.sinks, sequencer, technology)
        taken = self.data[self.readers[0]]
        yield from self.register.met(self.readers[0], taken.sinks, taken, technology)

    def _controlled(self, tile: str) -> Iterator[PlacedPath]:
        """From starts and beats to the sequencer of a segment, and from the reads that it says to what they step."""
        technology, names = self.technology, (f"{tile}_sequencer", f"{tile}_window", f"{tile}_buffer")
        sequencer, window = (self.control[name] for name in names[:2])
        former, buffer = self.parts[names[1]], self.parts[names[2]]
        assert isinstance(former, WindowFormer)
        assert isinstance(buffer, LineBuffer)
        stepping, reading = former.reading(technology), buffer.reading(technology)
        started, loads = max(self._accepted, sequencer.sinks), stepping.sinks + reading.sinks
        address = self.register.through(window.sinks, window, technology)
        yield from self.register.met(names[0], started, sequencer, technology)
        yield from self.register.met(names[1], window.sinks, window, technology)
        yield from self.register.met(names[1], loads, stepping, technology)
        yield from self.register.met(names[2], loads, reading, technology)
        yield from address.met(names[2], reading.sinks, reading, technology)

    def _tile(self, tile: str, buffer: str) -> Iterator[PlacedPath]:
        """From a line buffer through the window and the layers of a tile to what takes their result."""
        technology, name = self.technology, f"{tile}_window"
        window, reader = self.data[name], self.data[self.readers[self.readers.index(buffer) + 1]]
        column = self.register.through(1, self.data[buffer], technology)
        yield from column.met(name, window.sinks, window, technology)
        formed = column.through(window.sinks, window, technology)
        schedule = self.schedule.segments[self.tiles.index(tile)].schedule
        yield from NetworkWalk(schedule.graph, schedule, technology, formed, reader).paths()

    def _left(self) -> Iterator[PlacedPath]:
        """From the whole frame through the tail to the output ports."""
        tail, frame = self.schedule.tail, self.register
        if tail is not None:
            yield from NetworkWalk(tail.graph, tail, self.technology, frame).paths()
            return
        if self.schedule.padding is not None:
            hardware = self.schedule.padding.paths(self.schedule.collected_bits, self.technology)
            yield from frame.met(self.schedule.plan.name, hardware.sinks, hardware, self.technology)
            frame = frame.through(hardware.sinks, hardware, self.technology)
        out = frame.delay + self.technology.net(1) + self.technology.around_into_register
        yield PlacedPath(PathClass.OUTPUT_PORT, self.schedule.plan.name, out)
