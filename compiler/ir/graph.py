"""The graph: layers in topological order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import Notice
from bxnn.compiler.ir.real_scale import Scales
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Graph:
    """A network; immutable, passes return new ones.

    Attributes:
        name: Legal identifier; the name of the top entity.
        layers: Every layer comes after all layers that it reads.
        outputs: Layers whose tensors are network outputs, in order.
        notices: What the user should know.
        renames: For each layer whose name in the file was not a legal identifier: its name here, and the one in the
            file.
        scales: What the codes of a layer stand for, by its name, where its format does not say it.
        derived: For each output that is computed from the model's own (an argmax, a threshold, the table of a final
            sigmoid): the tensor that it is computed from, which may be derived itself.
        ends: For each layer of the file that became several here, and whose name another than the last of them has: the
            name of that last one, which computes its result.
        typed: Layers of the file to which the front end has given their declared types.
        twins: For each layer of the other members of an ensemble, that of the first member, which it is like.
        means: Of an ensemble, the sums of the outputs of its members; each reads those of the members in order.
        core: Of an ensemble whose members take turns: the network as it is built, with a set of weights for each.
        chooser: The input with the tag, whose low bits are the number of the set of weights that an event uses; empty
            if there is one set.
    """

    name: str
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    scales: Scales = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    typed: frozenset[str] = frozenset()
    twins: Mapping[str, str] = field(default_factory=dict)
    means: tuple[str, ...] = ()
    chooser: str = ""
    core: Graph | None = None

    def layer(self, name: str) -> Layer:
        """The layer of that name."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise InternalError(name, "is not a layer of the graph")

    def end_of(self, name: str) -> str:
        """The layer here that computes the result of a layer of the file: after its activation, if it has one."""
        end = self.ends.get(name, name)
        return end if any(layer.name == end for layer in self.layers) else name

    def describe(self, layer: Layer) -> str:
        """Kind and name of a layer as the user spells it, for notices: ``conv 1 (conv2d)``."""
        return self.spelled(layer.describe())

    def spelled(self, subject: str) -> str:
        """The subject of an error or a notice, with the layer's name as spelled by the user."""
        name, separator, rest = subject.partition(" (")
        return f"{self.renames.get(name, name)}{separator}{rest}"

    def free_name(self, wanted: str) -> str:
        """``wanted``, with a number appended if a layer already has that name."""
        taken = {layer.name.lower() for layer in self.layers}
        return next(name for n in range(len(taken) + 1) if (name := f"{wanted}{n or ''}").lower() not in taken)

    def real_values(self, name: str, codes: Codes) -> NDArray[np.float64]:
        """What codes of a layer stand for; channels last."""
        scale = self.scales.get(name)
        lsb = self._tensors[name].format.lsb
        return np.multiply(codes, lsb, dtype=np.float64) if scale is None else scale.of(codes)

    def nearest_codes(self, name: str, values: Codes) -> NDArray[np.float64]:
        """The codes of a layer nearest to real values, ties to even, whether its format has them or not."""
        scale = self.scales.get(name)
        lsb = self._tensors[name].format.lsb
        return np.rint(np.divide(values, lsb, dtype=np.float64) if scale is None else scale.codes(values))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Layers without inputs."""
        return tuple(layer.name for layer in self.layers if not layer.inputs)

    @property
    def data_inputs(self) -> tuple[str, ...]:
        """Inputs that layers read: those of the model."""
        return tuple(name for name in self.inputs if name != self.chooser)

    @cached_property
    def sets(self) -> int:
        """Sets of weights of which channels choose one; 1 if all channels share them."""
        return max(layer.sets for layer in self.layers)

    @property
    def set_bits(self) -> int:
        """Bits of the tag that are the number of a set."""
        return ceil_log2(self.sets)

    def set_numbers(self, tags: Codes) -> NDArray[np.int64]:
        """The set that each event uses; beyond the last one, that one.

        Args:
            tags: Codes of ``chooser``, shape (events, 1).
        """
        low = np.asarray(tags).ravel().astype(np.int64) & ((1 << self.set_bits) - 1)
        return np.asarray(np.minimum(low, self.sets - 1), np.int64)

    def of_set(self, number: int) -> Graph:
        """The network of one set of weights, in the number formats that hold those of all sets."""
        layers = tuple(layer.of_set(number) for layer in self.layers if layer.name != self.chooser)
        return replace(self, layers=layers, chooser="")

    @property
    def members(self) -> tuple[Graph, ...]:
        """The graph with the outputs of each member of an ensemble in place of their means; empty if it is none."""
        sums = [self.layer(name).inputs for name in self.means]
        count = len(sums[0]) if sums else 0
        return tuple(replace(self, outputs=tuple(read[m] for read in sums), means=()) for m in range(count))

    def consumers(self, name: str) -> tuple[Layer, ...]:
        """Layers that read the tensor."""
        return tuple(layer for layer in self.layers if name in layer.inputs)

    def only_consumer(self, name: str) -> Layer | None:
        """The layer that reads the tensor, if it is the only one and the tensor is not an output."""
        consumers = self.consumers(name)
        return consumers[0] if len(consumers) == 1 and name not in self.outputs else None

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each layer's output without the batch axis, by name."""
        known: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            known[layer.name] = layer.output_shape([known[name] for name in layer.inputs])
        return known

    def tensors(self) -> dict[str, Tensor]:
        """Shape, format and range of each layer's output, by name."""
        return dict(self._tensors)

    def tensor(self, name: str) -> Tensor:
        """Shape, format and range of one layer's output, from the layers that it needs alone."""
        layer = self.layer(name)
        return layer.infer([self.tensor(source) for source in layer.inputs])

    @cached_property
    def _tensors(self) -> Mapping[str, Tensor]:
        """Computed once, as the graph never changes: everything needs it, and a large image takes seconds."""
        known: dict[str, Tensor] = {}
        for layer in self.layers:
            known[layer.name] = layer.infer([known[name] for name in layer.inputs])
        return known

    def sources(self, layer: Layer, tensors: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Tensors of a layer's inputs."""
        return tuple(tensors[name] for name in layer.inputs)

    def mapped(self, change: Callable[[Layer], Layer]) -> Graph:
        """The graph with a replacement for each layer."""
        return replace(self, layers=tuple(change(layer) for layer in self.layers))

    def replaced(self, name: str, new: Layer) -> Graph:
        """The graph with one layer replaced by another of the same name."""
        return self.mapped(lambda layer: new if layer.name == name else layer)

    def expanded(self, name: str, parts: Sequence[Layer]) -> Graph:
        """The graph with several layers in place of one; the last of them has its name."""
        groups = (parts if layer.name == name else (layer,) for layer in self.layers)
        return replace(self, layers=tuple(layer for group in groups for layer in group))

    def noticing(self, notice: Notice | None) -> Graph:
        """The graph with one more notice, if there is one."""
        return replace(self, notices=(*self.notices, notice)) if notice else self

    def without(self, name: str, notice: Notice | None = None) -> Graph:
        """The graph without a one-input layer; outputs with its name now have the name of its input, and its scale."""
        (source,) = self.layer(name).inputs
        scales = {source if own == name else own: scale for own, scale in self.scales.items()}
        return replace(
            self,
            scales=scales if name in self.outputs else self.scales,
            layers=tuple(layer.reading({name: source}) for layer in self.layers if layer.name != name),
            outputs=tuple(source if output == name else output for output in self.outputs),
            derived={port: source if origin == name else origin for port, origin in self.derived.items()},
        ).noticing(notice)
