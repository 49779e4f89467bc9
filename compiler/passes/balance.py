"""Pass: multiply the float results of a layer by factors, and divide by them in the layer that reads them.

The channels of a result share a format. Factors bring them to sizes that suit it, and the network computes the same.
So it does where the host scales the features of an input.

Source: M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", arXiv:1906.04721.
"""

from __future__ import annotations

import numpy as np

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.real_layer import real_values
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.ir.source import Parameter, Reals
from bxnn.compiler.numeric.declared_types import DESIGN
from bxnn.compiler.numeric.host_scale import HostScale
from bxnn.compiler.passes.runner import PassOptions
from bxnn.compiler.plural import counted

_FORMATS = "formats.yaml"
_PROBES = 16  # events
_REACH = 1000.0
_SPREAD = 4  # powers of two of a probe's factors, up and down


def balance(graph: Graph, options: PassOptions) -> Graph:
    """Apply ``options.scales`` and ``options.factors``.

    Raises:
        ConfigError: If a layer does not exist, or its results cannot be multiplied by those factors, or an input cannot
            be scaled.
    """
    for name, scale in options.scales.items():
        if name not in graph.inputs:
            continue  # which is refused with its type
        if not input_readers(graph, name):
            problem = "scales features for layers without float weights; calibrate this model again"
            raise ConfigError(f"{_FORMATS}: inputs: {graph.spelled(name)}", problem)
        graph = reading_scaled_input(graph, name, scale)
    for name, factors in options.factors.items():
        where = f"{_FORMATS}: layers: {graph.spelled(name)}: factors"
        reader = reader_of(graph, name)
        if reader is None:
            raise ConfigError(where, "are for no layer whose results can be multiplied; calibrate this model again")
        channels = graph.layer(name).channels()
        if len(factors) != channels:
            problem = f"are for {counted(len(factors), 'channel')}, but the layer has {channels}"
            raise ConfigError(where, f"{problem}; calibrate this model again")
        graph = balanced(graph, name, reader, np.array(factors))
    for name, scale in options.scales.items():
        graph = _right_at_zero(graph, name, scale, options)
    return graph


def _right_at_zero(graph: Graph, name: str, scale: HostScale, options: PassOptions) -> Graph:
    """The graph whose biases give the results of the model where all features of a scaled input are zero.

    A calibration corrects biases for the weights that it chooses. Where the type of a kernel is declared by hand, the
    errors of its weights would be multiplied by the offsets of the host. Where a feature is never zero, its number next
    to zero counts.
    """
    host = options.inputs[name]
    offsets = np.clip([scale.offsets], np.min(host.low) * host.format.lsb, np.max(host.high) * host.format.lsb)
    for reader in input_readers(graph, name) if name in graph.inputs else ():
        declared, layer = options.constants.get(reader, {}).get("kernel"), graph.layer(reader)
        if declared is None or declared.origin != DESIGN:
            continue
        where = f"layers: {graph.spelled(reader)}: kernel"
        kernel = declared.constant(where, real_values(layer.constants()["kernel"]), layer.channels())
        lost = layer.on_reals([offsets]) - layer.with_constants({"kernel": kernel}).on_reals([offsets])
        assert isinstance(layer, Scalable)
        changed = layer.scaled_reals(np.ones(layer.channels()), lost[0])
        assert changed is not None
        graph = graph.replaced(reader, changed)
    return graph


def reader_of(graph: Graph, name: str) -> str | None:
    """The layer that can divide by what the results of a layer are multiplied by; ``None`` if there is none.

    Both have float weights, and only layers that pass factors on are between them, each read by one layer.
    """
    if not any(layer.name == name for layer in graph.layers) or not _has_weights(graph.layer(name)):
        return None
    layer, shapes = graph.only_consumer(name), graph.shapes()
    channels = shapes[name][-1]
    while layer is not None:
        if _has_weights(layer):
            factors = np.resize(np.ones(channels), shapes[layer.inputs[0]][-1])
            zeros = np.zeros(factors.size)
            assert isinstance(layer, Scalable)
            return None if layer.reading_scaled_reals(factors, zeros) is None else layer.name
        if not _passes_on(layer, shapes[layer.inputs[0]], channels):
            return None
        layer = graph.only_consumer(layer.name)
    return None


def input_readers(graph: Graph, name: str) -> tuple[str, ...]:
    """All layers that read an input, if they can undo what the host does to its features; none if one cannot."""
    readers = graph.consumers(name)
    shape = graph.shapes()[name]
    if name in graph.outputs or len(shape) != 1 or not all(map(_has_weights, readers)):
        return ()
    for reader in readers:
        assert isinstance(reader, Scalable)
        if reader.reading_scaled_reals(np.ones(shape), np.ones(shape)) is None:
            return ()
    return tuple(reader.name for reader in readers)


def reading_scaled_input(graph: Graph, name: str, scale: HostScale) -> Graph:
    """The graph whose host scales an input."""
    for reader in input_readers(graph, name):
        layer = graph.layer(reader)
        assert isinstance(layer, Scalable)
        changed = layer.reading_scaled_reals(*scale.inverse)
        assert changed is not None
        graph = graph.replaced(reader, changed)
    return graph


def balanced(graph: Graph, name: str, reader: str, factors: Reals) -> Graph:
    """The graph with the results of a layer multiplied and those that its reader reads divided."""
    first, last = graph.layer(name), graph.layer(reader)
    assert isinstance(first, Scalable) and isinstance(last, Scalable)
    read = np.resize(factors, graph.shapes()[last.inputs[0]][-1])
    scaled = first.scaled_reals(factors, np.zeros(factors.size))
    back = last.reading_scaled_reals(1 / read, np.zeros(read.size))
    assert scaled is not None and back is not None
    return graph.replaced(name, scaled).replaced(reader, back)


def _has_weights(layer: Layer) -> bool:
    kernel = layer.constants().get("kernel")
    return isinstance(layer, Scalable) and isinstance(kernel, Parameter) and kernel.is_float


def _passes_on(layer: Layer, shape: tuple[int, ...], channels: int) -> bool:
    """Whether factors of the channels before a layer are factors of those after it, tried out with powers of two."""
    if len(layer.inputs) != 1 or layer.decides_at() is not None:
        return False
    rng = np.random.default_rng(1)
    factors = np.exp2(rng.integers(-_SPREAD, _SPREAD + 1, channels))
    values = rng.standard_normal((_PROBES, *shape)) * _REACH ** rng.uniform(-1, 1, (_PROBES, *(1 for _ in shape)))
    result = layer.on_reals([values])
    if result.shape[-1] % channels:
        return False
    scaled = layer.on_reals([values * np.resize(factors, shape[-1])])
    return np.array_equal(scaled, result * np.resize(factors, result.shape[-1]))
