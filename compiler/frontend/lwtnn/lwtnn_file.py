"""An lwtnn file as inputs, layers and nodes, every number checked.

Source: lwtnn at 4e26705, ``src/parse_json.cxx``; scripts ``kerasfunc2json.py`` and ``keras2json.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError, raise_all

Reals = NDArray[np.float64]
_Part = TypeVar("_Part")

ACTIVATIONS = {
    "linear": None,
    "rectified": "Relu",
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "softmax": "Softmax",
    "tanh": "Tanh",
    "hard_sigmoid": "HardSigmoid",
    "elu": "Elu",
    "leakyrelu": "LeakyRelu",
    "swish": "Swish",
    "abs": "Abs",
}
_PARAMETERS = ("leakyrelu",)  # which has no default
_REFUSED = ("maxout", "highway", "lstm", "gru", "simplernn", "conv1d", "embedding")


@dataclass(frozen=True, eq=False)
class LwtnnInput:
    """Variables of one input; ``x' = (x + offset) * scale``.

    Attributes:
        name: Name of the node.
        offsets: One per variable.
        scales: One per variable.
    """

    name: str
    offsets: Reals
    scales: Reals


@dataclass(frozen=True, eq=False)
class LwtnnLayer:
    """One layer.

    Attributes:
        kind: ``dense`` or ``normalization``.
        weights: Row-major, outputs first.
        bias: One per output.
        activation: An operation of ONNX, or ``None``.
        alpha: Parameter of the activation.
    """

    kind: str
    weights: Reals
    bias: Reals
    activation: str | None
    alpha: float


@dataclass(frozen=True)
class LwtnnNode:
    """One node of the graph.

    Attributes:
        kind: As spelled in the file.
        sources: Nodes that it reads; for an input, its number.
        layer: Number of its layer, or -1.
    """

    kind: str
    sources: tuple[int, ...]
    layer: int


@dataclass(frozen=True, eq=False)
class LwtnnFile:
    """A file; a sequential one is a chain of nodes.

    Attributes:
        inputs: In order.
        layers: In order.
        nodes: In any order.
        outputs: Node of every output, by name.
    """

    inputs: tuple[LwtnnInput, ...]
    layers: tuple[LwtnnLayer, ...]
    nodes: tuple[LwtnnNode, ...]
    outputs: Mapping[str, int]


def is_lwtnn(description: Mapping[str, Any]) -> bool:
    """Whether a JSON object is an lwtnn file."""
    return "class_name" not in description and {"inputs", "layers", "outputs"} <= description.keys()


def parse_lwtnn(subject: str, description: Mapping[str, Any]) -> LwtnnFile:
    """The contents of an lwtnn file.

    Raises:
        ModelError: If it is damaged, or has layers that are not supported.
    """
    reader = _Parser(subject)
    stored = reader.items(description, "layers")
    if not 0 < len(stored) <= limits.LAYERS:
        raise ModelError(subject, "has no layers, or too many")
    problems: list[ModelError] = []
    layers = _each(reader.layer, stored, problems)
    if "nodes" not in description:
        raise_all(problems)
        variables = reader.variables("inputs", reader.items(description, "inputs"))
        chain = [LwtnnNode("input", (0,), -1)]
        chain += [LwtnnNode("feed_forward", (index,), index) for index in range(len(layers))]
        return LwtnnFile((variables,), layers, tuple(chain), {"output": len(layers)})
    if reader.items(description, "input_sequences"):
        raise ModelError(subject, "has input_sequences, which are not supported; use Keras")
    inputs = tuple(
        reader.variables(reader.text(one, "name"), reader.items(one, "variables"))
        for one in reader.items(description, "inputs")
    )
    nodes = _each(reader.node, reader.items(description, "nodes"), problems)
    raise_all(problems)
    ends = description["outputs"]
    if not isinstance(ends, dict) or not ends:
        raise reader.damaged("its outputs are not named")
    outputs = {name: reader.index(end, "node_index", len(nodes)) for name, end in ends.items()}
    return LwtnnFile(inputs, layers, nodes, outputs)


def _each(read: Callable[[int, Any], _Part], stored: Sequence[Any], problems: list[ModelError]) -> tuple[_Part, ...]:
    """All parts of a list; those that are refused are added to the problems instead."""
    found = []
    for index, part in enumerate(stored):
        try:
            found.append(read(index, part))
        except ModelError as error:
            problems.append(error)
    return tuple(found)


@dataclass(frozen=True)
class _Parser:
    """Reads parts of one file.

    Attributes:
        subject: Name of the file, for errors.
    """

    subject: str

    def damaged(self, what: str) -> ModelError:
        return ModelError(self.subject, f"{what}; the model file is damaged")

    def items(self, part: Any, key: str) -> Sequence[Any]:
        value = part.get(key, []) if isinstance(part, dict) else None
        if not isinstance(value, list):
            raise self.damaged(f"{key} is not a list")
        return value

    def text(self, part: Any, key: str) -> str:
        value = part.get(key) if isinstance(part, dict) else None
        if not isinstance(value, str) or not value:
            raise self.damaged(f"{key} is not a name")
        return value

    def index(self, part: Any, key: str, count: int) -> int:
        value = part.get(key) if isinstance(part, dict) else None
        if type(value) is not int or not 0 <= value < count:
            raise self.damaged(f"{key} {value!r} is not a number from 0 to {count - 1}")
        return value

    def reals(self, values: Any, what: str) -> Reals:
        plain = isinstance(values, list) and all(type(value) in (int, float) for value in values)
        if not plain or not all(math.isfinite(value) for value in values):
            raise self.damaged(f"{what} is not a list of finite numbers")
        return np.array(values, np.float64)

    def variables(self, name: str, stored: Sequence[Any]) -> LwtnnInput:
        if not stored or not all(isinstance(one, dict) for one in stored):
            raise self.damaged(f"input {name!r} has no variables")
        offsets = self.reals([one.get("offset", 0) for one in stored], "offset")
        return LwtnnInput(name, offsets, self.reals([one.get("scale", 1) for one in stored], "scale"))

    def layer(self, index: int, stored: Any) -> LwtnnLayer:
        kind = self.text(stored, "architecture")
        subject = f"layer_{index} ({kind})"
        if kind in _REFUSED:
            raise ModelError(subject, "is not supported in lwtnn files; use the Keras model")
        if kind not in ("dense", "normalization"):
            raise ModelError(subject, "is not an architecture of lwtnn; the model file is damaged")
        weights = self.reals(stored.get("weights", []), f"weights of {subject}")
        bias = self.reals(stored.get("bias", []), f"bias of {subject}")
        chosen = stored.get("activation", "linear")
        alpha = 1.0
        given = isinstance(chosen, dict) and "alpha" in chosen
        if isinstance(chosen, dict):
            (alpha,) = self.reals([chosen.get("alpha", 1.0)], "alpha").tolist()
            chosen = chosen.get("function")
        word = str(chosen).removesuffix("_legacy")
        if word in _PARAMETERS and not given:
            raise ModelError(subject, f'activation has no alpha; write {{"function": "{word}", "alpha": NUMBER}}')
        if word not in ACTIVATIONS:
            raise ModelError(subject, f"activation {chosen!r} is not supported; use {', '.join(ACTIVATIONS)}")
        if weights.size + bias.size > limits.TENSOR_ELEMENTS:
            raise ModelError(subject, f"has more than {limits.TENSOR_ELEMENTS} weights")
        return LwtnnLayer(kind, weights, bias, ACTIVATIONS[word], alpha)

    def node(self, index: int, stored: Any) -> LwtnnNode:
        kind = self.text(stored, "type")
        sources = self.items(stored, "sources")
        if not all(type(source) is int and source >= 0 for source in sources):
            raise self.damaged(f"sources of node {index} are not numbers")
        if kind in ("input_sequence", "sequence", "time_distributed", "sum"):
            raise ModelError(f"node {index} ({kind})", "is not supported; use the Keras model")
        if kind not in ("input", "feed_forward", "concatenate", "add"):
            raise ModelError(f"node {index} ({kind})", "is not a node of lwtnn; the model file is damaged")
        layer = stored.get("layer_index", -1)
        return LwtnnNode(kind, tuple(sources), layer if type(layer) is int else -1)
