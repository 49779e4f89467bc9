"""Keras layers that are several layers of the network: einsums, products of two tensors, means, copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.einsum import Equation, contracted, multiplied, read_equation
from bxnn.compiler.frontend.keras.layer_parts import LayerParts
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter, Real
from bxnn.compiler.plural import counted
from bxnn.layers.activation import activation_layers
from bxnn.layers.gather import Gather

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _einsum_dense(parts: LayerParts) -> None:
    """``einsum(equation, x, kernel) + bias``."""
    source, name = parts.source, parts.source.one_input()
    text, biased = str(source.get("equation")), source.get("bias_axes") is not None
    source.expect("lora_rank", None, advice="merge the LoRA weights")
    source.ignore("output_shape", "lora_alpha", "quantization_config", "gptq_unpacked_column_size")
    source.ignore_training()
    equation = read_equation(parts, text, (len(parts.shapes[name]),))
    kernel = Parameter(_stored(parts, "kernel", len(equation.second)), source.weight_quantizer("kernel_quantizer"))
    quantizer = source.weight_quantizer("bias_quantizer")
    bias = Parameter(_stored(parts, "bias", None), quantizer) if biased else None
    contracted(parts, parts.name, name, equation, kernel, bias)
    _activate(parts)


def _dot(parts: LayerParts) -> None:
    """The products of two tensors along one axis of each, summed; the batch axis counts as axis 0."""
    parts.source.expect("normalize", False, advice="use False")
    axes = dot_axes(parts, parts.source.get("axes"))
    dot(parts, parts.name, (parts.source.inputs[0], parts.source.inputs[1]), axes)


def _average(parts: LayerParts) -> None:
    """The mean of tensors."""
    if len(parts.source.inputs) < 2:
        raise ModelError(parts.subject, "has 1 input; it takes at least 2")
    parts.average(parts.name, parts.broadcast(parts.source.inputs))


def _repeat_vector(parts: LayerParts) -> None:
    """Copies of a vector."""
    name, copies = parts.source.one_input(), parts.source.positive("n")
    (size,) = parts.shapes[name]
    parts.add(Gather.broadcast(parts.name, name, (1, size), (copies, size)))


READERS: Mapping[str, Callable[[LayerParts], None]] = {
    "Average": _average,
    "Dot": _dot,
    "EinsumDense": _einsum_dense,
    "RepeatVector": _repeat_vector,
}


def read_composed(parts: LayerParts) -> Sequence[Layer]:
    """The layers for one Keras layer; the last stands for its output.

    Raises:
        ModelError: If an attribute is not supported exactly.
    """
    READERS[parts.source.class_name](parts)
    parts.source.finish()
    return parts.made


def dot_axes(parts: LayerParts, value: Any) -> tuple[int, int]:
    """The axis of each of two tensors that a Dot layer sums, counted from 0 without the batch axis.

    Raises:
        ModelError: If there are not two tensors, or they do not have these axes.
    """
    if len(parts.source.inputs) != 2:
        raise ModelError(parts.subject, f"has {counted(len(parts.source.inputs), 'input')}; it takes 2")
    ranks = [len(shape) for shape in parts.source.input_shapes]
    pair = list(value) if isinstance(value, list | tuple) else [value, value]
    if len(pair) != 2 or not all(type(a) is int and -r <= a <= r and a for a, r in zip(pair, ranks, strict=False)):
        raise parts.source.refuse("axes", "use an axis of each input other than the batch axis")
    first, second = (axis - 1 if axis > 0 else rank + axis for axis, rank in zip(pair, ranks, strict=True))
    return first, second


def dot(parts: LayerParts, result: str, names: tuple[str, str], axes: tuple[int, int]) -> str:
    """The products of two tensors along one axis of each, summed: all other axes, those of the first in front."""
    first = list(_LETTERS[: len(parts.shapes[names[0]])])
    second = list(_LETTERS[len(first) : len(first) + len(parts.shapes[names[1]])])
    second[axes[1]] = first[axes[0]]
    left = [axis for axis in (*first, *second) if axis != first[axes[0]]]
    return multiplied(parts, result, names, Equation(f"axes {axes}", first, second, left))


def _activate(parts: LayerParts) -> None:
    name = parts.made[-1].name
    for layer in activation_layers(parts.source, parts.named("activation"), name, parts.shapes[name][-1]):
        parts.add(layer)


def _stored(parts: LayerParts, name: str, rank: int | None) -> Real:
    array = parts.source.weights.get(name)
    if array is None:
        raise ModelError(parts.subject, f"weight {name!r} is missing from the weights file")
    if rank is not None and array.ndim != rank:
        raise ModelError(parts.subject, f"weight {name!r} has shape {array.shape}, but the equation {rank} axes")
    return np.asarray(array)
