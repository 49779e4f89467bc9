"""The sums of products of an hls4ml node: its weights, its bias and its accumulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_types import converted, holds_signs
from bxnn.compiler.frontend.hls4ml.wide_cast import WideCast
from bxnn.compiler.frontend.hls4ml.wide_sums import WideSums
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor

if TYPE_CHECKING:
    from bxnn.compiler.errors import ModelError
    from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers


@dataclass(frozen=True)
class NodeSums:
    """Appends the linear layers of a node.

    hls4ml converts every product to ``accum_t`` and adds there. That equals one sum if ``accum_t`` has all their
    fraction bits, and either has room for every partial sum or wraps, which is addition modulo a power of two. An
    accumulator with fewer fraction bits rounds every product, so products and sums become separate layers.

    Attributes:
        node: The node.

    Source: ``dense_latency`` and ``dense_resource`` in nnet_utils of hls4ml 1.3.0.
    """

    node: NodeLayers

    def linear(self, layer_class: Callable[..., Layer], shape: Sequence[int], *arguments: object) -> None:
        """Append a linear layer with the node's weight, bias and accumulator.

        Raises:
            ModelError: If the accumulator saturates on the way.
        """
        kernel, bias = self.node.weights("weight"), self.node.weights("bias")
        if kernel.codes.size != int(np.prod(shape)):
            needed = int(np.prod(shape))
            raise self.node.refuse(f"has {kernel.codes.size} weights, but its shape {tuple(shape)} needs {needed}")
        kernel = FixedTensor(kernel.codes.reshape(shape), kernel.fraction_bits)
        if self.node.read_signs():
            self._signed_sums(layer_class, kernel, bias, *arguments)
        else:
            self.accumulate(layer_class, self.node.inputs, kernel, bias, *arguments)

    def accumulate(
        self,
        layer_class: Callable[..., Layer],
        inputs: Sequence[str],
        kernel: FixedTensor,
        bias: FixedTensor,
        *arguments: object,
    ) -> None:
        """Append a linear layer that reads the layer of this name, with sums in the node's accumulator."""
        kernel = kernel.reduced()
        layer = layer_class(self.node.name, tuple(inputs), kernel, bias, *arguments)
        products = self._grid(inputs[0]) + kernel.fraction_bits
        if kernel.codes.any() and products > self.node.type_of("accum", products).format.fraction_bits:
            self._rounded_products(layer, bias, products)
        elif WideSums(self.node, layer).needed:
            self._wide(layer, bias)
        else:
            accum = self.node.type_of("accum", max(products, bias.fraction_bits))
            made = self.node.append(layer_class, inputs, kernel, converted(bias, accum), *arguments)
            self._accumulated(made, [self.node.node_tensor(inputs[0])], accum)

    def _grid(self, name: str) -> int:
        """Fraction bits of an input."""
        value = self.node.wide.get(name)
        return self.node.node_tensor(name).format.fraction_bits if value is None else value.fraction_bits

    def _wide(self, layer: Layer, bias: FixedTensor) -> None:
        """Append a layer of which no tensor has the sums, in the accumulator."""
        accum = self.node.declared("accum")
        bias = converted(bias, self.node.type_of("accum", bias.fraction_bits))
        reach = WideSums(self.node, layer.with_constants({"bias": bias})).append()
        value = self.node.wide_output
        assert value is not None
        if not accum.holds(-reach, reach, value.fraction_bits):
            if accum.overflow is not Overflow.WRAP:
                raise self._saturates(accum.text)
            WideCast(self.node, value).to(replace(accum, rounding=Rounding.TRN))

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
        node = self.node
        count = int(np.prod(kernel.codes.shape[:-1]))
        accum = node.type_of("accum", max(kernel.fraction_bits, bias.fraction_bits))
        counted = holds_signs(node.node.weights["weight"].type.precision)
        if counted and bias.codes.any():
            raise node.refuse("has a bias, which hls4ml counts twice if weights and inputs are binary; use none")
        if accum.format.fraction_bits < kernel.fraction_bits or (
            counted and accum.high < count << accum.format.fraction_bits
        ):
            raise node.refuse(f"accum {accum.format} does not hold the sums of signs; give Precision: {{accum: auto}}")
        bias = converted(bias, accum)
        grid = max(kernel.fraction_bits, bias.fraction_bits)
        less = kernel.aligned(grid).codes.reshape(count, -1).sum(axis=0)
        bias = FixedTensor(bias.aligned(grid).codes - less, grid).reduced()
        doubled = FixedTensor(2 * kernel.codes, kernel.fraction_bits).reduced()
        layer = node.append(layer_class, node.inputs, doubled, bias, *arguments)
        if not counted:
            self._accumulated(layer, [node.node_tensor(name) for name in node.inputs], accum)

    def _rounded_products(self, layer: Layer, bias: FixedTensor, grid: int) -> None:
        """Append a layer with every product, on ``grid``, converted to the accumulator, and another with the sums."""
        accum = self.node.type_of("accum", max(grid, bias.fraction_bits))
        apart = layer.with_constants({"bias": converted(bias, accum)}).products_apart()
        if apart is None:
            raise self.node.refuse(f"accum {accum.format} drops bits of products; give Precision: {{accum: auto}}")
        products, sums = apart
        if WideSums(self.node, products).needed:
            WideSums(self.node, products).append()
            value = self.node.wide_output
            assert value is not None
            WideCast(self.node, value).to(self.node.declared("accum"))
        else:
            self.node.append(lambda name, inputs: replace(products, name=name, inputs=inputs), layer.inputs)
            self.node.cast(accum)
        added, read = replace(sums, inputs=(self.node.layers[-1].name,)), self.node.tensors[-1]
        if WideSums(self.node, added).needed:
            self._wide(added, bias)
            return
        made = self.node.make(lambda name, inputs: replace(sums, name=name, inputs=inputs))
        self._accumulated(made, (read,), accum)

    def _accumulated(self, layer: Layer, reads: Sequence[Tensor], accum: FixedQuantizer) -> None:
        """Let the sums of a linear layer wrap like its accumulator; does nothing if they cannot.

        Raises:
            ModelError: If a partial sum might saturate.
        """
        spare = accum.format.fraction_bits - self.node.tensors[-1].format.fraction_bits
        if layer.magnitude(reads) << max(spare, 0) <= accum.high << max(-spare, 0):
            return
        if accum.overflow is not Overflow.WRAP:
            raise self._saturates(str(accum.format))
        self.node.cast(FixedQuantizer(accum.format, Rounding.TRN, Overflow.WRAP))

    def _saturates(self, accum: str) -> ModelError:
        return self.node.refuse(
            f"accum {accum} can saturate on the way, which depends on the order of its terms; "
            "give Precision: {accum: auto}"
        )
