"""From nodes, one after another, to a network: values of all tensors, problems collected."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError, all_of
from bxnn.compiler.frontend.names import graph_name, printable
from bxnn.compiler.frontend.onnx.float_layers import FloatLayers
from bxnn.compiler.frontend.onnx.host_inputs import declared_host
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.node_reader import FollowsError, NodeReader
from bxnn.compiler.frontend.onnx.onnx_file import OnnxModel, OnnxNode
from bxnn.compiler.frontend.onnx.onnx_operations import read_node
from bxnn.compiler.frontend.onnx.onnx_reading import OnnxReading
from bxnn.compiler.frontend.onnx.outputs import check_names, declared, finished, named
from bxnn.compiler.frontend.onnx.values import Constant, HostInput, Refused, Value, Wire
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.real_scale import RealScale
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.numeric.host_quantizer import HostStep

NO_STEPS: Mapping[str, tuple[HostStep, ...]] = MappingProxyType({})
_DAMAGE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def read_nodes(
    path: Path,
    model: OnnxModel,
    name: str | None,
    build_name: str | None,
    types: DeclaredTypes,
    host: Mapping[str, tuple[HostStep, ...]] = NO_STEPS,
    floats: bool = False,
) -> OnnxReading:
    """The network of nodes that were read from a file.

    Args:
        path: The file.
        model: Its contents.
        name: Name of the graph.
        build_name: Name of the build.
        types: Types declared in design.yaml.
        host: What the host computes, in float64, before it rounds an input to its declared type.
        floats: Whether weights stay floats, and inputs without a format.

    Raises:
        ModelError: As ``load_onnx``.
    """
    reading = _Reading(path.name, model, types, host, FloatLayers() if floats else Network())
    return reading.read(lambda taken: name or graph_name(path, build_name, taken))


_Result = TypeVar("_Result")


@dataclass
class _Reading:
    """Makes a network from a file.

    Attributes:
        file: Its name, for errors.
        model: Its contents.
        types: Types declared in design.yaml.
        host: What the host computes before it rounds an input to its declared type.
        network: Layers so far.
        values: Values of all tensors so far, by name in the file.
        problems: Refusals so far.
        readers: Number of readers of every tensor.
    """

    file: str
    model: OnnxModel
    types: DeclaredTypes
    host: Mapping[str, tuple[HostStep, ...]]
    network: Network = field(default_factory=Network)
    values: dict[str, Value] = field(default_factory=dict)
    problems: list[ModelError] = field(default_factory=list)
    readers: Counter[str] = field(default_factory=Counter)

    def read(self, called: Callable[[list[str]], str]) -> OnnxReading:
        """The network, named by a function of the names of its layers."""
        for stored in self.model.constants.items():
            self.values[stored[0]] = Constant(stored[1].values, kind=stored[1].kind)
        for name, shape in self.model.inputs.items():
            self.values[name] = self._input(name, shape)
        for node in self.model.nodes:
            self._node(node)
        scales: dict[str, RealScale] = {}
        ends: dict[str, str] = {}
        used: set[str] = set()
        for name in self.model.outputs:
            if isinstance(self.values.get(name), Refused):
                continue
            found = self._checked(lambda end=name: finished(self.network, end, self._output(end), scales, used))  # type: ignore[misc]
            if found is not None:
                ends[name] = found
        if self.problems:
            raise all_of(self.problems)
        check_names(self.types, [name for node in self.model.nodes for name in node.outputs])
        if not ends:
            raise ModelError(self.file, "has no output; the model file is damaged")
        return self._graph(called, ends, scales)

    def _checked(self, make: Callable[[], _Result]) -> _Result | None:
        """The result of a step; ``None`` if it is refused, which is recorded."""
        try:
            return make()
        except ModelError as error:
            self.problems.append(error)
        return None

    def _input(self, name: str, shape: tuple[int | None, ...]) -> Value:
        """An input of the network, without a quantizer unless design.yaml declares one."""
        spelled = printable(name)
        sizes = shape[1:]
        if len(shape) < 2 or not all(size is not None and size > 0 for size in sizes):
            shown = ", ".join("?" if size is None else str(size) for size in shape)
            self.problems.append(
                ModelError(spelled, f"input of shape ({shown}) is not fixed; give every size but the batch size")
            )
            return Refused()
        fixed = tuple(size for size in sizes if size is not None)
        if math.prod(fixed) > limits.TENSOR_ELEMENTS:
            problem = f"input of shape {fixed} has more than {limits.TENSOR_ELEMENTS} elements"
            self.problems.append(ModelError(spelled, problem))
            return Refused()
        order = np.arange(math.prod(fixed)).reshape(fixed)
        quantizer = self.types.inputs.get(name)
        if quantizer is None and self.network.floats:
            return Wire(self.network.add(name, lambda own: Input(own, (), fixed)), order)
        if quantizer is None:
            return HostInput(name, fixed, order)
        port = declared_host(spelled, quantizer.host(f"inputs: {spelled}", fixed), self.host.get(name, ()))
        layer = self.network.add(name, lambda own: Input(own, (), fixed, port))
        return Wire(layer, order)

    def _node(self, node: OnnxNode) -> None:
        """Read one node; if it is refused, so is what it writes."""
        values: list[Value | None] = []
        for name in node.inputs:
            if name and name not in self.values:
                self.problems.append(
                    ModelError(node.subject, f"reads {printable(name)!r}, which nothing writes before")
                )
                self.values.update(dict.fromkeys(node.outputs, Refused()))
                return
            values.append(self.values[name] if name else None)
        if not node.outputs:
            return
        self.values.update(dict.fromkeys(node.outputs, Refused()))
        try:
            found = self._checked(lambda: self._read(node, tuple(values)))
        except FollowsError:
            return
        if found is not None:
            several = found if isinstance(found, tuple) else (found,)
            self.values.update(zip(node.outputs, several, strict=False))

    def _read(self, node: OnnxNode, values: tuple[Value | None, ...]) -> Value | tuple[Value, ...]:
        """The value that a node writes, rounded to the type that design.yaml declares for it."""
        name = node.outputs[0]
        types = self.types.layers.get(name, {})
        try:
            with np.errstate(all="ignore"):  # what is not finite is refused where it matters
                found = read_node(NodeReader(node, self.network, values, self._alone(node), self._batch, types))
                found = self.network.written(found, name, node.subject)
            if isinstance(found, Wire) and "output" in types:
                found = declared(self.network, name, found, types["output"].whole)
        except _DAMAGE as error:
            problem = f"cannot be read ({type(error).__name__}: {error}); the model file is damaged"
            raise ModelError(node.subject, problem) from error
        if isinstance(found, Constant) and not np.isfinite(found.values).all():
            raise ModelError(node.subject, "results in numbers that are not finite; the model file is damaged")
        if isinstance(found, Wire | HostInput) and found.order.size > limits.TENSOR_ELEMENTS:
            raise ModelError(node.subject, f"has more than {limits.TENSOR_ELEMENTS} elements")
        return found

    @property
    def _batch(self) -> int:
        """The size of the batch that all inputs have, or 1."""
        sizes = {shape[0] if shape else None for shape in self.model.inputs.values()}
        return (sizes.pop() if len(sizes) == 1 else None) or 1

    def _alone(self, node: OnnxNode) -> tuple[bool, ...]:
        """Whether nothing else reads each of the inputs of a node."""
        if not self.readers:
            self.readers.update(name for other in self.model.nodes for name in other.inputs)
            self.readers.update(self.model.outputs)
        return tuple(self.readers[name] == 1 for name in node.inputs)

    def _output(self, name: str) -> Value:
        """The value of an output.

        Raises:
            ModelError: If nothing writes it.
        """
        if name not in self.values:
            raise ModelError(printable(name), "is an output that nothing writes; the model file is damaged")
        return self.values[name]

    def _graph(
        self, called: Callable[[list[str]], str], ends: Mapping[str, str], scales: Mapping[str, RealScale]
    ) -> OnnxReading:
        """The graph: inputs first, unread layers left out, outputs under their names."""
        network = self.network
        taken = {layer.name for layer in network.layers if isinstance(layer, Input)}
        outputs, renamed = named(network, ends, taken)
        read = set(outputs)
        for layer in reversed(network.layers):
            if layer.name in read:
                read.update(layer.inputs)
        kept = [layer for layer in network.layers if layer.name in read]
        fed = {network.spelled.get(layer.name, layer.name) for layer in kept if isinstance(layer, Input)}
        missing = [name for name in self.model.inputs if printable(name) not in fed]
        if missing:
            raise ModelError(printable(missing[0]), "is an input that no output depends on; remove it")
        layers = [replace(layer, name=renamed.get(layer.name, layer.name)).reading(renamed) for layer in kept]
        inputs = [layer for layer in layers if isinstance(layer, Input)]
        order = {printable(name): place for place, name in enumerate(self.model.inputs)}
        inputs.sort(key=lambda layer: order[network.spelled.get(layer.name, layer.name)])
        rest: list[Layer] = [layer for layer in layers if not isinstance(layer, Input)]
        graph = Graph(
            called([layer.name for layer in layers]),
            (*inputs, *rest),
            tuple(renamed.get(name, name) for name in outputs),
            tuple(network.notices),
            {renamed.get(name, name): spelled for name, spelled in network.spelled.items() if name not in renamed},
            {renamed.get(name, name): scale for name, scale in scales.items()},
            typed=frozenset(self.types.layers),
        )
        wires = {name: value for name, value in self.values.items() if isinstance(value, Wire)}
        return OnnxReading(graph, {n: replace(w, layer=renamed.get(w.layer, w.layer)) for n, w in wires.items()})
