"""What a bench must know about the VHDL of a scheduled graph."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bxnn.compiler.backend.vhdl.vhdl_project import port_names
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.port_interface import TAG_PORT, Interface, Port, Probe
from bxnn.compiler.hardware.reset_port import DEFAULT_RESET, ResetPort
from bxnn.compiler.hardware.schedule import Schedule, ScheduledLayer
from bxnn.compiler.hardware.stream.stream_plan import StreamPlan
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Tensor


def interface_of(
    graph: Graph,
    schedule: Schedule | StreamSchedule,
    files: tuple[str, ...],
    tag_bits: int = 0,
    spacing_error: bool = False,
    reset: ResetPort = DEFAULT_RESET,
    weight_bus: str = "",
) -> Interface:
    """Ports and guarantees of a scheduled graph whose VHDL files are in compile order."""
    tensors = graph.tensors()
    if isinstance(schedule, StreamSchedule):
        inputs = _streaming_input(graph.inputs[0], tensors, schedule.plan)
        probes = tuple(_segment_probes(graph, schedule))
        last = schedule.plan.tail or schedule.plan.segments[-1].graph if schedule.plan.segments else graph
        outputs = _ports(graph.outputs, "out", tensors, last.tensors())
    else:
        inputs = _ports(graph.data_inputs, "in", tensors, tensors)
        if graph.chooser:
            inputs += (Port(graph.chooser, inputs[0].valid, TAG_PORT, 1, tag_bits, False),)
        built = schedule.graph.tensors()
        probes = tuple(_probe(schedule.graph, step, built[step.layer]) for step in schedule.steps)
        outputs = _ports(graph.outputs, "out", tensors, tensors)
    held = isinstance(schedule, Schedule) and schedule.held_input
    cycles = schedule.latency_cycles, schedule.initiation_interval
    ports = inputs, outputs
    return Interface(graph.name, files, *ports, *cycles, probes, held, tag_bits, spacing_error, reset, weight_bus)


def _ports(
    names: tuple[str, ...], side: str, tensors: dict[str, Tensor], formats: dict[str, Tensor]
) -> tuple[Port, ...]:
    return tuple(
        Port(name, *signals, tensors[name].size, formats[name].bits, formats[name].format.signed)
        for name, signals in port_names(names, side).items()
    )


def _streaming_input(name: str, tensors: dict[str, Tensor], plan: StreamPlan) -> tuple[Port, ...]:
    tensor = tensors[name]
    elements = np.arange(tensor.size).reshape(plan.rows, -1, tensor.shape[-1])
    beats = _words(elements, plan.pixels_per_cycle)
    return (Port(name, "in_valid", "in_data", tensor.size, tensor.bits, tensor.format.signed, "in_first", beats),)


def _words(elements: np.ndarray[tuple[int, ...], np.dtype[np.int64]], pixels: int) -> tuple[tuple[int, ...], ...]:
    """Element on each lane of each word of an image (rows, columns, channels); -1 past the end of a row."""
    rows, columns, channels = elements.shape
    words = ceil_div(columns, pixels)
    padded = np.full((rows, words * pixels, channels), -1, np.int64)
    padded[:, :columns] = elements
    return tuple(tuple(word) for word in padded.reshape(rows * words, -1).tolist())


def _segment_probes(graph: Graph, schedule: StreamSchedule) -> Iterator[Probe]:
    """The result of each segment, word by word."""
    for number, segment in enumerate(schedule.segments, 1):
        tiling, name = segment.segment.tiling, segment.segment.result
        tensor = segment.segment.graph.tensors()[name]
        elements = np.arange(tiling.output_rows * tiling.output_columns * tensor.shape[-1])
        image = elements.reshape(tiling.output_rows, tiling.output_columns, -1)
        signals = f"valid_tile{number}", f"data_tile{number}"
        words = _words(image, tiling.positions)
        half = _half(schedule.plan.tail, name) if number == len(schedule.segments) else 0
        yield Probe(name, *signals, words, tensor.bits, tensor.format.signed, True, half)


def _half(graph: Graph | None, name: str) -> int:
    """What the codes of a tensor include besides their value: the half with which a reader rounds."""
    readers = () if graph is None else graph.consumers(name)
    return sum(
        layer.half_read(graph.sources(layer, graph.tensors()))
        for layer in readers
        if graph is not None and isinstance(layer, HardwareLayer)
    )


def _probe(graph: Graph, step: ScheduledLayer, tensor: Tensor) -> Probe:
    """Where the bench finds the output of a layer."""
    elements = tuple(tuple(phase) for phase in step.binding.result.elements.tolist())
    signals = f"valid_{step.layer}", f"data_{step.layer}"
    half = _half(graph, step.layer)
    return Probe(step.layer, *signals, elements, tensor.bits, tensor.format.signed, half=half)
