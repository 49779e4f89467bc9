"""From what registers the inputs of each layer come."""

from __future__ import annotations

from collections.abc import Mapping

from bxnn.compiler.hardware.delays.path_delay import Delay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.tensor import Tensor


def writer_exits(graph: Graph, tensors: Mapping[str, Tensor], technology: Technology) -> dict[str, Delay]:
    """From the clock to the inputs of every hardware layer, without their nets: the slowest of all writers.

    Products of two tensors leave DSP slices, which takes longer than to leave a register in fabric; weighted sums and
    inputs of the network are taken to leave the latter. Layers without registers pass on what they read.
    """
    found: dict[str, Delay] = {}
    leaves: dict[str, Delay] = {}
    for layer in graph.layers:
        before = slowest([technology.start, *(leaves[name] for name in layer.inputs)])
        leaves[layer.name] = technology.start
        if not isinstance(layer, HardwareLayer):
            continue
        found[layer.name], sources = before, graph.sources(layer, tensors)
        if layer.linear_map(sources) is None:
            stage = layer.stage(Layout.parallel(sources[0].size), sources, EVERY_REGISTER)
            own = None if stage is None else stage.paths(technology, 1).exit
            leaves[layer.name] = own or before
    return found
