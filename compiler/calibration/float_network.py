"""The float network that a calibration works on: steps with constants, and where its results get a type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import LeftOut
from bxnn.compiler.ir.real_layer import Reads
from bxnn.compiler.ir.source import Parameter, Reals
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import PIPELINE
from bxnn.compiler.passes.balance import balance
from bxnn.compiler.passes.declared import SUM
from bxnn.compiler.passes.fold_normalization import folded_floats
from bxnn.compiler.passes.options import pass_options

_PROBES = 64  # events that show whether results can be negative
_REACH = 1000.0


@dataclass(frozen=True, eq=False)
class FloatStep:
    """One layer.

    Attributes:
        layer: The layer.
        key: Its name in formats.yaml, for its constants.
        floats: Constants that need a type, by part.
        result_key: Name in formats.yaml for the type of its result; ``None`` if that gets none.
        addresses: Whether the result addresses a table.
        unsigned: Whether no result is negative.
    """

    layer: Layer
    key: str
    floats: Mapping[str, Reals]
    result_key: str | None = None
    addresses: bool = False
    unsigned: bool = False

    def run(self, values: Sequence[Reals], constants: Mapping[str, FixedTensor] | None = None) -> Reals:
        """The results for real numbers, with the constants of the model or with others."""
        layer = self.layer.with_constants(constants) if constants else self.layer
        with np.errstate(over="ignore"):
            return layer.on_reals(values)


@dataclass(frozen=True, eq=False)
class FloatNetwork:
    """A float network.

    Attributes:
        graph: Its layers; float batch normalizations have been folded where that is possible.
        inputs: Name in formats.yaml of each input.
        steps: All other layers in order.
        scores: Whether the outputs are logits of classes, or of one score: the model ends with a softmax or a sigmoid.
        factors: By which results have been multiplied, by the layer's name in formats.yaml.
        scaled: Types of inputs whose features the host scales, which the layers that read them undo, by name.
    """

    graph: Graph
    inputs: Mapping[str, str]
    steps: tuple[FloatStep, ...]
    scores: bool
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    scaled: Mapping[str, DeclaredType] = field(default_factory=dict)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an input."""
        layer = self.graph.layer(name)
        assert isinstance(layer, Input)
        return layer.shape

    @property
    def macs(self) -> int:
        """Multiplications for an event."""
        shapes = self.graph.shapes()
        return sum(layer.macs(shapes[layer.inputs[0]]) for layer in self.graph.layers if layer.inputs)

    def results(self, values: Mapping[str, Reals]) -> dict[str, Reals]:
        """The results of all layers, and the inputs."""
        known = self._read(values)
        for step in self.steps:
            known[step.layer.name] = step.run([known[name] for name in step.layer.inputs])
        return known

    def outputs(self, values: Mapping[str, Reals]) -> dict[str, Reals]:
        """What the float model computes for real inputs, for the logits of final scores."""
        known = self._read(values)
        last_use = {name: step.layer.name for step in self.steps for name in step.layer.inputs}
        for step in self.steps:
            known[step.layer.name] = step.run([known[name] for name in step.layer.inputs])
            for name in step.layer.inputs:
                if last_use[name] == step.layer.name and name not in self.graph.outputs:
                    known.pop(name, None)
        return {name: known[name] for name in self.graph.outputs}

    def _read(self, values: Mapping[str, Reals]) -> dict[str, Reals]:
        """Events as layers read them."""
        found = {name: np.asarray(value, np.float64) for name, value in values.items()}
        scales = {name: type_.scale for name, type_ in self.scaled.items()}
        return found | {name: scale(found[name]) for name, scale in scales.items() if scale is not None}


def float_network(graph: Graph, config: DesignConfig) -> FloatNetwork:
    """The network of a graph that a front end has read, with the types that the user declares.

    Raises:
        InputError: If the network or a declared type is refused.
    """
    types = config.declared_types()
    graph = _prepared(graph, types)
    given = {name: types.inputs.get(graph.spelled(name)) for name in graph.inputs}
    scaled = {name: own for name, own in given.items() if own is not None and own.scale is not None}
    return network_of(graph, any(isinstance(notice, LeftOut) for notice in graph.notices), {}, scaled)


