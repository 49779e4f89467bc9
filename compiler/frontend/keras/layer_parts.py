"""One layer of a model file while it is read into several layers: attributes to account for, and layers made so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.pooling import PLAIN_AVERAGE
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.ir.window import Window
from bxnn.layers.add import Add
from bxnn.layers.averagepool2d import AveragePool2D
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.gather import Gather
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape
from bxnn.layers.sum import Sum


@dataclass
class LayerParts:
    """A layer, read part by part; ``made`` grows as the parts are read.

    Attributes:
        source: Attributes, inputs and names.
        made: Layers so far.
        shapes: Shapes of inputs and layers without the batch axis, by name.
    """

    source: LayerSource
    made: list[Layer] = field(default_factory=list, kw_only=True)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        self.shapes.update(zip(self.source.inputs, self.source.input_shapes, strict=True))

    @property
    def subject(self) -> str:
        """Name of the layer in errors."""
        return self.source.subject

    @property
    def name(self) -> str:
        """Name of the layer that stands for the whole."""
        return self.source.name

    def add(self, layer: Layer) -> str:
        """Append a layer; returns its name."""
        self.made.append(layer)
        self.shapes[layer.name] = layer.output_shape([self.shapes[name] for name in layer.inputs])
        return layer.name

    def named(self, role: str) -> str:
        """A name for a part of the layer."""
        return f"{self.name}_{role}"

    def permuted(self, result: str, name: str, axes: Sequence[str], wanted: Sequence[str]) -> str:
        """A tensor whose axes have the names ``axes``, with its axes in the order ``wanted``."""
        if list(axes) == list(wanted):
            return name
        return self.add(Permute(result, (name,), tuple(list(axes).index(axis) for axis in wanted)))

    def reshaped(self, result: str, name: str, shape: tuple[int, ...]) -> str:
        """A tensor in another shape."""
        return name if self.shapes[name] == shape else self.add(Reshape(result, (name,), shape))

    def broadcast(self, names: Sequence[str]) -> list[str]:
        """Tensors repeated along axes to their common shape.

        Raises:
            ModelError: If they have none.
        """
        shapes = [self.shapes[name] for name in names]
        try:
            target = np.broadcast_shapes(*shapes)
        except ValueError:
            listed = " and ".join(map(str, shapes))
            raise ModelError(self.subject, f"its inputs have shapes {listed}, which do not fit together") from None
        return [
            name if shape == target else self.add(Gather.broadcast(self.named(f"wide{n}"), name, shape, target))
            for n, (name, shape) in enumerate(zip(names, shapes, strict=True))
        ]

    def scaled(self, result: str, name: str, exponent: int) -> str:
        """A tensor times a power of two: sums of one term."""
        shape = self.shapes[name]
        single = self.add(Reshape(f"{result}_single", (name,), (*shape, 1)))
        return self.add(Sum(result, (single,), (len(shape),), exponent))

    def average(self, result: str, names: Sequence[str]) -> str:
        """The mean of tensors of one shape, exact together with the rounding after it."""
        count, shape = len(names), self.shapes[names[0]]
        if count & (count - 1) == 0:
            total = self.add(Add(f"{result}_sum", tuple(names)))
            return self.scaled(result, total, -(count.bit_length() - 1))
        size = math.prod(shape)
        rows = [self.reshaped(f"{result}_row{n}", name, (1, size)) for n, name in enumerate(names)]
        table = self.add(Concatenate(f"{result}_rows", tuple(rows), 0))
        whole = Window.whole((count,))
        mean = self.add(AveragePool2D(f"{result}_mean", (table,), PLAIN_AVERAGE, None, whole, False))
        return self.add(Reshape(result, (mean,), shape))

    def largest(self, result: str, name: str, axes: tuple[int, ...], keepdims: bool) -> str:
        """The largest element along some axes."""
        shape = self.shapes[name]
        rows, kept = self._rows(result, name, axes)
        most = self.add(MaxPool2D(f"{result}_most", (rows,), Window.whole(self.shapes[rows][:1]), False))
        left = tuple(1 if a in axes else n for a, n in enumerate(shape)) if keepdims else kept
        return self.add(Reshape(result, (most,), left))

    def _rows(self, result: str, name: str, axes: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """A tensor as rows along some axes, and the shape without these."""
        shape = self.shapes[name]
        kept = [axis for axis in range(len(shape)) if axis not in axes]
        if (*axes, *kept) != tuple(range(len(shape))):
            name = self.add(Permute(f"{result}_in", (name,), (*axes, *kept)))
        left = tuple(shape[axis] for axis in kept)
        return self.reshaped(f"{result}_rows", name, (math.prod(shape) // math.prod(left), math.prod(left))), left or (
            1,
        )

    def mean(self, result: str, name: str, axes: tuple[int, ...], keepdims: bool) -> str:
        """The mean over some axes, exact together with the rounding after it."""
        shape = self.shapes[name]
        count = math.prod(shape[axis] for axis in axes)
        if count & (count - 1) == 0:
            return self.add(Sum(result, (name,), axes, -(count.bit_length() - 1), keepdims))
        rows, kept = self._rows(result, name, axes)
        whole = Window.whole((count,))
        mean = self.add(AveragePool2D(f"{result}_mean", (rows,), PLAIN_AVERAGE, None, whole, False))
        left = tuple(1 if a in axes else n for a, n in enumerate(shape)) if keepdims else kept
        return self.add(Reshape(result, (mean,), left))
