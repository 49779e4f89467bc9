"""The paths of a network or of a part of one: a path that leaves a layer continues in its readers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.port_register import PortRegister
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.valid_wiring import ValidWiring, signal_keys
from bxnn.compiler.ir.graph import Graph

_VALID_LOADS = 2  # of a flip-flop of valid that enables nothing: the next one, and a layer


@dataclass(frozen=True)
class PlacedPath:
    """A path, and the layer, port or instance in which it ends."""

    kind: PathClass
    place: str
    delay: Delay


@dataclass(frozen=True)
class Signal:
    """A tensor as a signal: what drives it, and whether that is an input port."""

    delay: Delay
    from_port: bool = False

    def met(self, place: str, sinks: int, hardware: HardwarePaths, technology: Technology) -> Iterator[PlacedPath]:
        """The paths of hardware that the signal enters."""
        for path in hardware.inner:
            yield PlacedPath(path.kind, place, path.delay)
            if self.from_port:  # so does valid
                yield PlacedPath(PathClass.INPUT_PORT, place, path.delay)
        for entry in hardware.entries:
            kind = PathClass.INPUT_PORT if self.from_port else entry.kind
            yield PlacedPath(kind, place, self.delay + technology.net(sinks) + entry.delay)

    def through(self, sinks: int, hardware: HardwarePaths, technology: Technology) -> Signal:
        """The signal after that hardware."""
        if hardware.exit is not None:
            return Signal(hardware.exit)
        if hardware.through is not None:
            return Signal(self.delay + technology.net(sinks) + hardware.through.delay, self.from_port)
        return self


class NetworkWalk:
    """Backwards for what tensors drive, then forwards along the signals.

    Args:
        graph: The network, or the layers of a tile.
        schedule: Its hardware.
        technology: Delays of the device.
        source: What drives its inputs; ``None`` for ports.
        reader: What its outputs drive; ``None`` for ports.
    """

    def __init__(
        self,
        graph: Graph,
        schedule: Schedule,
        technology: Technology,
        source: Signal | None = None,
        reader: HardwarePaths | None = None,
    ) -> None:
        self.graph, self.schedule, self.technology = graph, schedule, technology
        self.source, self.reader = source or Signal(technology.start, True), reader
        self.tensors = graph.tensors()
        self.sinks: defaultdict[str, int] = defaultdict(int)
        self.after: defaultdict[tuple[object, ...], int] = defaultdict(int)  # sinks of converters that readers share
        self.hardware: dict[str, HardwarePaths] = {}
        for name, converters in zip(graph.outputs, schedule.output_converters, strict=True):
            before = [converter.paths(self.tensors[name].bits, technology) for converter in converters]
            taken = 1 if reader is None else reader.sinks
            self.sinks[name] += before[0].sinks if before else taken
        for step in reversed(schedule.steps):
            self._meet(step)

    @property
    def input_sinks(self) -> int:
        """Pins that a bit of an input drives."""
        return max(self.sinks[name] for name in self.graph.inputs)

    def _meet(self, step: ScheduledLayer) -> None:
        """Record what a layer loads its inputs with, once its own readers are known."""
        loads = self.sinks[step.layer]
        own = step.binding.paths(self.technology, loads)
        self.hardware[step.layer] = own
        wires = own.exit is None and own.through is None
        for name, converters in self._inputs(step):
            before = [converter.paths(self.tensors[name].bits, self.technology).sinks for converter in converters]
            readers = [*before, loads if wires else own.sinks]
            if converters and isinstance(converters[0], PortRegister):  # one for all readers
                self.sinks[name] = readers[0]
            else:
                self.sinks[name] += readers[0]
            keys = signal_keys(name, converters)[1:]
            for key, following, sinks in zip(keys, [*keys, None][1:], readers[1:], strict=True):
                if following is None or following not in self.after:
                    self.after[key] += sinks

    def _inputs(self, step: ScheduledLayer) -> Iterator[tuple[str, tuple[LayoutConverter, ...]]]:
        names = self.graph.layer(step.layer).inputs
        yield from zip(names, step.converters or ((),) * len(names), strict=True)

    def paths(self) -> Iterator[PlacedPath]:
        """All paths that may be the slowest of their class, without those of resets."""
        signals = dict.fromkeys(self.graph.inputs, self.source)
        shifted = self.technology.start + self.technology.net(_VALID_LOADS) + self.technology.around_into_register
        yield PlacedPath(PathClass.DATA, self.schedule.steps[0].layer, shifted)
        for step in self.schedule.steps:
            arriving: list[Signal] = []
            for name, converters in self._inputs(step):
                signal, sinks = signals[name], self.sinks[name]
                for converter, key in zip(converters, signal_keys(name, converters)[1:], strict=True):
                    hardware = converter.paths(self.tensors[name].bits, self.technology)
                    yield from signal.met(step.layer, sinks, hardware, self.technology)
                    signal = Signal(hardware.exit or signal.delay)
                    sinks = self.after[key]
                yield from signal.met(step.layer, sinks, self.hardware[step.layer], self.technology)
                arriving.append(signal.through(sinks, self.hardware[step.layer], self.technology))
            signals[step.layer] = max(arriving, key=lambda signal: signal.delay.ns)
        yield from self._ends(signals)
        yield from self._shared_valids()

    def _shared_valids(self) -> Iterator[PlacedPath]:
        """From the valid of a cycle in which several pieces of hardware take their inputs.

        Each has a valid, but synthesis makes one register of equal ones, with the loads of all; copies are kept apart.
        """
        uncopied = ValidWiring(self.schedule).uncopied
        enabled: defaultdict[int, list[tuple[str, HardwarePaths]]] = defaultdict(list)
        for place, cycle, hardware in self._enabled():
            if hardware.valid:
                enabled[cycle].append((place, hardware))
        for cycle, found in enabled.items():
            total = sum(entry.sinks for _, hardware in found for entry in hardware.valid)
            total = total if cycle in uncopied else min(total, self.schedule.max_fanout)
            start = self.technology.start + self.technology.net(total)
            at_port = self.source.from_port and cycle == 0
            for place, hardware in found if len(found) > 1 or cycle in uncopied else ():
                for entry in hardware.valid:
                    yield PlacedPath(PathClass.INPUT_PORT if at_port else entry.kind, place, start + entry.delay)

    def _enabled(self) -> Iterator[tuple[str, int, HardwarePaths]]:
        """The hardware of every place, and the cycle of the valid that it reads; of equal converters the first."""
        ends = dict.fromkeys(self.graph.inputs, self.schedule.entry_cycles)
        built: set[object] = set()
        for step in self.schedule.steps:
            for name, converters in self._inputs(step):
                cycle = ends[name]
                for converter, key in zip(converters, signal_keys(name, converters)[1:], strict=True):
                    cycle += converter.latency_cycles
                    if key not in built:
                        yield step.layer, cycle - 1, converter.paths(self.tensors[name].bits, self.technology)
                    built.add(key)
            yield step.layer, step.start_cycle, self.hardware[step.layer]
            ends[step.layer] = step.end_cycle

    def _ends(self, signals: Mapping[str, Signal]) -> Iterator[PlacedPath]:
        """What the outputs drive."""
        for name, converters in zip(self.graph.outputs, self.schedule.output_converters, strict=True):
            signal, sinks, taken = signals[name], self.sinks[name], 1 if self.reader is None else self.reader.sinks
            for converter in converters:
                hardware = converter.paths(self.tensors[name].bits, self.technology)
                yield from signal.met(name, sinks, hardware, self.technology)
                signal, sinks = Signal(hardware.exit or signal.delay), taken
            if self.reader is not None:
                yield from signal.met(name, sinks, self.reader, self.technology)
                continue
            kind = PathClass.INPUT_PORT if signal.from_port else PathClass.OUTPUT_PORT
            ended = self.technology.net(sinks) + self.technology.around_into_register
            yield PlacedPath(kind, name, signal.delay + ended)
