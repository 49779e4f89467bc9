"""The slowest path of every class in a network, and the clock at which it closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.network_walk import NetworkWalk, PlacedPath, Signal
from bxnn.compiler.hardware.delays.clock_limits import DspRegisters
from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.delays.technology import LEAST, Technology
from bxnn.compiler.hardware.fabric import LUT_INPUTS
from bxnn.compiler.hardware.network_timing import NetworkPath, NetworkTiming
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.set_choice import SetChoice
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.hardware.weight_loading import WeightLoading
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_log2

_OF_LUTS = PathClass.DATA, PathClass.CONTROL


def network_timing(graph: Graph, schedule: Schedule, clock: ClockTarget) -> NetworkTiming:
    """The slowest paths of a frame-parallel network.

    Args:
        graph: The network after the pipeline.
        schedule: Its hardware.
        clock: The clock that judges them.
    """
    loading, choice = WeightLoading.of(schedule), SetChoice.of(schedule)

    def paths(technology: Technology) -> Iterator[PlacedPath]:
        yield from resets(technology, schedule.initiation_interval)
        source = None if schedule.turns is None else Signal(technology.start)
        yield from NetworkWalk(graph, schedule, technology, source).paths()
        if schedule.turns is not None:
            for path in schedule.turns.paths(technology):
                yield PlacedPath(path.kind, "turns", path.delay)
        if loading is not None:
            for path in loading.paths(technology):
                yield PlacedPath(path.kind, "weights_of_events", path.delay)
        if choice is not None:
            for path in choice.paths(technology):
                yield PlacedPath(path.kind, "set_of_event", path.delay)

    return slowest_paths(paths, schedule, clock)


def resets(technology: Technology, phases: int) -> Iterator[PlacedPath]:
    """From the port of the reset to every flip-flop that it clears.

    Args:
        technology: Delays of the device.
        phases: Most that a counter counts.
    """
    # A counter's own return to 0 may be LUTs before its reset: they read the counter, valid and the reset.
    returned = technology.luts(1 if ceil_log2(phases) + 2 <= LUT_INPUTS else 2)
    reset = technology.start + technology.slowest_net + returned + technology.net(2) + technology.reset
    yield PlacedPath(PathClass.INPUT_PORT, "rst", reset)


def slowest_paths(
    paths: Callable[[Technology], Iterator[PlacedPath]],
    schedule: Schedule | StreamSchedule,
    clock: ClockTarget,
    least: tuple[int, int] = LEAST,
) -> NetworkTiming:
    """The slowest path of every class.

    Args:
        paths: All paths outside slices, by either estimate.
        schedule: The hardware.
        clock: The clock that judges them.
        least: LUTs in a row and loads of each net, below which paths that end in the fabric are not told apart.
    """
    found = {
        estimate: {
            kind: replace(path, delay=clock.by(estimate).no_shorter(path.delay, least if kind in _OF_LUTS else LEAST))
            for kind, path in _slowest(chain(paths(clock.by(estimate)), _slices(schedule, clock))).items()
        }
        for estimate in ("typical", "pessimistic")
    }
    counted = found[clock.estimate]
    ordered = [
        NetworkPath(kind, path.place, found["typical"][kind].delay, found["pessimistic"][kind].delay)
        for kind, path in counted.items()
    ]
    ordered.sort(key=lambda path: -counted[path.kind].delay.ns)
    return NetworkTiming(
        clock.period_ns, clock.margin, clock.estimate, tuple(ordered), _limit(schedule, clock), clock.table.assumed
    )


def _limit(schedule: Schedule | StreamSchedule, clock: ClockTarget) -> float:
    """The fastest clock of buffers and of the slices in use."""
    limits = clock.table.limits
    used = [step.binding for step in schedule.steps if step.binding.dsp]
    without = any(not binding.pipelining.multiplier_register for binding in used)
    slices = limits.of_slice(DspRegisters.NO_MREG if without else DspRegisters.ALL)
    return min(limits.bufg, slices) if used and slices is not None else limits.bufg


def _slices(schedule: Schedule | StreamSchedule, clock: ClockTarget) -> Iterator[PlacedPath]:
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
            yield PlacedPath(PathClass.DSP_SLICE, step.layer, Delay(max(inside, allowed)))


def _slowest(paths: Iterator[PlacedPath]) -> Mapping[PathClass, PlacedPath]:
    found: dict[PathClass, PlacedPath] = {}
    for path in paths:
        if path.kind not in found or path.delay.ns > found[path.kind].delay.ns:
            found[path.kind] = path
    return found
