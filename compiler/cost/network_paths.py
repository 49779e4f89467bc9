"""From the paths of layers and converters to those of a network: a path that leaves one continues in the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.delays.clock_limits import DspRegisters
from bxnn.compiler.hardware.delays.path_delay import Delay, HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.network_timing import NetworkPath, NetworkTiming
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.ir.graph import Graph

_VALID_LOADS = 2  # of a flip-flop of valid that enables nothing: the next one, and a layer
_EVERY_RESET = 1 << 20  # flip-flops: more than any design resets; the delay of the net saturates


@dataclass(frozen=True)
class _Path:
    kind: PathClass
    place: str
    delay: Delay


@dataclass(frozen=True)
class _Signal:
    """A tensor as a signal: what drives it, and whether that is an input port."""

    delay: Delay
    from_port: bool


def network_timing(graph: Graph, schedule: Schedule, clock: ClockTarget) -> NetworkTiming:
    """The slowest paths of a network.

    Args:
        graph: The network after the pipeline.
        schedule: Its hardware.
        clock: The clock that judges them.
    """
    found = {
        estimate: {
            kind: replace(path, delay=clock.by(estimate).no_shorter(path.delay))
            for kind, path in _slowest(
                chain(_Walk(graph, schedule, clock.by(estimate)).paths(), _slices(schedule, clock))
            ).items()
        }
        for estimate in ("typical", "pessimistic")
    }
    counted = found[clock.estimate]
    paths = [
        NetworkPath(kind, path.place, found["typical"][kind].delay, found["pessimistic"][kind].delay)
        for kind, path in counted.items()
    ]
    paths.sort(key=lambda path: -counted[path.kind].delay.ns)
    return NetworkTiming(
        clock.period_ns, clock.margin, clock.estimate, tuple(paths), _limit(schedule, clock), clock.table.assumed
    )


def _limit(schedule: Schedule, clock: ClockTarget) -> float:
    """The fastest clock of buffers and of the slices in use."""
    limits = clock.table.limits
    used = [step.binding for step in schedule.steps if step.binding.dsp]
    without = any(not binding.pipelining.multiplier_register for binding in used)
    slices = limits.of_slice(DspRegisters.NO_MREG if without else DspRegisters.ALL)
    return min(limits.bufg, slices) if used and slices is not None else limits.bufg


def _slices(schedule: Schedule, clock: ClockTarget) -> Iterator[_Path]:
    """The paths inside of slices, or the period that the data sheet allows if that is longer."""
    assert clock.table.fabric is not None
    dsp = clock.table.fabric.dsp
    for step in schedule.steps:
        if step.binding.dsp:
            pipelined = step.binding.pipelining.multiplier_register
            limit = clock.table.limits.of_slice(DspRegisters.ALL if pipelined else DspRegisters.NO_MREG)
            product, total = dsp.reg_clk + dsp.preadd + dsp.mult, dsp.alu + dsp.setup_p
            inside = max(product, dsp.m_clk + total) if pipelined else product + dsp.m_transparent + total
            allowed = 0.0 if limit is None else 1000.0 / limit
            yield _Path(PathClass.DSP_SLICE, step.layer, Delay(max(inside, allowed)))


def _slowest(paths: Iterator[_Path]) -> Mapping[PathClass, _Path]:
    found: dict[PathClass, _Path] = {}
    for path in paths:
        if path.kind not in found or path.delay.ns > found[path.kind].delay.ns:
            found[path.kind] = path
    return found


class _Walk:
    """Backwards for what tensors drive, then forwards along the signals."""

    def __init__(self, graph: Graph, schedule: Schedule, technology: Technology) -> None:
        self.graph, self.schedule, self.technology = graph, schedule, technology
        self.tensors = graph.tensors()
        self.sinks: defaultdict[str, int] = defaultdict(int)
        self.hardware: dict[str, HardwarePaths] = {}
        for name in graph.outputs:
            self.sinks[name] += 1
        for step in reversed(schedule.steps):
            self._meet(step)

    def _meet(self, step: ScheduledLayer) -> None:
        """Record what a layer loads its inputs with, once its own readers are known."""
        loads = self.sinks[step.layer]
        own = step.binding.paths(self.technology, loads)
        self.hardware[step.layer] = own
        wires = own.exit is None and own.through is None
        for name, converters in self._inputs(step):
            before = [converter.paths(self.tensors[name].bits, self.technology) for converter in converters]
            self.sinks[name] += before[0].sinks if before else loads if wires else own.sinks

    def _inputs(self, step: ScheduledLayer) -> Iterator[tuple[str, tuple[LayoutConverter, ...]]]:
        names = self.graph.layer(step.layer).inputs
        yield from zip(names, step.converters or ((),) * len(names), strict=True)

    def paths(self) -> Iterator[_Path]:
        """All paths that may be the slowest of their class."""
        start = self.technology.start
        signals = {name: _Signal(start, True) for name in self.graph.inputs}
        reset = start + self.technology.net(_EVERY_RESET) + self.technology.reset
        yield _Path(PathClass.INPUT_PORT, "rst", reset)
        shifted = start + self.technology.net(_VALID_LOADS) + self.technology.around_into_register
        yield _Path(PathClass.DATA, self.schedule.steps[0].layer, shifted)
        for step in self.schedule.steps:
            arriving: list[_Signal] = []
            for name, converters in self._inputs(step):
                signal, sinks = signals[name], self.sinks[name]
                for number, converter in enumerate(converters):
                    hardware = converter.paths(self.tensors[name].bits, self.technology)
                    yield from self._met(step.layer, signal, sinks, hardware)
                    signal = _Signal(hardware.exit or signal.delay, False)
                    last = number + 1 == len(converters)
                    sinks = self.hardware[step.layer].sinks if last else 1
                yield from self._met(step.layer, signal, sinks, self.hardware[step.layer])
                arriving.append(self._result(signal, sinks, self.hardware[step.layer]))
            signals[step.layer] = max(arriving, key=lambda signal: signal.delay.ns)
        yield from self._ports(signals)

    def _met(self, place: str, signal: _Signal, sinks: int, hardware: HardwarePaths) -> Iterator[_Path]:
        """The paths of hardware that a signal enters."""
        for path in hardware.inner:
            yield _Path(path.kind, place, path.delay)
            if signal.from_port:  # so does valid
                yield _Path(PathClass.INPUT_PORT, place, path.delay)
        for entry in hardware.entries:
            kind = PathClass.INPUT_PORT if signal.from_port else entry.kind
            yield _Path(kind, place, signal.delay + self.technology.net(sinks) + entry.delay)

    def _result(self, signal: _Signal, sinks: int, hardware: HardwarePaths) -> _Signal:
        if hardware.exit is not None:
            return _Signal(hardware.exit, False)
        if hardware.through is not None:
            through = signal.delay + self.technology.net(sinks) + hardware.through.delay
            return _Signal(through, signal.from_port)
        return signal

    def _ports(self, signals: Mapping[str, _Signal]) -> Iterator[_Path]:
        for name, converters in zip(self.graph.outputs, self.schedule.output_converters, strict=True):
            signal = signals[name]
            for converter in converters:
                hardware = converter.paths(self.tensors[name].bits, self.technology)
                yield from self._met(name, signal, self.sinks[name], hardware)
                signal = _Signal(hardware.exit or signal.delay, False)
            kind = PathClass.INPUT_PORT if signal.from_port else PathClass.OUTPUT_PORT
            taken = self.technology.net(self.sinks[name]) + self.technology.around_into_register
            yield _Path(kind, name, signal.delay + taken)