def network_of(
    graph: Graph,
    scores: bool,
    factors: Mapping[str, tuple[float, ...]] = MappingProxyType({}),
    scaled: Mapping[str, DeclaredType] = MappingProxyType({}),
) -> FloatNetwork:
    """The network of a graph whose float normalizations have been folded."""
    rounded = _rounded(graph)
    steps = [_step(graph, layer, rounded) for layer in graph.layers if layer.inputs]
    inputs = {name: graph.spelled(name) for name in graph.inputs}
    return FloatNetwork(graph, inputs, tuple(steps), scores, dict(factors), dict(scaled))


def _prepared(graph: Graph, types: DeclaredTypes) -> Graph:
    """The graph after the passes before ``quantize``, with normalizations folded and factors as they will be."""
    options = pass_options(graph, types)
    for step in PIPELINE:
        if step.__name__ == "fold_normalization":
            break
        graph = step(graph, options)

    def takes(layer: Layer) -> bool:
        kernel = layer.constants().get("kernel")
        declared = "kernel" in options.constants.get(layer.name, {})
        return declared or (isinstance(kernel, Parameter) and kernel.is_float)

    folded = folded_floats(graph, takes, lambda layer: bool(options.constants.get(layer.name)))
    return balance(folded, options)


def _rounded(graph: Graph) -> dict[str, bool]:
    """Layers whose results get a type, and whether those address a table."""
    found: dict[str, bool] = {}
    for layer in graph.layers:
        readers = graph.consumers(layer.name)
        if not layer.exact and not (readers and all(reader.decides_at() is not None for reader in readers)):
            found.setdefault(layer.name, False)
        if layer.reads is Reads.ANY:
            continue
        for name in layer.inputs:
            for source in _computed(graph, graph.layer(name)):
                addresses = layer.reads is Reads.ADDRESS
                found[source.name] = addresses and found.get(source.name, True)
    return found


def _computed(graph: Graph, layer: Layer) -> list[Layer]:
    """Where the numbers that a layer passes on are computed; none where they have a type already."""
    if not layer.inputs or layer.decides_at() is not None:
        return []
    if layer.selects:
        return [source for name in layer.inputs for source in _computed(graph, graph.layer(name))]
    return [layer]


def _step(graph: Graph, layer: Layer, rounded: Mapping[str, bool]) -> FloatStep:
    floats = _floats(layer)
    key = graph.spelled(layer.name)
    if layer.name not in rounded:
        return FloatStep(layer, key, floats)
    owners = {end: name for name, end in graph.ends.items()}
    before = layer.name in graph.ends and graph.end_of(layer.name) != layer.name
    owner = graph.spelled(owners.get(layer.name, layer.name))
    result_key = f"{owner}{SUM}" if before else owner
    return FloatStep(layer, key, floats, result_key, rounded[layer.name], _is_unsigned(graph, layer))


def _floats(layer: Layer) -> dict[str, Reals]:
    """Constants without exact codes; with those of a kernel, a bias that the file does not quantize either."""
    parts = {part: constant for part, constant in layer.constants().items() if isinstance(constant, Parameter)}
    kinds = {type(constant.quantizer) for constant in parts.values() if constant.is_float}
    return {part: constant.values for part, constant in parts.items() if type(constant.quantizer) in kinds}


def _is_unsigned(graph: Graph, layer: Layer) -> bool:
    """Whether no result is negative, for numbers of any sign and size."""
    shapes = graph.shapes()
    rng = np.random.default_rng(1)
    sizes = _REACH ** rng.uniform(-1, 1, (_PROBES, 1))
    probes = [
        (rng.standard_normal((_PROBES, int(np.prod(shapes[name])))) * sizes).reshape(_PROBES, *shapes[name])
        for name in layer.inputs
    ]
    with np.errstate(over="ignore"):
        return bool(layer.on_reals(probes).min() >= 0)
