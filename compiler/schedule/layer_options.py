"""The implementations of all layers of a network, each with the registers that the clock needs."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.read_elements import ReadElements
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.clocked_registers import clocked_registers
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.layer_implementations import LayerImplementations
from bxnn.compiler.schedule.readers import reader_depth, reader_entry, windows_read
from bxnn.compiler.schedule.writers import writer_exits


def layer_options(
    graph: Graph,
    initiation_interval: int,
    settings: Mapping[str, LayerSettings],
    multiplier: Multiplier,
    strategy: Strategy,
    priced: bool,
    pipelining: Pipelining,
    clock: ClockTarget | None,
) -> dict[str, LayerImplementations]:
    """The implementations of every hardware layer by name; arguments and errors are those of ``Search``."""
    tensors, read, options = graph.tensors(), ReadElements.of(graph), {}
    writers = {} if clock is None else writer_exits(graph, tensors, clock.technology)
    for layer in (layer for layer in graph.layers if isinstance(layer, HardwareLayer)):
        sources = graph.sources(layer, tensors)
        reader = None if clock is None else reader_entry(graph, layer, tensors, clock.technology)
        registers = pipelining
        if clock is not None:
            registers = clocked_registers(layer, sources, clock, writers[layer.name], reader, pipelining)
        options[layer.name] = LayerImplementations(
            layer,
            sources,
            read.maps.get(layer.name),
            initiation_interval,
            settings.get(layer.name, LayerSettings()),
            multiplier,
            tuple(read.masks[name] for name in (layer.name, *layer.inputs)),
            reader_depth(graph, layer, tensors),
            strategy,
            priced,
            registers,
            clock,
            reader,
            windows_read(graph, layer, tensors),
        )
    return options
