"""What is between the results of a layer and the first registers of its readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bxnn.compiler.hardware.delays.path_delay import Entry
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Int, Tensor


def reader_depth(graph: Graph, layer: HardwareLayer, tensors: Mapping[str, Tensor]) -> int | None:
    """Largest amount of logic, in adders, between the layer's results and the first registers of its readers.

    ``None`` if the result is a network output or some reader has no registers directly after that logic.
    """
    readers, pulse = graph.consumers(layer.name), Layout.pulse(tensors[layer.name].size)
    if layer.name in graph.outputs or not readers:
        return None
    deepest = 0
    for reader in readers:
        sources = graph.sources(reader, tensors)
        depth = reader.entry_depth(sources) if isinstance(reader, HardwareLayer) and len(sources) == 1 else None
        if depth is None or not isinstance(reader, HardwareLayer):
            return None
        if reader.stage(pulse, sources, EVERY_REGISTER) is None:
            return None
        deepest = max(deepest, depth)
    return deepest


def reader_entry(
    graph: Graph, layer: HardwareLayer, tensors: Mapping[str, Tensor], technology: Technology
) -> Entry | None:
    """The logic between the layer's results and the first registers of its readers: the slowest, for all pins.

    ``None`` where ``reader_depth`` is.
    """
    if reader_depth(graph, layer, tensors) is None:
        return None
    entries = list(_entries(graph, layer, tensors, technology))
    slowest = max(entries, key=lambda entry: entry.delay.ns)
    return Entry(slowest.kind, sum(entry.sinks for entry in entries), slowest.delay)


def windows_read(graph: Graph, layer: HardwareLayer, tensors: Mapping[str, Tensor]) -> Int | None:
    """The windows of the layer's results that its only reader evaluates; see ``HardwareLayer.windows_read``.

    Layers between them must leave a serial layout as it is. ``None`` if there is no such reader.
    """
    while layer.name not in graph.outputs:
        readers = graph.consumers(layer.name)
        if len(readers) != 1 or not isinstance(readers[0], HardwareLayer):
            return None
        layer = readers[0]
        sources = graph.sources(layer, tensors)
        windows = layer.windows_read(sources)
        if windows is not None:
            return windows
        serial = Layout.serial(sources[0].size, 2)
        stage = layer.stage(serial, sources, EVERY_REGISTER) if len(sources) == 1 else None
        if stage is None or stage.result.key != serial.key:
            return None
    return None


def _entries(
    graph: Graph, layer: HardwareLayer, tensors: Mapping[str, Tensor], technology: Technology
) -> Iterator[Entry]:
    pulse = Layout.pulse(tensors[layer.name].size)
    for reader in graph.consumers(layer.name):
        assert isinstance(reader, HardwareLayer)
        stage = reader.stage(pulse, graph.sources(reader, tensors), EVERY_REGISTER)
        assert stage is not None
        yield from stage.paths(technology, 1).entries
