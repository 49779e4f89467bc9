"""A functional Keras model call by call, every call after all that it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.keras_calls import Call, Reference, calls, reference
from bxnn.compiler.frontend.keras.keras_stored import StoredLayer, StoredModel
from bxnn.compiler.plural import counted

_Call = tuple[str, int]  # name of a layer, and number of its call


class FunctionalModel:
    """The calls of a functional model.

    Args:
        subject: The model, for errors.
        model: Its layers.
        inputs: Layers that it reads; ``None`` for the outermost, whose inputs are those of the network.

    Raises:
        ModelError: If calls, inputs or outputs cannot be read or do not fit together.
    """

    def __init__(self, subject: str, model: StoredModel, inputs: tuple[str, ...] | None) -> None:
        self.subject, self.given = subject, inputs
        self.layers = {layer.name: layer for layer in model.layers}
        self.calls: dict[_Call, Call] = {}
        for layer in model.layers:
            found = calls(layer.subject, layer.nodes, layer.operation is not None)
            if not found and layer.class_name != "InputLayer":
                raise ModelError(layer.subject, "reads nothing; the model file is damaged")
            self.calls |= {(layer.name, number): read for number, read in enumerate(found or [Call(())])}
        self.inputs = self._ends("input_layers", model.config.get("input_layers"))
        self.outputs = self._ends("output_layers", model.config.get("output_layers"))
        declared = {layer.name for layer in model.layers if layer.class_name == "InputLayer"}
        if {read.layer for read in self.inputs} != declared:
            raise ModelError(self.subject, "its input_layers do not match its InputLayers; the model file is damaged")
        if inputs is not None and len(inputs) != len(self.inputs):
            called = f"is called with {counted(len(inputs), 'tensor')}"
            raise ModelError(self.subject, f"{called}; it has {counted(len(self.inputs), 'input')}")
        self.first = self._first_calls()

    def flatten(self, add: Callable[[StoredLayer, tuple[str, ...], Call], tuple[str, ...]]) -> tuple[str, ...]:
        """Append all layers in topological order.

        Args:
            add: Appends one layer that reads others in a call, and returns those that stand for its outputs.

        Returns:
            The layers that are outputs.

        Raises:
            ModelError: If calls form a cycle or read something that does not exist.
        """
        written: dict[_Call, tuple[str, ...]] = {}
        own = self.given or ()
        for call in self._sorted():
            layer = self.layers[call[0]]
            if layer.class_name == "InputLayer" and self.given is not None:
                written[call] = (own[[read.layer for read in self.inputs].index(layer.name)],)
                continue
            read = tuple(self._tensor(written, layer.subject, name) for name in self.calls[call].reads)
            written[call] = add(layer, read, self.calls[call])
        return tuple(self._tensor(written, self.subject, read) for read in self.outputs)

    def _ends(self, key: str, value: Any) -> list[Reference]:
        """Tensors from ``[[name, 0, 0], ...]``, ``[name, 0, 0]`` or a dictionary of them."""
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = [value]
        try:
            ends = [reference(self.subject, item) for item in value] if isinstance(value, list) else []
        except ModelError:
            ends = []
        if not ends or not all(end.layer in self.layers for end in ends):
            raise ModelError(self.subject, f"its {key} cannot be read; the model file is damaged")
        return ends

    def _first_calls(self) -> dict[str, int]:
        """The number under which the first call of each layer is known: tf-keras starts at 1 for models."""
        last: dict[str, int] = {}
        for read in (*(read for call in self.calls.values() for read in call.reads), *self.outputs):
            last[read.layer] = max(last.get(read.layer, 0), read.call)
        counts = Counter(name for name, _ in self.calls)
        return {
            name: int(self.layers[name].model is not None and number == counts[name])
            for name, number in last.items()
            if name in self.layers
        }

    def _call(self, subject: str, read: Reference) -> _Call:
        call = read.layer, read.call - self.first.get(read.layer, 0)
        if read.layer not in self.layers:
            raise ModelError(subject, f"reads {read.layer!r}, which is not a layer of the model")
        if call not in self.calls:
            raise ModelError(subject, f"reads call {read.call} of {read.layer!r}, which does not exist")
        return call

    def _tensor(self, written: Mapping[_Call, tuple[str, ...]], subject: str, read: Reference) -> str:
        found = written[self._call(subject, read)]
        if read.tensor >= len(found):
            raise ModelError(
                subject, f"reads output {read.tensor} of {read.layer!r}, which has {len(found)}; the file is damaged"
            )
        return found[read.tensor]

    def _sorted(self) -> list[_Call]:
        """Inputs in their order, then every call after all that it reads, otherwise in the order of the file."""
        inputs = [(read.layer, 0) for read in self.inputs]
        place = {call: number for number, call in enumerate(dict.fromkeys((*inputs, *self.calls)))}
        read_by: dict[_Call, set[_Call]] = {
            call: {self._call(self.layers[call[0]].subject, read) for read in own.reads}
            for call, own in self.calls.items()
        }
        readers: dict[_Call, list[_Call]] = {call: [] for call in self.calls}
        for call, sources in read_by.items():
            for source in sources:
                readers[source].append(call)
        ready = [(place[call], call) for call, sources in read_by.items() if not sources]
        missing = {call: len(sources) for call, sources in read_by.items()}
        heapify(ready)
        ordered: list[_Call] = []
        while ready:
            _, call = heappop(ready)
            ordered.append(call)
            for reader in readers[call]:
                missing[reader] -= 1
                if missing[reader] == 0:
                    heappush(ready, (place[reader], reader))
        if len(ordered) < len(self.calls):
            stuck = next(self.layers[call[0]] for call in self.calls if missing[call])
            raise ModelError(stuck.subject, "depends on its own output; cycles are not supported")
        return ordered
