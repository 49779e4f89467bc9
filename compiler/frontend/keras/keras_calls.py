"""A layer of a Keras model file and the calls that connect it with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError

_CONSTANT = "_CONSTANT_VALUE"  # of tf-keras, in place of a layer
_SECOND = ("y", "b")  # keywords of tf-keras for the second operand
_DENSE = ("Dense", "QDense", "QDenseBatchnorm", "QBatchNormDense", "HDense")
_ACTIVATIONS = ("Activation", "QActivation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "QSoftmax")
_QUANTIZERS = ("Quantizer", "FixedPointQuantizer", "HQuantize", "QUnaryFunctionLUT", "UnaryLUT")
_SHAPE_KEPT = (*_ACTIVATIONS, *_QUANTIZERS, "Dropout", "BatchNormalization", "QBatchNormalization")
_OF_TENSORS = ("inputs", "x", "query", "value", "key")  # keywords that pass tensors, in the order of the arguments


@dataclass(frozen=True)
class LayerRecord:
    """One use of a layer of a model file.

    Attributes:
        name: Name in the file, any text; made unique if the layer is used several times or another has the same name.
        class_name: Class without its package.
        config: Attributes; untrusted.
        inputs: Names of the layers that it reads, in the order of its arguments.
        build_shape: Input shape that Keras recorded, if any; untrusted.
        hgq: Version of HGQ that defines the class; 0 for classes of Keras and QKeras.
        path: Names of the models that contain the layer, and its own in the file; finds its weights.
        operation: The operation on tensors that it stands for, or ``None``.
        operands: The arguments of an operation; ``None`` for a tensor.
        keywords: Its other arguments; untrusted.
    """

    name: str
    class_name: str
    config: dict[str, Any]
    inputs: tuple[str, ...] = ()
    build_shape: Any = None
    hgq: int = 0
    path: tuple[str, ...] = ()
    operation: str | None = None
    operands: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The layer's name in error messages."""
        return f"{self.name} ({self.class_name})"

    def plain_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        """Shape of its output where ``units`` or its class alone determines it, read or not; ``None`` elsewhere."""
        if len(shapes) != 1 or not shapes[0]:
            return None
        if self.class_name in _SHAPE_KEPT:
            return shapes[0]
        units = self.config.get("units")
        if self.class_name not in _DENSE or not isinstance(units, int) or not 0 < units <= limits.TENSOR_ELEMENTS:
            return None
        return (*shapes[0][:-1], units)


@dataclass(frozen=True)
class Reference:
    """A tensor that a call reads.

    Attributes:
        layer: Name of the layer that writes it.
        call: Which of its calls.
        tensor: Which of the outputs of the call.
    """

    layer: str
    call: int
    tensor: int


@dataclass(frozen=True)
class Call:
    """One call of a layer.

    Attributes:
        reads: The tensors that it reads.
        operands: For operations: positional arguments; ``None`` for a tensor.
        keywords: For operations: all others.
    """

    reads: tuple[Reference, ...]
    operands: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)


def calls(subject: str, nodes: Any, operation: bool) -> list[Call]:
    """What each call of a layer reads.

    Args:
        subject: The layer, for errors.
        nodes: Its ``inbound_nodes``; untrusted.
        operation: Whether it is an operation, which may have constants as arguments.

    Raises:
        ModelError: If they cannot be read, or a call has arguments that are not supported.
    """
    if nodes is None:
        return []
    if not isinstance(nodes, list):
        _damaged(subject)
    if operation:
        return [_operation(subject, node) for node in nodes]
    return [Call(_call(subject, node)) for node in nodes]


def _operation(subject: str, node: Any) -> Call:
    """A call with constants: of Keras 3, or of tf-keras, where each tensor has the keywords, which may be tensors."""
    node = [node] if isinstance(node, list) and node and isinstance(node[0], str) else node
    reads: list[Reference] = []
    operands: list[Any] = []
    keywords: dict[str, Any] = {}
    if isinstance(node, dict) and isinstance(node.get("args"), list) and isinstance(node.get("kwargs", {}), dict):
        listed = [item for arg in node["args"] for item in (arg if _all_tensors(arg) else [arg])]
        found = [(item["config"].get("keras_history") if _is_tensor(item) else None, item) for item in listed]
        keywords = {key: value for key, value in node.get("kwargs", {}).items() if value is not None}
    elif isinstance(node, list) and node and all(isinstance(part, list) and len(part) >= 3 for part in node):
        found = [(None, part[2]) if part[0] == _CONSTANT else (part[:3], None) for part in node]
        keywords = dict(node[0][3]) if len(node[0]) > 3 and isinstance(node[0][3], dict) else {}
        for key in [key for key in _SECOND if key in keywords]:
            value = keywords.pop(key)
            found.append((value, None) if _is_history(value) else (None, value))
    else:
        _damaged(subject)
    for history, constant in found:
        if history is not None:
            reads.append(reference(subject, history))
        operands.append(None if history is not None else constant)
    return Call(tuple(reads), tuple(operands), keywords)


def reference(subject: str, history: Any) -> Reference:
    """``[layer, call, tensor]``."""
    if not isinstance(history, list) or len(history) != 3 or not isinstance(history[0], str):
        _damaged(subject)
    if any(type(index) is not int or index < 0 for index in history[1:]):
        _damaged(subject)
    return Reference(*history)


def _call(subject: str, node: Any) -> tuple[Reference, ...]:
    if isinstance(node, dict):
        return _keras3_call(subject, node)
    if not isinstance(node, list) or not node:
        _damaged(subject)
    found = node if all(isinstance(part, list) for part in node) else [node]
    for part in found:
        if len(part) > 3:
            _check_keywords(subject, part[3])
    return tuple(reference(subject, part[:3]) for part in found)


def _keras3_call(subject: str, node: dict[str, Any]) -> tuple[Reference, ...]:
    arguments, keywords = node.get("args"), node.get("kwargs", {})
    if not isinstance(arguments, list) or not isinstance(keywords, dict):
        _damaged(subject)
    named = [keywords[key] for key in _OF_TENSORS if _is_tensor(keywords.get(key))]
    _check_keywords(
        subject, {k: value for k, value in keywords.items() if k not in _OF_TENSORS or not _is_tensor(value)}
    )
    if not arguments and not named:
        _damaged(subject)
    tensors = [tensor for item in (*arguments, *named) for tensor in (item if isinstance(item, list) else [item])]
    found = []
    for tensor in tensors:
        if not _is_tensor(tensor):
            problem = "is called with something that is not a tensor, which is not supported"
            raise ModelError(subject, f"{problem}; put constants into a layer, such as BatchNormalization")
        found.append(reference(subject, tensor["config"].get("keras_history")))
    return tuple(found)


def _all_tensors(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_tensor(item) for item in value)


def _is_history(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)


def _is_tensor(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("class_name") == "__keras_tensor__"
        and isinstance(value.get("config"), dict)
    )


def _check_keywords(subject: str, keywords: Any) -> None:
    """Only keywords that change nothing at inference may be passed in a call."""
    if not isinstance(keywords, dict):
        _damaged(subject)
    for key, value in keywords.items():
        if value is not None and not (key == "training" and value is False):
            raise ModelError(subject, f"is called with {key}, which is not supported")


def _damaged(subject: str) -> NoReturn:
    raise ModelError(subject, "its inbound_nodes cannot be read; the model file is damaged")
