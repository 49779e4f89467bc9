"""Which elements of all tensors of a network are always equal: they have one number."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.passes.frozen_value import frozen_layer, frozen_value
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.lookup import Lookup
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.sum import Sum
from bxnn.layers.threshold import Threshold

_CONNECTIONS = 1 << 22  # of a layer with weights whose sums are compared
_NUMBERS = FixedFormat(True, 40, 0)
ZERO = 0  # the number of what is always zero


class ElementNumbers:
    """Numbers the elements of tensors, layer after layer.

    Elements with one number stand for the same real value in every event. They have got it from the same elements, in
    the same way: elements of a tensor that is repeated, sums with the same weights, functions of these. That others may
    be equal too, by arithmetic, is not looked for, nor does synthesis.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}
        self._next = ZERO + 1

    def of(self, graph: Graph, wanted: Sequence[str]) -> Mapping[str, Int]:
        """The numbers of some tensors and all that they depend on.

        Returns:
            By tensor int64, shape (elements,).
        """
        tensors, needed = graph.tensors(), set(wanted)
        for layer in reversed(graph.layers):
            needed |= set(layer.inputs) if layer.name in needed else set()
        found: dict[str, Int] = {}
        for layer in graph.layers:
            if layer.name in needed:
                result = tensors[layer.name]
                numbers = self._of(layer, [found[name] for name in layer.inputs], graph.sources(layer, tensors), result)
                found[layer.name] = np.where((result.low == 0).ravel() & (result.high == 0).ravel(), ZERO, numbers)
        return found

    def _of(self, layer: Layer, reads: Sequence[Int], sources: Sequence[Tensor], result: Tensor) -> Int:
        if not isinstance(layer, HardwareLayer):
            return self._new(result.size)
        if layer.moves:
            shaped = [numbers.reshape(1, *source.shape) for numbers, source in zip(reads, sources, strict=True)]
            places = [Tensor.of_format(source.shape, _NUMBERS) for source in sources]
            return np.asarray(layer.evaluate(shaped, places)).ravel()
        if layer.multiplies:
            return self._sums(layer, reads[0], sources, result)
        if isinstance(layer, Sum):
            terms = np.moveaxis(reads[0].reshape(sources[0].shape), layer.axes, range(-len(layer.axes), 0))
            return self._numbered(frozen_layer(layer), np.sort(terms.reshape(result.size, -1), axis=1))
        if isinstance(layer, ActivationLayer) and isinstance(layer.function, ElementQuantizer):
            function, shape = layer.function, result.shape
            columns = function.fraction_bits, function.low, function.high
            own = [np.broadcast_to(column, shape).ravel() for column in columns]
            kind = frozen_value((function.rounding, function.wraps, function.rectified))
            return self._numbered((ElementQuantizer, kind), np.stack([*reads, *own], axis=1))
        if isinstance(layer, MaxPool2D):
            taps = layer.windows_read(sources)
            return self._numbered(frozen_layer(layer), np.sort(np.where(taps < 0, -1, reads[0][taps]), axis=1))
        if isinstance(layer, Lookup | Threshold):
            functions = len((layer.table if isinstance(layer, Lookup) else layer.thresholds).codes)
            rows = np.stack([*reads, np.arange(result.size) % functions], axis=1)
            return self._numbered((frozen_layer(layer), sources[0].format), rows)  # functions of codes
        if isinstance(layer, ActivationLayer) or layer.elementwise:
            rows = np.stack(reads, axis=1)
            return self._numbered(frozen_layer(layer), np.sort(rows, axis=1) if layer.commutes else rows)
        return self._new(result.size)

    def _sums(self, layer: HardwareLayer, read: Int, sources: Sequence[Tensor], result: Tensor) -> Int:
        """Sums with equal weights of equal elements are equal, unless weights may change."""
        linear = layer.linear_map(sources) if read.size * result.size <= _CONNECTIONS else None
        if linear is None or linear.reload is not None or linear.sets is not None:
            return self._new(result.size)
        elements, place = np.unique(read, return_inverse=True)
        weights = np.zeros((result.size, elements.size), np.int64)
        if elements.size == read.size:
            weights[:, place.ravel()] = linear.weights
        else:
            np.add.at(weights.T, place.ravel(), linear.weights.T)
        kind = "sums", elements.tobytes(), sources[0].format.fraction_bits, result.format.fraction_bits
        return self._numbered(kind, np.column_stack([weights, linear.bias]))

    def _numbered(self, kind: Hashable, rows: Int) -> Int:
        """A number for each row, the same for equal rows of one kind, now and later."""
        distinct, place = np.unique(rows, axis=0, return_inverse=True)
        numbers = [self._number((kind, row.tobytes())) for row in distinct]
        return np.array(numbers, np.int64)[place.ravel()]

    def _number(self, key: Hashable) -> int:
        if key not in self._known:
            self._known[key], self._next = self._next, self._next + 1
        return self._known[key]

    def _new(self, count: int) -> Int:
        self._next += count
        return np.arange(self._next - count, self._next, dtype=np.int64)
