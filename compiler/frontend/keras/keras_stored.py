"""The layers of a Keras model as the file stores them: every layer once, models inside models as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError, all_of
from bxnn.compiler.frontend.hgq.hgq1_layers import check_hgq1_layer, is_hgq1
from bxnn.compiler.frontend.hgq.hgq_layers import check_hgq_layer, is_hgq
from bxnn.compiler.frontend.keras.bidirectional import BIDIRECTIONAL, as_model
from bxnn.compiler.frontend.keras.keras_class import class_name_of, refuse_code
from bxnn.compiler.frontend.keras.keras_operations import operation_of
from bxnn.compiler.frontend.keras.keras_refusals import check_layer

MODELS = ("Sequential", "Functional", "Model")
_WRAPPER = "TimeDistributed"
# What is the same for every step of a sequence as for the sequence: it acts on single elements or on the last axis.
_PER_STEP = (
    *("Dense", "QDense", "EinsumDense", "BatchNormalization", "QBatchNormalization", "Dropout"),
    *("Activation", "QActivation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"),
)


@dataclass(frozen=True)
class StoredLayer:
    """One layer of a file.

    Attributes:
        name: Name in the file, any text.
        class_name: Class without its package; for a layer in a TimeDistributed, that of the layer inside.
        config: Attributes; untrusted.
        build_shape: Input shape that Keras recorded, if any; untrusted.
        hgq: Version of HGQ that defines the class; 0 for classes of Keras and QKeras.
        operation: The operation on tensors that it stands for, or ``None``.
        nodes: Its calls; untrusted.
        model: The layers inside, if it is a model.
        stored_class: Class by which its weights are counted.
    """

    name: str
    class_name: str
    config: dict[str, Any]
    build_shape: Any
    hgq: int
    operation: str | None
    nodes: Any
    model: StoredModel | None
    stored_class: str

    @property
    def subject(self) -> str:
        """The layer's name in error messages."""
        return f"{self.name} ({self.class_name})"


@dataclass(frozen=True)
class StoredModel:
    """A Sequential or functional model.

    Attributes:
        sequential: Whether it is a chain.
        layers: Its layers in the order of the file, by which weights are numbered.
        config: Its other attributes; untrusted.
    """

    sequential: bool
    layers: tuple[StoredLayer, ...]
    config: Mapping[str, Any]


def stored_model(subject: str, description: Mapping[str, Any]) -> StoredModel:
    """The layers of a model and of the models inside it.

    Args:
        subject: Name of the file or of the model, for errors about the whole.
        description: ``{"class_name": ..., "config": ...}``; untrusted.

    Raises:
        ModelError: If it is not a model, or holds layers that are not supported, which are reported together.
    """
    kind, config = description.get("class_name"), description.get("config")
    if not isinstance(kind, str) or kind not in MODELS:
        raise ModelError(subject, f"describes a {kind!r}; only Sequential and functional Keras models are supported")
    stored = config.get("layers") if isinstance(config, dict) else config
    if not isinstance(stored, list) or not 0 < len(stored) <= limits.LAYERS:
        raise ModelError(subject, "describes a model without layers")
    layers: list[StoredLayer] = []
    problems: list[ModelError] = []
    for item in stored:
        try:
            layers.append(_stored_layer(subject, item))
        except ModelError as error:
            problems.append(error)
    if problems:
        raise all_of(problems)
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise ModelError(layer.subject, "another layer has the same name; the model file is damaged")
        seen.add(layer.name)
    if kind != "Sequential" and not isinstance(config, dict):
        raise ModelError(subject, "its config is not an object; the model file is damaged")
    return StoredModel(kind == "Sequential", tuple(layers), config if isinstance(config, dict) else {})


def _stored_layer(subject: str, item: Any) -> StoredLayer:
    config = item.get("config") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(item.get("class_name"), str):
        raise ModelError(subject, "one of its layers has no class_name or config; the model file is damaged")
    if isinstance(config, list) and item["class_name"] in MODELS:  # Keras 2.2 and older
        config = {"name": item.get("name"), "layers": config}
    if not isinstance(config, dict):
        raise ModelError(subject, "one of its layers has no class_name or config; the model file is damaged")
    name = config.get("name", item.get("name"))
    if not isinstance(name, str) or not name:
        raise ModelError(subject, f"a layer of class {item['class_name']!r} has no name; the model file is damaged")
    stored_class = kind = class_name_of(name, item)
    refuse_code(f"{name} ({kind})", config)
    model = operation = None
    hgq = 0
    if kind in BIDIRECTIONAL:
        config = as_model(f"{name} ({kind})", {**config, "name": name})
        model = stored_model(f"{name} ({kind})", {"class_name": "Functional", "config": config})
    elif kind in MODELS or "layers" in config:
        model = stored_model(f"{name} ({kind})", {"class_name": kind, "config": config})
    else:
        if kind == _WRAPPER:
            kind, config, item = _inside(name, config, item)
        operation = operation_of(kind, item)
        hgq = _checked(f"{name} ({kind})", kind, item) if operation is None else 0
    build = item.get("build_config")
    shape = build.get("input_shape") if isinstance(build, dict) else None
    return StoredLayer(name, kind, config, shape, hgq, operation, item.get("inbound_nodes"), model, stored_class)


def _inside(name: str, config: dict[str, Any], item: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Class, attributes and description of the layer in a TimeDistributed, under the wrapper's name."""
    subject, inner = f"{name} ({_WRAPPER})", config.get("layer")
    if not isinstance(inner, dict) or not isinstance(inner.get("config"), dict):
        raise ModelError(subject, "holds no layer; the model file is damaged")
    kind = class_name_of(name, inner)
    if kind not in _PER_STEP:
        raise ModelError(subject, f"applies a {kind} to every step; supported: {', '.join(_PER_STEP)}")
    own = {**inner["config"], "name": name}
    return kind, own, {**inner, "config": own, "inbound_nodes": item.get("inbound_nodes")}


def _checked(subject: str, kind: str, item: dict[str, Any]) -> int:
    """The version of HGQ that defines a class that is supported; 0 if none does."""
    if is_hgq(item):
        check_hgq_layer(subject, kind)
        return 2
    if is_hgq1(item):
        check_hgq1_layer(subject, kind)
        return 1
    check_layer(subject, kind, item)
    return 0
