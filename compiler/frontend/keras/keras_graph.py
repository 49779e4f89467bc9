"""From the stored layers of a Keras model to their uses in order: nested models flattened, shared layers repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.keras_calls import Call, LayerRecord
from bxnn.compiler.frontend.keras.keras_functional import FunctionalModel
from bxnn.compiler.frontend.keras.keras_stored import StoredLayer, StoredModel, stored_model


@dataclass(frozen=True)
class ModelRecord:
    """A model: layers in topological order, inputs first.

    Attributes:
        layers: Every layer comes after all layers that it reads; one that is used several times comes as often.
        outputs: Names of output layers, in order.
        stored: The layers as the file holds them, by which the weights are found.
    """

    layers: tuple[LayerRecord, ...]
    outputs: tuple[str, ...]
    stored: tuple[StoredLayer, ...] = field(default=())


def read_model(subject: str, description: Mapping[str, Any]) -> ModelRecord:
    """The layers of a Sequential or functional model.

    Args:
        subject: Name of the file, for errors about the whole model.
        description: ``{"class_name": ..., "config": ...}``; untrusted.

    Raises:
        ModelError: If it is not such a model, or is cyclic.
    """
    stored = stored_model(subject, description)
    flattening = _Flattening(subject)
    outputs = flattening.flatten(stored, (), None)
    if len(set(outputs)) != len(outputs):
        raise ModelError(subject, "its output_layers name a layer twice, which is not supported")
    return ModelRecord(_read(flattening.records, outputs), outputs, stored.layers)


def _read(records: Sequence[LayerRecord], outputs: Sequence[str]) -> tuple[LayerRecord, ...]:
    """The layers that lead to an output; those of nested models of which only a part is used may be left out."""
    needed = {*outputs, *(record.name for record in records if len(record.path) == 1)}
    for record in reversed(records):
        if record.name in needed:
            needed.update(record.inputs)
    kept = [record for record in records if record.name in needed]
    read = {name for record in kept for name in record.inputs} | set(outputs)
    for record in kept:
        if record.name not in read:
            raise ModelError(record.subject, "does not lead to an output; remove it from the model")
    return tuple(kept)


@dataclass
class _Flattening:
    """Uses of layers so far.

    Attributes:
        file: Name of the file, for errors about the whole model.
        records: In topological order.
        taken: Their names.
    """

    file: str
    records: list[LayerRecord] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def flatten(self, model: StoredModel, path: tuple[str, ...], inputs: tuple[str, ...] | None) -> tuple[str, ...]:
        """Append the layers of a model.

        Args:
            model: The model.
            path: Names of the models around it and its own; empty for the outermost.
            inputs: Layers that it reads; ``None`` for the outermost, whose inputs are those of the network.

        Returns:
            The layers that are its outputs.
        """
        if model.sequential:
            return self._chain(model, path, inputs)
        subject = "/".join(path) if path else self.file
        return FunctionalModel(subject, model, inputs).flatten(
            lambda layer, read, call: self.add(layer, path, read, call)
        )

    def add(
        self, layer: StoredLayer, path: tuple[str, ...], inputs: tuple[str, ...], call: Call | None = None
    ) -> tuple[str, ...]:
        """Append one use of a layer, or of everything inside it."""
        if layer.model is not None:
            return self.flatten(layer.model, (*path, layer.name), inputs)
        if len(self.records) >= limits.LAYERS:
            raise ModelError(self.file, f"describes a model of more than {limits.LAYERS} layers")
        own = (*path, layer.name)
        name = layer.name if layer.name not in self.taken else "/".join(own)
        number = 2
        while name in self.taken:
            name, number = f"{'/'.join(own) if path else layer.name}#{number}", number + 1
        self.taken.add(name)
        record = LayerRecord(name, layer.class_name, layer.config, inputs, layer.build_shape, layer.hgq, own)
        if call is not None and layer.operation is not None:
            record = replace(record, operation=layer.operation, operands=call.operands, keywords=call.keywords)
        self.records.append(record)
        return (name,)

    def _chain(self, model: StoredModel, path: tuple[str, ...], inputs: tuple[str, ...] | None) -> tuple[str, ...]:
        layers, result = model.layers, inputs
        if result is None and layers[0].class_name != "InputLayer":
            result = self.add(_input_before(self.file, layers[0], model.config), path, ())
        elif layers[0].class_name == "InputLayer":
            result = self.add(layers[0], path, ()) if result is None else result
            layers = layers[1:]
        for layer in layers:
            if layer.class_name == "InputLayer":
                raise ModelError(layer.subject, "an input inside a Sequential model is not supported")
            result = self.add(layer, path, result or ())
        if not layers and inputs is None:
            raise ModelError(self.file, "describes a model without layers")
        return result or ()


def _input_before(subject: str, first: StoredLayer, config: Mapping[str, Any]) -> StoredLayer:
    """The input of a chain that starts with a layer."""
    inner = first
    while inner.model is not None:
        inner = inner.model.layers[0]
    candidates = (
        inner.config.get("batch_input_shape"),
        inner.config.get("batch_shape"),
        first.build_shape,
        config.get("build_input_shape"),
    )
    shape = next((candidate for candidate in candidates if candidate is not None), None)
    if shape is None:
        raise ModelError(subject, "the model has no input shape; build it or start it with an Input layer")
    attributes = {"batch_shape": shape}
    return StoredLayer(f"{first.name}_input", "InputLayer", attributes, None, 0, None, None, None, "InputLayer")
