"""From an lwtnn file to a graph: the file becomes nodes like those of an ONNX file; its types come from design.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from bxnn.compiler.errors import ModelError, all_of
from bxnn.compiler.frontend.lwtnn.lwtnn_file import LwtnnFile, LwtnnLayer, LwtnnNode, Reals, parse_lwtnn
from bxnn.compiler.frontend.onnx.node_network import read_nodes
from bxnn.compiler.frontend.onnx.onnx_file import OnnxModel, OnnxNode
from bxnn.compiler.frontend.onnx.onnx_tensor import StoredTensor
from bxnn.compiler.frontend.onnx.outputs import check_names
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.host_quantizer import HostOperation, HostStep

_VERSION = 13
_TYPE = '"fixed<W,I,RND_CONV,SAT>"'
_FINAL = (None, "Softmax", "Sigmoid")  # activations that need no type at an output


def load_lwtnn(
    path: Path,
    description: Mapping[str, Any],
    name: str | None,
    build_name: str | None,
    types: DeclaredTypes,
) -> Graph:
    """The graph of an lwtnn file.

    Layers are called ``layer_0``, ``layer_1`` and so on, by their position in the file. Normalizations are folded into
    the dense layer that reads them, in float64, before its weights are rounded.

    Args:
        path: The file.
        description: Its contents.
        name: Name of the graph.
        build_name: Name of the build.
        types: Formats of inputs, and of kernel, bias and output of every layer.

    Raises:
        ModelError: If the file is damaged, has something that is not supported, or a type is missing; all missing ones
            together.
    """
    made = _Translation(path.name, parse_lwtnn(path.name, description), types)
    model = made.model()
    if made.problems:
        raise all_of(made.problems)
    of_layers = [f"layer_{index}{part}" for part in ("", "_sum") for index in range(len(made.file.layers))]
    check_names(types, [*made.types_of, *of_layers])
    graph = read_nodes(path, model, name, build_name, DeclaredTypes(types.inputs, made.types_of), made.steps).graph
    return replace(graph, typed=graph.typed | set(types.layers))  # names of layers with several uses, too


@dataclass
class _Translation:
    """Turns an lwtnn file into nodes.

    Attributes:
        subject: Name of the file.
        file: Its contents.
        types: Types declared in design.yaml.
        nodes: Nodes so far.
        constants: Constants so far.
        types_of: Types by tensor.
        steps: What the host computes before the quantizer of an input.
        pending: Factor and shift of a tensor, pending until a dense layer reads it.
        problems: Types found missing so far.
        sizes: Elements of every tensor.
    """

    subject: str
    file: LwtnnFile
    types: DeclaredTypes
    nodes: list[OnnxNode] = field(default_factory=list)
    constants: dict[str, StoredTensor] = field(default_factory=dict)
    types_of: dict[str, dict[str, DeclaredType]] = field(default_factory=dict)
    steps: dict[str, tuple[HostStep, ...]] = field(default_factory=dict)
    pending: dict[str, tuple[Reals, Reals]] = field(default_factory=dict)
    problems: list[ModelError] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def model(self) -> OnnxModel:
        """All nodes, in topological order."""
        inputs: dict[str, tuple[int | None, ...]] = {}
        for one in self.file.inputs:
            inputs[one.name] = (None, one.offsets.size)
            self.sizes[one.name] = one.offsets.size
            if one.name not in self.types.inputs:
                self.problems.append(_missing(one.name, "input", f"inputs: {{{one.name}: {_TYPE}}}"))
            if one.offsets.any() or (one.scales != 1).any():
                self.steps[one.name] = (
                    HostStep(HostOperation.ADD, tuple(one.offsets.tolist())),
                    HostStep(HostOperation.MULTIPLY, tuple(one.scales.tolist())),
                )
        written: dict[int, str] = {}
        for index in self._order():
            written[index] = self._node(index, self.file.nodes[index], written)
        ends: list[str] = []
        for name, index in self.file.outputs.items():
            self._add("Identity", (self._plain(written[index]),), name)
            ends.append(name)
        return OnnxModel(tuple(self.nodes), self.constants, inputs, tuple(ends))

    def _order(self) -> list[int]:
        """Nodes that outputs depend on, each after all that it reads."""
        found: list[int] = []
        state: dict[int, int] = {}  # 1: being visited, 2: done
        waiting = [(index, False) for index in reversed(list(self.file.outputs.values()))]
        while waiting:
            index, done = waiting.pop()
            if done:
                state[index] = 2
                found.append(index)
                continue
            if state.get(index) == 2:
                continue
            if index >= len(self.file.nodes) or state.get(index) == 1:
                raise ModelError(self.subject, f"node {index} is missing or reads itself; the model file is damaged")
            state[index] = 1
            node = self.file.nodes[index]
            waiting.append((index, True))
            if node.kind != "input":
                waiting += [(source, False) for source in reversed(node.sources)]
        return found

    def _node(self, index: int, node: LwtnnNode, written: Mapping[int, str]) -> str:
        """The tensor of a node."""
        if node.kind == "input":
            if not node.sources or node.sources[0] >= len(self.file.inputs):
                raise ModelError(self.subject, f"node {index} reads a missing input; the model file is damaged")
            return self.file.inputs[node.sources[0]].name
        if not node.sources:
            raise ModelError(self.subject, f"node {index} reads nothing; the model file is damaged")
        read = [written[source] for source in node.sources]
        if node.kind == "feed_forward":
            if not 0 <= node.layer < len(self.file.layers) or len(read) != 1:
                raise ModelError(self.subject, f"node {index} has no layer; the model file is damaged")
            shared = sum(other.layer == node.layer for other in self.file.nodes) > 1
            name = f"layer_{node.layer}_node_{index}" if shared else f"layer_{node.layer}"
            return self._layer(name, f"layer_{node.layer}", self.file.layers[node.layer], read[0], index)
        plain = [self._plain(tensor) for tensor in read]
        name = f"node_{index}"
        if any(name == one.name for one in self.file.inputs):  # lwtnn's converter calls inputs node_0, node_1
            name = f"{node.kind}_{index}"
        if node.kind == "concatenate":
            self.sizes[name] = sum(self.sizes[tensor] for tensor in plain)
            return self._add("Concat", tuple(plain), name, axis=1)
        self.sizes[name] = self.sizes[plain[0]]
        total = plain[0]
        for count, tensor in enumerate(plain[1:], 1):
            total = self._add("Add", (total, tensor), name if count == len(plain) - 1 else f"{name}_{count}")
        self.types_of[name] = dict(self.types.layers.get(name, {}))
        return total

    def _layer(self, name: str, spelled: str, layer: LwtnnLayer, read: str, index: int) -> str:
        """The tensor of a layer."""
        size = self.sizes[read]
        if layer.kind == "normalization":
            if not layer.weights.size == layer.bias.size == size:
                raise ModelError(spelled, f"does not fit its input of {size} numbers; the model file is damaged")
            factor, shift = self.pending.get(read, (np.ones(size), np.zeros(size)))
            alias = self._add("Identity", (read,), name)
            self.sizes[name] = size
            self.pending[alias] = (factor * layer.weights, (shift + layer.bias) * layer.weights)
            return alias
        declared = self.types.layers.get(spelled, {})
        last = index in self.file.outputs.values() and layer.activation in _FINAL
        self._check_types(spelled, layer, declared, last)
        tensor = self._plain(read) if not layer.weights.size else self._dense(name, spelled, layer, read)
        self.types_of.setdefault(name, {}).update({part: type_ for part, type_ in declared.items() if part == "output"})
        return self._activation(name, layer, tensor)

    def _dense(self, name: str, spelled: str, layer: LwtnnLayer, read: str) -> str:
        outputs, inputs, declared = layer.bias.size, self.sizes[read], self.types.layers.get(spelled, {})
        if not outputs or layer.weights.size != outputs * inputs:
            raise ModelError(name, f"has {layer.weights.size} weights; it needs {outputs} times {inputs}")
        kernel, bias = layer.weights.reshape(outputs, inputs), layer.bias
        if read in self.pending:
            factor, shift = self.pending[read]
            kernel, bias = kernel * factor, bias + kernel @ shift
        own = name if layer.activation is None else f"{name}_sum"
        self.sizes[own] = outputs
        self.types_of[own] = {part: declared[part] for part in ("kernel", "bias") if part in declared}
        if own != name:  # the sum before an activation may have a type, too: of all uses of a layer, or of one
            self.types_of[own] |= {**self.types.layers.get(f"{spelled}_sum", {}), **self.types.layers.get(own, {})}
        stored = (self._constant(f"{own}.kernel", kernel), self._constant(f"{own}.bias", bias))
        return self._add("Gemm", (read, *stored), own, transB=1)

    def _activation(self, name: str, layer: LwtnnLayer, tensor: str) -> str:
        self.sizes[name] = self.sizes[tensor]
        if layer.activation is None:
            return tensor if tensor == name else self._add("Identity", (tensor,), name)
        if layer.activation == "Swish":
            return self._swish(name, layer.alpha, tensor)
        attributes: dict[str, Any] = {}
        if layer.activation in ("Elu", "LeakyRelu"):
            attributes["alpha"] = layer.alpha
        elif layer.activation == "HardSigmoid":
            attributes |= {"alpha": 0.2, "beta": 0.5}
        return self._add(layer.activation, (tensor,), name, **attributes)

    def _swish(self, name: str, alpha: float, tensor: str) -> str:
        """``x * sigmoid(alpha * x)``: that of ``alpha * x``, divided by alpha."""
        if alpha != 1:
            factor = self._constant(f"{name}.alpha", np.array(alpha))
            tensor = self._add("Mul", (tensor, factor), f"{name}_steeper")
        gate = self._add("Sigmoid", (tensor,), f"{name}_gate")
        if alpha == 1:
            return self._add("Mul", (tensor, gate), name)
        return self._add("Div", (self._add("Mul", (tensor, gate), f"{name}_swish"), factor), name)

    def _check_types(self, spelled: str, layer: LwtnnLayer, declared: Mapping[str, DeclaredType], last: bool) -> None:
        """Record the types that a layer needs and does not have."""
        parts = ("kernel", "bias") if layer.weights.size else ()
        wanted = [part for part in (*parts, *(() if last else ("output",))) if part not in declared]
        if wanted:
            listed = ", ".join(f"{part}: {_TYPE}" for part in wanted)
            self.problems.append(_missing(spelled, "dense", f"layers: {{{spelled}: {{{listed}}}}}"))

    def _plain(self, tensor: str) -> str:
        """A tensor without a pending normalization."""
        if tensor not in self.pending:
            return tensor
        factor, shift = self.pending[tensor]
        scaled = self._add("Mul", (tensor, self._constant(f"{tensor}.factor", factor)), f"{tensor}_scaled")
        name = self._add("Add", (scaled, self._constant(f"{tensor}.shift", shift)), f"{tensor}_normalized")
        self.sizes[name] = self.sizes[tensor]
        return name

    def _constant(self, name: str, values: Reals) -> str:
        self.constants[name] = StoredTensor(values, "float64")
        return name

    def _add(self, operation: str, inputs: tuple[str, ...], output: str, **attributes: Any) -> str:
        self.nodes.append(OnnxNode(operation, "", inputs, (output,), attributes, _VERSION))
        return output


def _missing(name: str, kind: str, way_out: str) -> ModelError:
    return ModelError(
        f"{name} ({kind})",
        f"has no number format, as lwtnn files have none; declare it in design.yaml: {way_out}",
    )
