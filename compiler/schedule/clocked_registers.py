"""The registers of one layer where the clock needs them: the fewest with which its paths fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.numeric.tensor import Tensor

_DEEPEST = 6  # levels of a tree between two registers that are tried


def clocked_registers(
    layer: HardwareLayer,
    sources: Sequence[Tensor],
    clock: ClockTarget,
    writer: Delay,
    reader: Entry | None,
    wanted: Pipelining,
) -> Pipelining:
    """Registers of slices and trees; those of adder graphs are placed adder by adder.

    Args:
        layer: The layer.
        sources: Tensors of its inputs.
        clock: The clock that judges its paths.
        writer: From the clock to the layer's inputs, without their nets.
        reader: What a result drives in the readers; ``None`` if it must be registered.
        wanted: What is not the clock's to choose.
    """
    fused = paged = False
    multiplied = clock.multiplier_register
    if layer.linear_map(sources) is not None:
        levels = clock.tree_levels(layer.sum_bits(sources))
        fused = reader is not None and clock.holds_fused(layer.sum_bits(sources), reader)
    else:
        found = _most_levels(layer, sources, clock, writer)
        levels, paged = found or 1, found is None
        multiplied = multiplied or not _reaches(layer, sources, clock, reader)
    return replace(
        wanted,
        multiplier_register=multiplied,
        tree_levels_per_stage=levels,
        fused_requantize=fused,
        folded_rounding=True,
        inner_register=paged,
    )


def _most_levels(layer: HardwareLayer, sources: Sequence[Tensor], clock: ClockTarget, writer: Delay) -> int | None:
    """With how many levels of its trees between registers a layer without multipliers fits."""
    return next((count for count in range(_DEEPEST, 0, -1) if _fits(layer, sources, count, clock, writer)), None)


def _fits(layer: HardwareLayer, sources: Sequence[Tensor], levels: int, clock: ClockTarget, writer: Delay) -> bool:
    size = sources[0].size
    for layout in (Layout.pulse(size), Layout.parallel(size)):
        stage = layer.stage(layout, sources, Pipelining(tree_levels_per_stage=levels))
        if stage is not None:
            return slowest_ns(stage.paths(clock.technology, 1), clock, writer) <= clock.limit_ns
    return False


def _reaches(layer: HardwareLayer, sources: Sequence[Tensor], clock: ClockTarget, reader: Entry | None) -> bool:
    """Whether the logic of the readers fits after slices whose only register after the operands is MREG."""
    stage = layer.stage(Layout.parallel(sources[0].size), sources, Pipelining(multiplier_register=False))
    if stage is None or stage.dsp == 0:
        return True
    leaves = stage.paths(clock.technology, 1).exit
    if reader is None or leaves is None:
        return False
    return (leaves + clock.technology.net(reader.sinks) + reader.delay).ns <= clock.limit_ns


def slowest_ns(hardware: HardwarePaths, clock: ClockTarget, writer: Delay | None = None) -> float:
    """The slowest path of a piece of hardware between registers, in ns; those before it in fabric by default."""
    technology = clock.technology
    start = writer or technology.start
    found = [path.delay for path in hardware.inner]
    for entry in hardware.entries:
        found.append(start + technology.net(entry.sinks) + entry.delay)
    return max((delay.ns for delay in (*found, Delay())), default=0.0)
