"""One hls4ml node and the layers it becomes: the front end's side of ``compiler/ir/node_source.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_type import Hls4mlType
from bxnn.compiler.frontend.hls4ml.hls4ml_types import holds_signs, quantizer_of, typed_weights
from bxnn.compiler.frontend.hls4ml.node_sums import NodeSums
from bxnn.compiler.frontend.hls4ml.wide_cast import WideCast
from bxnn.compiler.frontend.hls4ml.wide_value import WideValue
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import MAX_BITS
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import ActivationLayer


@dataclass
class NodeLayers:
    """The layers of one node, in the making.

    Attributes:
        node: The hls4ml node.
        name: Legal name of its first layer.
        inputs: Names of the layers that it reads.
        sources: What is proven about their tensors.
        fresh: Makes an unused layer name from a text.
        layers: Made so far; the last one stands for the node's output.
        tensors: Their outputs.
        role: What the next layers compute, at the end of their names; the first one has none.
        wide: The values of more bits than one layer has, of all nodes so far, by name of the layer with the upper bits.
    """

    node: Any
    name: str
    inputs: tuple[str, ...]
    sources: tuple[Tensor, ...]
    fresh: Callable[[str], str]
    layers: list[Layer] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    role: str = "result"
    wide: dict[str, WideValue] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """Class of the node, e.g. ``Dense``."""
        return str(self.node.class_name)

    @property
    def subject(self) -> str:
        """The node's name in error messages."""
        return f"{self.node.name} ({self.class_name})"

    def refuse(self, problem: str) -> ModelError:
        """The error for something that is not supported."""
        return ModelError(self.subject, problem)

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute of the node."""
        return self.node.get_attr(key, default)

    def word(self, key: str) -> str:
        """An attribute that is a word, in lower case."""
        return str(self.get(key)).lower()

    def number(self, key: str, default: int | None = None) -> int:
        """An attribute that must be an integer."""
        value = self.get(key, default)
        if value is None or int(value) != value:
            raise self.refuse(f"{key} {value!r} is not an integer")
        return int(value)

    @property
    def tensor(self) -> Tensor:
        """What is proven about the last layer made so far, or about what the node reads."""
        return self.tensors[-1] if self.tensors else self.sources[0]

    def type_of(self, role: str, grid: int | None = None) -> FixedQuantizer:
        """The node's type for ``accum`` and similar, for values with ``grid`` fraction bits if that is known."""
        return quantizer_of(self.subject, role, self.get(f"{role}_t").precision, grid)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape that hls4ml gives its output, without the batch axis."""
        return tuple(int(size) for size in self.node.get_output_variable().shape)

    @property
    def result_type(self) -> FixedQuantizer:
        """The type of its output, for what the last layer made so far gives."""
        return self.result_for(self.tensor.format.fraction_bits if self.layers or self.sources else None)

    @property
    def declared_result(self) -> Hls4mlType:
        """The type of its output, of any width."""
        return Hls4mlType.of(self.subject, "result", self.node.get_output_variable().type.precision)

    def declared(self, role: str) -> Hls4mlType:
        """The node's type for ``accum`` and similar, of any width."""
        return Hls4mlType.of(self.subject, role, self.get(f"{role}_t").precision)

    def result_for(self, grid: int | None) -> FixedQuantizer:
        """The type of its output, for values with ``grid`` fraction bits if that is known."""
        return quantizer_of(self.subject, "result", self.node.get_output_variable().type.precision, grid)

    def read_signs(self) -> bool:
        """Whether what the node reads are the codes 0 and 1 of -1 and 1."""
        return holds_signs(self._read_precision())

    def streamed_type(self) -> FixedQuantizer | None:
        """The type of its input in hls4ml's ``io_stream``, in whose C++ some constants have it; ``None`` elsewhere."""
        streams = self.node.model.config.config.get("IOType") == "io_stream"
        return quantizer_of(self.subject, "input", self._read_precision()) if streams else None

    def _read_precision(self) -> Any:
        """The type of the node's input; a reshaped tensor keeps its own in hls4ml's C++."""
        source, variable = self.node.get_input_node(), self.node.get_input_variable()
        while source is not None and source.class_name == "Reshape":
            source, variable = source.get_input_node(), source.get_input_variable()
        return variable.type.precision

    def weights(self, role: str) -> FixedTensor:
        """Exact codes of a weight."""
        return typed_weights(self.subject, role, self.node.weights[role])

    def make(self, layer_class: Callable[..., Layer], *arguments: object) -> Layer:
        """Append a layer that reads the last one, or the node's inputs."""
        return self.append(layer_class, (self.layers[-1].name,) if self.layers else self.inputs, *arguments)

    def append(self, layer_class: Callable[..., Layer], inputs: Sequence[str], *arguments: object) -> Layer:
        """Append a layer that reads the layers of these names: inputs of the node, or made before.

        Raises:
            ModelError: If it reads a wide value, of which every name stands for a part only.
        """
        name = self.fresh(f"{self.name}_{self.role}") if self.layers else self.name
        layer = layer_class(name, tuple(inputs), *arguments)
        left_out = layer.left_out_at_output() is not None
        for read in (read for read in inputs if read in self.wide):
            if not left_out:
                raise self.refuse_wide(self.wide[read])
            self.wide[name] = replace(self.wide[read], high=name)
        return self.append_as(layer)

    def append_beside(self, layer_class: Callable[..., Layer], inputs: Sequence[str], *arguments: object) -> Layer:
        """Append a layer that never has the node's name; it may read a part of a wide value."""
        return self.append_as(layer_class(self.fresh(f"{self.name}_{self.role}"), tuple(inputs), *arguments))

    def append_as(self, layer: Layer) -> Layer:
        """Append a layer with the name that it has."""
        sources = self._read_by(layer.inputs)
        # A layer that is left out has no codes; its tensor is never used.
        self.tensors.append(sources[0] if layer.left_out_at_output() is not None else layer.infer(sources))
        self.layers.append(layer)
        return layer

    def layer_name(self) -> str:
        """A name for the next layer: the node's, until a layer has it."""
        taken = any(layer.name == self.name for layer in self.layers)
        return self.fresh(f"{self.name}_{self.role}") if taken else self.name

    def refuse_wide(self, value: WideValue) -> ModelError:
        """The error for a wide value that the node cannot read."""
        accepted = "as inputs of linear layers, as those of ReLUs with narrow results, and as outputs"
        problem = f"reads {counted(value.bits, 'bit')}; more than {MAX_BITS} are supported {accepted}"
        return self.refuse(f"{problem}; give the layer before a narrower result")

    @property
    def wide_output(self) -> WideValue | None:
        """The node's output so far, if that is wide."""
        return self.wide.get(self.layers[-1].name if self.layers else self.inputs[0])

    def cast(self, quantizer: FixedQuantizer) -> None:
        """Append a conversion, unless it provably changes nothing."""
        if not quantizer.keeps(self.tensor):
            self.make(ActivationLayer, quantizer)

    def finish(self) -> None:
        """Convert the last layer's output to the type of the node's result."""
        value = self.wide_output if self.layers or self.inputs else None
        if value is None:
            self.cast(self.result_type)
        else:
            WideCast(self, value).to(self.declared_result)

    def linear(self, layer_class: Callable[..., Layer], shape: Sequence[int], *arguments: object) -> None:
        """Append a linear layer with the node's weight, bias and accumulator, and the conversion to its result."""
        NodeSums(self).linear(layer_class, shape, *arguments)
        self.finish()

    def node_tensor(self, name: str) -> Tensor:
        """What is proven about an input of the node, or about a layer made so far."""
        return self._read_by((name,))[0]

    def _read_by(self, names: Sequence[str]) -> tuple[Tensor, ...]:
        known = dict(zip(self.inputs, self.sources, strict=True))
        known |= {layer.name: tensor for layer, tensor in zip(self.layers, self.tensors, strict=True)}
        known = {value.low: value.low_tensor for value in self.wide.values()} | known
        return tuple(known[name] for name in names)
