"""The slowest paths of an adder graph cut into stages."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.hardware.adder_pipeline import AdderPipeline
from bxnn.compiler.hardware.adder_timing import AdderTiming
from bxnn.compiler.hardware.adder_waits import Waits
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.shift_add_graph import ZERO
from bxnn.compiler.numeric.tensor import Int

_LEVELS = 1  # LUTs of an adder


def adder_paths(pipeline: AdderPipeline, technology: Technology, loads: int = 0) -> HardwarePaths:
    """The slowest paths of a pipeline.

    Args:
        pipeline: The adders in their stages.
        technology: Delays of the device.
        loads: Pins that a bit of an output drives outside the graph.
    """
    timing = AdderTiming(pipeline.graph, technology)
    return _Analysis(pipeline, timing, loads).paths()


def slowest_ns(pipeline: AdderPipeline, technology: Technology, reader: Entry | None) -> float:
    """The slowest path of a pipeline between registers, those of its readers included, ns."""
    paths = adder_paths(pipeline, technology, 0 if reader is None else reader.sinks)
    found = [path.delay.ns for path in paths.inner]
    sinks = technology.net(paths.sinks)
    found += [(technology.start + sinks + entry.delay).ns for entry in paths.entries]
    if reader is not None:
        out = paths.exit or technology.start + sinks + (Delay() if paths.through is None else paths.through.delay)
        found.append((out + technology.net(reader.sinks) + reader.delay).ns)
    return max(found, default=0.0)


class _Analysis:
    def __init__(self, pipeline: AdderPipeline, timing: AdderTiming, loads: int) -> None:
        self.pipeline, self.timing, self.technology = pipeline, timing, timing.technology
        self.stage, last = pipeline.stage, pipeline.last_stage
        waits = Waits.of(timing, pipeline)
        timing.shifted(waits.later)
        self.waits = waits.first[:-1]
        self.sinks = timing.sinks(self.stage, last, loads)
        self.arrival = timing.arrivals(self.stage, self.sinks)[:-1]
        self.level = pipeline.levels()
        self.own = self.stage[timing.value_of]
        constant = (timing.value_of >= pipeline.graph.inputs) & (timing.value_of < pipeline.graph.first_sum)
        self.registered = (last[timing.value_of] > self.own) & ~constant

    def paths(self) -> HardwarePaths:
        graph, timing = self.pipeline.graph, self.timing
        own_sinks = self.sinks[np.arange(timing.nothing), self.own]
        into = timing.into_register(self.arrival, own_sinks)
        into = np.where(self.waits, np.maximum(into, timing.into_shift_register(self.arrival, own_sinks)), into)
        ends = np.where(self.registered, into, 0.0)
        inner = [PathDelay(PathClass.DATA, self._delay(ends, self.own > 0))] if self.pipeline.latency_cycles > 1 else []
        reads = np.isin(timing.value_of, graph.outputs[graph.outputs != ZERO])
        open_bits = reads & (self.own == self.pipeline.latency_cycles)
        start = self.technology.start
        out = self._delay(self.arrival, open_bits) if bool(open_bits.any()) else start
        if self.pipeline.latency_cycles == 0:
            return HardwarePaths(through=self._entry(self.arrival))
        return HardwarePaths((self._entry(ends),), tuple(inner), out)

    def _entry(self, ends: np.ndarray) -> Entry:
        sinks = int(self.sinks[: self.timing.first[self.pipeline.graph.inputs], 0].max(initial=1))
        whole = self._delay(ends, self.own == 0)
        before = self.technology.start + self.technology.net(sinks)
        return Entry(PathClass.DATA, sinks, Delay(whole.ns - before.ns, whole.levels, whole.fan_out))

    def _delay(self, ns: np.ndarray, of: np.ndarray) -> Delay:
        """The slowest of several bits."""
        bit = int(np.argmax(np.where(of, ns, -1.0)))
        value = int(self.timing.value_of[bit])
        return Delay(max(float(ns[bit]), 0.0), _LEVELS * int(self.level[value]), self._fan_out(value))

    def _fan_out(self, value: int) -> int:
        """Largest fan-out on the path to a value in its stage, along the operands that arrive last."""
        graph, timing, stage = self.pipeline.graph, self.timing, self.stage
        most, at = 1, stage[value]
        while value >= graph.first_sum and stage[value] == at:
            operands: Int = graph.operands[value - graph.first_sum]
            late = [self._last_bit(int(operand)) for operand in operands]
            bit = max(late, key=lambda bit: self.arrival[bit] if self.own[bit] == at else 0.0)
            most, value = max(most, int(self.sinks[bit, at])), int(timing.value_of[bit])
        return most

    def _last_bit(self, value: int) -> int:
        first, end = self.timing.first[value : value + 2]
        return int(first + np.argmax(self.arrival[first:end]))
