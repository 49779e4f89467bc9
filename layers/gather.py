"""Gather: elements of a tensor in any order, some of them several times or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.ir.keras_axes import axis_pairs
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.source import LayerSource
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor

_LARGEST = 1 << 12  # of a size


@dataclass(frozen=True, eq=False)
class Gather(HardwareLayer):
    """``y[i] = x[elements[i]]``: slices, crops, copies along new axes, elements picked by constants; wires only.

    Attributes:
        elements: Input element of every output element, counted row-major; its shape is that of the result.
        format: A narrower one than that of the input, with the same LSB, that holds all elements of the result.
    """

    kind: ClassVar[str] = "gather"
    selects: ClassVar[bool] = True
    moves: ClassVar[bool] = True
    keras_classes: ClassVar[tuple[str, ...]] = ("UpSampling1D", "UpSampling2D", "Cropping1D", "Cropping2D")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Cropping1D", "Cropping2D", "Resize")

    elements: FixedTensor
    format: FixedFormat | None = None

    @classmethod
    def of(cls, name: str, source: str, elements: Int, number_format: FixedFormat | None = None) -> Self:
        """The layer for an array of elements."""
        return cls(name, (source,), FixedTensor(np.ascontiguousarray(elements, np.int64), 0), number_format)

    @classmethod
    def broadcast(cls, name: str, source: str, shape: tuple[int, ...], target: tuple[int, ...]) -> Self:
        """A tensor of ``shape`` repeated along axes to ``target``, by the rules of NumPy.

        Raises:
            ValueError: If it cannot be.
        """
        return cls.of(name, source, np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), target))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        signed, unsigned = FixedFormat(True, 1, 2), FixedFormat(False, 2, 2)
        ends = np.array([[-8, 0, -2], [7, 3, 1]])
        mixed = Tensor(signed, ends[0], ends[1], np.zeros(3, np.int64))
        return (
            Example(cls.of("y", "x", np.array([[3, 3], [0, 5]])), (Tensor.of_format((2, 3), signed),)),
            Example(cls.broadcast("y", "x", (2, 1), (3, 2, 2)), (Tensor.of_format((2, 1), unsigned),)),
            Example(cls.of("y", "x", np.array([1])), (Tensor.of_format((4,), signed),)),
            Example(cls.of("y", "x", np.array([1, 2, 1]), FixedFormat(True, 0, 2)), (mixed,)),
            Example(cls.of("y", "x", np.array([[1]]), FixedFormat(False, 0, 2)), (mixed,)),
        )

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, shape = source.one_input(), source.input_shapes[0]
        source.expect("data_format", "channels_last", None, advice="use 'channels_last'")
        source.expect("interpolation", "nearest", advice="use 'nearest'")
        places: Int = np.arange(int(np.prod(shape))).reshape(shape)
        rank = len(shape) - 1
        if source.class_name.startswith("UpSampling"):
            for axis, size in enumerate(axis_pairs(source, "size", rank, 2, range(1, _LARGEST))):
                places = np.repeat(places, size[0], axis=axis)
        else:
            for axis, (before, after) in enumerate(axis_pairs(source, "cropping", rank, 1, range(_LARGEST))):
                places = np.take(places, np.arange(before, max(shape[axis] - after, before)), axis=axis)
        source.finish()
        if not places.size:
            raise source.refuse("cropping", "leave at least one pixel")
        return (cls.of(source.name, name, places),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """Crops, and enlarged images whose pixels are those of hls4ml's division in 16 fraction bits.

        Source: ``resize_nearest`` in nnet_image.h of hls4ml 1.3.0.
        """
        for key, wanted in (("data_format", "channels_last"), ("algorithm", "nearest"), ("align_corners", False)):
            if node.get(key, wanted) != wanted:
                raise node.refuse(f"{key} {node.get(key)!r} is not supported; use {wanted!r}")
        shape = node.sources[0].shape
        places: Int = np.arange(int(np.prod(shape))).reshape(shape)
        sides = (("height", "top"), ("width", "left"))[-len(shape[:-1]) :]
        for axis, (side, before) in enumerate(sides):
            pixels, first = np.arange(node.number(f"out_{side}")), 0
            if node.class_name == "Resize":
                pixels = pixels * ((shape[axis] << 16) // max(pixels.size, 1) + 1) >> 16
            else:
                first = node.number(f"crop_{before}")
            places = np.take(places, first + pixels, axis=axis)
        node.make(lambda name, inputs: cls.of(name, inputs[0], places))
        node.finish()

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        size, codes = int(np.prod(shapes[0])), self.elements.codes
        if not codes.size or int(codes.min()) < 0 or int(codes.max()) >= size:
            raise ModelError(
                self.describe(), f"picks elements that its input of shape {tuple(shapes[0])} does not have"
            )
        return tuple(codes.shape)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        self.output_shape([sources[0].shape])
        found = sources[0].rewired(lambda codes: codes.ravel()[self.elements.codes])
        return found if self.format is None else replace(found, format=self.format)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value = stacked(values)
        return value.reshape(len(value), -1)[:, self.elements.codes]

    def passes_order(self) -> bool:
        return True

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if layout.is_serial:
            return None
        return PipelineStage.wires(layout, layout.holding(self.elements.codes.size))

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        return {"elements": self.elements.codes.ravel()}


def broadcast_inputs(source: LayerSource) -> tuple[list[Layer], list[str]]:
    """Layers that repeat the inputs of a Keras layer to their common shape, and the names of all of that shape.

    Raises:
        ModelError: If their shapes do not fit together.
    """
    try:
        target = np.broadcast_shapes(*source.input_shapes)
    except ValueError:
        listed = " and ".join(map(str, source.input_shapes))
        raise ModelError(source.subject, f"its inputs have shapes {listed}, which do not fit together") from None
    made: list[Layer] = []
    names = list(source.inputs)
    for number, (name, shape) in enumerate(zip(source.inputs, source.input_shapes, strict=True)):
        if shape != target:
            made.append(Gather.broadcast(f"{source.name}_wide{number}", name, shape, target))
            names[number] = made[-1].name
    return made, names


def chained(source: LayerSource, pair: Callable[[str, tuple[str, ...]], Layer]) -> tuple[Layer, ...]:
    """Layers that combine the inputs of a Keras layer pairwise; the last has its name.

    Raises:
        ModelError: If there is only one input, or their shapes do not fit together.
    """
    made, names = broadcast_inputs(source)
    if len(names) < 2:
        raise ModelError(source.subject, "has 1 input; it takes at least 2")
    result = names[0]
    for number, name in enumerate(names[1:], 2):
        own = source.name if number == len(names) else f"{source.name}_of{number}"
        made.append(pair(own, (result, name)))
        result = own
    return tuple(made)


def repeated_inputs(node: NodeSource) -> tuple[str, ...]:
    """Names of the inputs of an hls4ml node in their common shape, or as they are if they have none."""
    names, shapes = list(node.inputs), [source.shape for source in node.sources]
    try:
        target = np.broadcast_shapes(*shapes)
    except ValueError:
        return node.inputs
    for number, shape in enumerate(shapes):
        if shape != target:
            repeat = partial(_repeated, shape=shape, target=target)
            names[number] = node.append(repeat, names[number : number + 1]).name
    return tuple(names)


def _repeated(name: str, inputs: tuple[str, ...], shape: tuple[int, ...], target: tuple[int, ...]) -> Gather:
    return Gather.broadcast(name, inputs[0], shape, target)
