"""A layer of a Keras model file and the layers that it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from bxnn.compiler.errors import ModelError


@dataclass(frozen=True)
class LayerRecord:
    """One layer of a model file.

    Attributes:
        name: Name in the file, any text.
        class_name: Class without its package.
        config: Attributes; untrusted.
        inputs: Names of the layers that it reads, in the order of its arguments.
        build_shape: Input shape that Keras recorded, if any; untrusted.
        hgq: Version of HGQ that defines the class; 0 for classes of Keras and QKeras.
    """

    name: str
    class_name: str
    config: dict[str, Any]
    inputs: tuple[str, ...] = ()
    build_shape: Any = None
    hgq: int = 0

    @property
    def subject(self) -> str:
        """The layer's name in error messages."""
        return f"{self.name} ({self.class_name})"


def inbound(record: LayerRecord, nodes: Any) -> tuple[str, ...]:
    """Names of the layers that a layer reads, from its only call."""
    if nodes is None or nodes == []:
        return ()
    if not isinstance(nodes, list):
        _damaged_call(record)
    if len(nodes) > 1:
        raise ModelError(
            record.subject,
            f"is used {len(nodes)} times; shared layers are not supported, use one layer per call",
        )
    node = nodes[0]
    if isinstance(node, dict):
        return _inbound_keras3(record, node)
    if not isinstance(node, list) or not node:
        _damaged_call(record)
    calls = node if all(isinstance(call, list) for call in node) else [node]
    for call in calls:
        if len(call) > 3:
            _check_keywords(record, call[3])
    return tuple(_tensor_name(record, call[:3]) for call in calls)


def _inbound_keras3(record: LayerRecord, node: dict[str, Any]) -> tuple[str, ...]:
    _check_keywords(record, node.get("kwargs", {}))
    arguments = node.get("args")
    if not isinstance(arguments, list) or not arguments:
        _damaged_call(record)
    tensors = [tensor for item in arguments for tensor in (item if isinstance(item, list) else [item])]
    names = []
    for tensor in tensors:
        inner = tensor.get("config") if isinstance(tensor, dict) else None
        if not isinstance(inner, dict) or tensor.get("class_name") != "__keras_tensor__":
            problem = "is called with something that is not a tensor, which is not supported"
            raise ModelError(record.subject, f"{problem}; put constants into a layer, such as BatchNormalization")
        names.append(_tensor_name(record, inner.get("keras_history")))
    return tuple(names)


def _check_keywords(record: LayerRecord, keywords: Any) -> None:
    """Only keywords that change nothing at inference may be passed in a call."""
    if not isinstance(keywords, dict):
        _damaged_call(record)
    for key, value in keywords.items():
        if value is not None and not (key == "training" and value is False):
            raise ModelError(record.subject, f"is called with {key}, which is not supported")


def _tensor_name(record: LayerRecord, history: Any) -> str:
    """``[layer, node, tensor]`` as the name of the layer."""
    if not isinstance(history, list) or len(history) != 3 or not isinstance(history[0], str):
        _damaged_call(record)
    if any(type(index) is not int or index != 0 for index in history[1:]):
        raise ModelError(record.subject, f"reads output {history[1:]} of {history[0]!r}; only the first is supported")
    return str(history[0])


def _damaged_call(record: LayerRecord) -> NoReturn:
    raise ModelError(record.subject, "its inbound_nodes cannot be read; the model file is damaged")
