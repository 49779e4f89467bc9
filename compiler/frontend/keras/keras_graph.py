"""From the configuration of a Keras model to its layers in order, with their inputs by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError, all_of
from bxnn.compiler.frontend.hgq.hgq1_layers import check_hgq1_layer, is_hgq1
from bxnn.compiler.frontend.hgq.hgq_layers import check_hgq_layer, is_hgq
from bxnn.compiler.frontend.keras.keras_calls import LayerRecord, inbound
from bxnn.compiler.frontend.keras.keras_class import class_name_of, refuse_code
from bxnn.compiler.frontend.keras.keras_refusals import check_layer

_MODELS = ("Sequential", "Functional", "Model")


@dataclass(frozen=True)
class ModelRecord:
    """A model: layers in topological order, inputs first.

    Attributes:
        layers: Every layer comes after all layers that it reads.
        outputs: Names of output layers, in order.
        stored_order: Names in the order of the file, by which the weights are numbered.
    """

    layers: tuple[LayerRecord, ...]
    outputs: tuple[str, ...]
    stored_order: tuple[str, ...] = field(default=())


def read_model(subject: str, description: Mapping[str, Any]) -> ModelRecord:
    """The layers of a Sequential or functional model.

    Args:
        subject: Name of the file, for errors about the whole model.
        description: ``{"class_name": ..., "config": ...}``; untrusted.

    Raises:
        ModelError: If it is not such a model, or is nested, cyclic or shares layers.
    """
    kind, config = description.get("class_name"), description.get("config")
    if not isinstance(kind, str) or kind not in _MODELS:
        raise ModelError(subject, f"describes a {kind!r}; only Sequential and functional Keras models are supported")
    stored = config.get("layers") if isinstance(config, dict) else config
    if not isinstance(stored, list) or not 0 < len(stored) <= limits.LAYERS:
        raise ModelError(subject, "describes a model without layers")
    records = _records(subject, stored)
    seen: set[str] = set()
    for record in records:
        if record.name in seen:
            raise ModelError(record.subject, "another layer has the same name; the model file is damaged")
        seen.add(record.name)
    if kind == "Sequential":
        return _sequential(subject, records, config.get("build_input_shape") if isinstance(config, dict) else None)
    if not isinstance(config, dict):
        raise ModelError(subject, "its config is not an object; the model file is damaged")
    return _functional(subject, records, stored, config)


def _records(subject: str, stored: Sequence[Any]) -> list[LayerRecord]:
    """The layers without their inputs; all that are not supported are reported together."""
    records: list[LayerRecord] = []
    problems: list[ModelError] = []
    for item in stored:
        try:
            records.append(_record(subject, item))
        except ModelError as error:
            problems.append(error)
    if problems:
        raise all_of(problems)
    return records


def _record(subject: str, item: Any) -> LayerRecord:
    """A layer without its inputs."""
    config = item.get("config") if isinstance(item, dict) else None
    if not isinstance(config, dict) or not isinstance(item.get("class_name"), str):
        raise ModelError(subject, "one of its layers has no class_name or config; the model file is damaged")
    name = config.get("name", item.get("name"))
    if not isinstance(name, str) or not name:
        raise ModelError(subject, f"a layer of class {item['class_name']!r} has no name; the model file is damaged")
    kind = class_name_of(name, item)
    if kind in _MODELS or "layers" in config:
        raise ModelError(f"{name} ({kind})", "nested models are not supported; put its layers into the outer model")
    refuse_code(f"{name} ({kind})", config)
    hgq = 2 if is_hgq(item) else int(is_hgq1(item))
    if hgq == 2:
        check_hgq_layer(f"{name} ({kind})", kind)
    elif hgq == 1:
        check_hgq1_layer(f"{name} ({kind})", kind)
    else:
        check_layer(f"{name} ({kind})", kind, item)
    build = item.get("build_config")
    shape = build.get("input_shape") if isinstance(build, dict) else None
    return LayerRecord(name, kind, config, build_shape=shape, hgq=hgq)


def _sequential(subject: str, records: list[LayerRecord], build_shape: Any) -> ModelRecord:
    order = tuple(record.name for record in records)
    first = records[0]
    if first.class_name != "InputLayer":
        shape = next(
            (
                candidate
                for candidate in (
                    first.config.get("batch_input_shape"),
                    first.config.get("batch_shape"),
                    first.build_shape,
                    build_shape,
                )
                if candidate is not None
            ),
            None,
        )
        if shape is None:
            raise ModelError(subject, "the model has no input shape; build it or start it with an Input layer")
        records = [LayerRecord(f"{first.name}_input", "InputLayer", {"batch_shape": shape}), *records]
    chained = [records[0]]
    for record in records[1:]:
        if record.class_name == "InputLayer":
            raise ModelError(record.subject, "an input inside a Sequential model is not supported")
        chained.append(_reading(record, (chained[-1].name,)))
    if len(chained) == 1:
        raise ModelError(subject, "describes a model without layers")
    return ModelRecord(tuple(chained), (chained[-1].name,), order)


def _functional(
    subject: str, records: list[LayerRecord], stored: list[dict[str, Any]], config: Mapping[str, Any]
) -> ModelRecord:
    known = {record.name: record for record in records}
    for record, item in zip(records, stored, strict=True):
        inputs = inbound(record, item.get("inbound_nodes"))
        for name in inputs:
            if name not in known:
                raise ModelError(record.subject, f"reads {name!r}, which is not a layer of the model")
        if not inputs and record.class_name != "InputLayer":
            raise ModelError(record.subject, "reads nothing; the model file is damaged")
        known[record.name] = _reading(record, inputs)
    inputs = _references(subject, "input_layers", config.get("input_layers"), known)
    outputs = _references(subject, "output_layers", config.get("output_layers"), known)
    declared = {record.name for record in records if record.class_name == "InputLayer"}
    if set(inputs) != declared:
        raise ModelError(subject, "its input_layers do not match its InputLayers; the model file is damaged")
    ordered = _sorted(inputs, known, outputs)
    return ModelRecord(tuple(ordered), outputs, tuple(record.name for record in records))


def _reading(record: LayerRecord, inputs: tuple[str, ...]) -> LayerRecord:
    return replace(record, inputs=inputs)


def _references(subject: str, key: str, value: Any, known: Mapping[str, LayerRecord]) -> tuple[str, ...]:
    """Layer names from ``[[name, 0, 0], ...]``, ``[name, 0, 0]`` or a dictionary of them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and value and isinstance(value[0], str):
        value = [value]
    names = [item[0] if isinstance(item, list) and item else None for item in value] if isinstance(value, list) else []
    if not names or not all(isinstance(name, str) and name in known for name in names):
        raise ModelError(subject, f"its {key} cannot be read; the model file is damaged")
    if len(set(names)) != len(names):
        raise ModelError(subject, f"its {key} name a layer twice, which is not supported")
    return tuple(str(name) for name in names)


def _sorted(inputs: Sequence[str], known: Mapping[str, LayerRecord], outputs: Sequence[str]) -> list[LayerRecord]:
    """Inputs in their order, then every layer after all layers that it reads, otherwise in the order of the file."""
    place = {name: number for number, name in enumerate((*inputs, *(name for name in known if name not in inputs)))}
    readers: dict[str, list[str]] = {name: [] for name in known}
    missing = {name: len(set(record.inputs)) for name, record in known.items()}
    for name, record in known.items():
        for source in set(record.inputs):
            readers[source].append(name)
    ready = [(place[name], name) for name, count in missing.items() if count == 0]
    heapify(ready)
    ordered = []
    while ready:
        _, name = heappop(ready)
        ordered.append(known[name])
        for reader in readers[name]:
            missing[reader] -= 1
            if missing[reader] == 0:
                heappush(ready, (place[reader], reader))
    if len(ordered) < len(known):
        stuck = next(record for record in known.values() if missing[record.name])
        raise ModelError(stuck.subject, "depends on its own output; cycles are not supported")
    read = {name for record in ordered for name in record.inputs} | set(outputs)
    for record in ordered:
        if record.name not in read:
            raise ModelError(record.subject, "does not lead to an output; remove it from the model")
    return ordered
