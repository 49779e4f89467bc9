"""All designs of a network, one by one: the search must give the same."""

from collections.abc import Iterator, Mapping

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.bounds import NO_LIMITS
from bxnn.compiler.schedule.converters import cycles_of, to_parallel, to_port
from bxnn.compiler.schedule.implementation import Implementation
from bxnn.compiler.schedule.layer_implementations import LayerImplementations


def possible_forms(options: LayerImplementations, layout: Layout) -> Iterator[Implementation]:
    """Everything a layer can take after a producer that writes ``layout``."""
    held = (
        ()
        if options.dsp is None
        else options._after(layout, options._costed(options.dsp.cascaded, NO_LIMITS), NO_LIMITS)
    )
    found = (*held, *options._costed(options._others(layout), NO_LIMITS))
    return (option for option in found if option.recipe.possible)


def all_designs(
    graph: Graph, options: Mapping[str, LayerImplementations], inputs: Mapping[str, Layout]
) -> Iterator[tuple[int, int]]:
    """(dsp, latency_cycles) of every combination of the implementations of all layers, without any pruning."""
    hardware = [layer for layer in graph.layers if isinstance(layer, HardwareLayer)]

    def extended(index: int, ready: Mapping[str, tuple[int, Layout]], dsp: int) -> Iterator[tuple[int, int]]:
        if index == len(hardware):
            yield dsp, max(ready[name][0] + cycles_of(to_port(ready[name][1])) for name in graph.outputs)
            return
        layer = hardware[index]
        start, layout = ready[layer.inputs[0]]
        if len(layer.inputs) > 1:  # several inputs become parallel, and early ones wait for the last
            start = max(end + cycles_of(to_parallel(read)) for end, read in (ready[name] for name in layer.inputs))
            layout = Layout.parallel(layout.size)
        for option in possible_forms(options[layer.name], layout):
            end = start + option.latency_cycles
            yield from extended(index + 1, {**ready, layer.name: (end, option.result)}, dsp + option.dsp)

    yield from extended(0, {name: (0, layout) for name, layout in inputs.items()}, 0)


def pareto(designs: Iterator[tuple[int, int]]) -> set[tuple[int, int]]:
    """The (latency_cycles, dsp) that no other dominates."""
    best: dict[int, int] = {}
    for dsp, latency in designs:
        best[latency] = min(dsp, best.get(latency, dsp))
    return {(cycles, dsp) for cycles, dsp in best.items() if all(best[c] > dsp for c in best if c < cycles)}


def all_priced_designs(
    graph: Graph, options: Mapping[str, LayerImplementations], inputs: Mapping[str, Layout]
) -> Iterator[tuple[int, int, int]]:
    """(latency_cycles, dsp, lut) of every combination of priced forms; every layer has one input."""
    hardware = [layer for layer in graph.layers if isinstance(layer, HardwareLayer)]

    def extended(
        index: int, ready: Mapping[str, tuple[int, Layout]], dsp: int, lut: int
    ) -> Iterator[tuple[int, int, int]]:
        if index == len(hardware):
            yield max(ready[name][0] + cycles_of(to_port(ready[name][1])) for name in graph.outputs), dsp, lut
            return
        layer = hardware[index]
        (read,) = layer.inputs
        start, layout = ready[read]
        for option in possible_forms(options[layer.name], layout):
            after = {**ready, layer.name: (start + option.latency_cycles, option.result)}
            yield from extended(index + 1, after, dsp + option.dsp, lut + option.lut)

    yield from extended(0, {name: (0, layout) for name, layout in inputs.items()}, 0, 0)
