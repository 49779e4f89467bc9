"""One hls4ml node and the layers it becomes: the front end's side of ``compiler/ir/node_source.py``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_types import converted, holds_signs, quantizer_of, typed_weights
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
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
    """

    node: Any
    name: str
    inputs: tuple[str, ...]
    sources: tuple[Tensor, ...]
    fresh: Callable[[str], str]
    layers: list[Layer] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    role: str = "result"

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
        """Append a layer that reads the layers of these names: inputs of the node, or made before."""
        name = self.fresh(f"{self.name}_{self.role}") if self.layers else self.name
        layer = layer_class(name, tuple(inputs), *arguments)
        sources = self._read_by(inputs)
        # A layer that is left out has no codes; its tensor is never used.
        self.tensors.append(sources[0] if layer.left_out_at_output() is not None else layer.infer(sources))
        self.layers.append(layer)
        return layer

    def cast(self, quantizer: FixedQuantizer) -> None:
        """Append a conversion, unless it provably changes nothing."""
        if not quantizer.keeps(self.tensor):
            self.make(ActivationLayer, quantizer)

    def finish(self) -> None:
        """Convert the last layer's output to the type of the node's result."""
        self.cast(self.result_type)

    def linear(self, layer_class: Callable[..., Layer], shape: Sequence[int], *arguments: object) -> None:
        """Append a linear layer with the node's weight, bias and accumulator, and the conversion to its result.

        hls4ml converts every product to ``accum_t`` and adds there. That equals one sum if ``accum_t`` has all their
        fraction bits, and either has room for every partial sum or wraps, which is addition modulo a power of two. An
        accumulator with fewer fraction bits rounds every product, so products and sums become separate layers.

        Raises:
            ModelError: If the accumulator saturates on the way.

        Source: ``dense_latency`` and ``dense_resource`` in nnet_utils of hls4ml 1.3.0.
        """
        kernel, bias = self.weights("weight"), self.weights("bias")
        if kernel.codes.size != int(np.prod(shape)):
            needed = int(np.prod(shape))
            raise self.refuse(f"has {kernel.codes.size} weights, but its shape {tuple(shape)} needs {needed}")
        kernel = FixedTensor(kernel.codes.reshape(shape), kernel.fraction_bits)
        if self.read_signs():
            self._signed_sums(layer_class, kernel, bias, *arguments)
            self.finish()
            return
        self.accumulate(layer_class, self.inputs, kernel, bias, *arguments)
        self.finish()

    def accumulate(
        self,
        layer_class: Callable[..., Layer],
        inputs: Sequence[str],
        kernel: FixedTensor,
        bias: FixedTensor,
        *arguments: object,
    ) -> None:
        """Append a linear layer that reads the layers of these names, with sums in the node's accumulator."""
        reads = self._read_by(inputs)
        products = reads[0].format.fraction_bits + kernel.fraction_bits
        accum = self.type_of("accum", max(products, bias.fraction_bits))
        bias = converted(bias, accum)
        if not kernel.codes.any() or products <= accum.format.fraction_bits:
            layer = self.append(layer_class, inputs, kernel, bias, *arguments)
        else:
            layer, reads = self._rounded_products(layer_class(self.name, inputs, kernel, bias, *arguments), accum)
        self._accumulated(layer, reads, accum)

    def _signed_sums(
        self, layer_class: Callable[..., Layer], kernel: FixedTensor, bias: FixedTensor, *arguments: object
    ) -> None:
        """Append a linear layer that reads signs as 0 and 1: ``sum w (2 x - 1) = sum 2 w x - sum w``.

        If the weights are signs as well, hls4ml counts equal ones in ``accum_t``; the sum is twice their number less
        that of all.

        Raises:
            ModelError: If the accumulator has other bits than these sums.

        Source: ``both_binary``, ``data_binary`` in nnet_mult.h and ``cast`` of hls4ml 1.3.0.
        """
        count = int(np.prod(kernel.codes.shape[:-1]))
        accum = self.type_of("accum", max(kernel.fraction_bits, bias.fraction_bits))
        counted = holds_signs(self.node.weights["weight"].type.precision)
        if counted and bias.codes.any():
            raise self.refuse("has a bias, which hls4ml counts twice if weights and inputs are binary; use none")
        if accum.format.fraction_bits < kernel.fraction_bits or (
            counted and accum.high < count << accum.format.fraction_bits
        ):
            raise self.refuse(f"accum {accum.format} does not hold the sums of signs; give Precision: {{accum: auto}}")
        bias = converted(bias, accum)
        grid = max(kernel.fraction_bits, bias.fraction_bits)
        less = kernel.aligned(grid).codes.reshape(count, -1).sum(axis=0)
        bias = FixedTensor(bias.aligned(grid).codes - less, grid).reduced()
        doubled = FixedTensor(2 * kernel.codes, kernel.fraction_bits).reduced()
        layer = self.append(layer_class, self.inputs, doubled, bias, *arguments)
        if not counted:
            self._accumulated(layer, self._read_by(self.inputs), accum)

    def node_tensor(self, name: str) -> Tensor:
        """What is proven about an input of the node, or about a layer made so far."""
        return self._read_by((name,))[0]

    def _read_by(self, names: Sequence[str]) -> tuple[Tensor, ...]:
        known = dict(zip(self.inputs, self.sources, strict=True))
        known |= {layer.name: tensor for layer, tensor in zip(self.layers, self.tensors, strict=True)}
        return tuple(known[name] for name in names)

    def _rounded_products(self, layer: Layer, accum: FixedQuantizer) -> tuple[Layer, tuple[Tensor, ...]]:
        """Append a layer with every product converted to the accumulator; returns the sums and what they read."""
        apart = layer.products_apart()
        if apart is None:
            raise self.refuse(f"accum {accum.format} drops bits of products; give Precision: {{accum: auto}}")
        products, sums = apart
        self.append(lambda name, inputs: replace(products, name=name, inputs=inputs), layer.inputs)
        self.cast(accum)
        reads = (self.tensors[-1],)
        return self.make(lambda name, inputs: replace(sums, name=name, inputs=inputs)), reads

    def _accumulated(self, layer: Layer, reads: Sequence[Tensor], accum: FixedQuantizer) -> None:
        """Let the sums of a linear layer wrap like its accumulator; does nothing if they cannot.

        Raises:
            ModelError: If a partial sum might saturate.
        """
        spare = accum.format.fraction_bits - self.tensors[-1].format.fraction_bits
        if layer.magnitude(reads) << max(spare, 0) <= accum.high << max(-spare, 0):
            return
        if accum.overflow is not Overflow.WRAP:
            raise self.refuse(
                f"accum {accum.format} can saturate on the way, which depends on the order of its terms; "
                "give Precision: {accum: auto}"
            )
        self.cast(FixedQuantizer(accum.format, Rounding.TRN, Overflow.WRAP))
