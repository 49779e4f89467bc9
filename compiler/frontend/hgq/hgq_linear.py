"""Layers of HGQ2 with weights: dense, einsum and convolution layers, and batch normalization."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Real
from bxnn.compiler.ir.window import Window, rank_of
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.affine import Affine
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape

_EPSILON = np.float32(1e-7)  # keras.epsilon(), which HGQ2 uses instead of the layer's own
_IMAGE_AXES = 2  # that a convolution slides over


def dense(source: HgqSource) -> Sequence[Layer]:
    """``activation(iq(x) @ kq(W) + bq(b))``."""
    units = source.source.positive("units")
    name, biased = source.one_input(), source.source.flag("use_bias", True)
    stored = source.variables.weights(("kernel", "bias") if biased else ("kernel",))
    kernel = source.weight("kq", _shaped(source, stored, "kernel", (source.shapes[name][-1], units)))
    bias = _bias(source, stored["bias"]) if biased else None
    source.source.ignore("bq_conf")
    return source.finished(source.activated(pointwise(source, source.name, name, kernel, bias)))


def batch_norm_dense(source: HgqSource) -> Sequence[Layer]:
    """A dense layer that normalizes its inputs: ``kq(s * W)``, ``bq(b - mean @ W)``, in float32 as HGQ2 folds it."""
    units, epsilon = source.source.positive("units"), source.source.get("epsilon", 1e-3)
    name, scaled = source.one_input(), source.source.flag("scale", True)
    source.source.expect("use_bias", True)
    names = ("kernel", "bias", *(("gamma",) if scaled else ()), "moving_mean", "moving_variance")
    stored = source.variables.weights(names)
    kernel = _shaped(source, stored, "kernel", (source.shapes[name][-1], units))
    factor = _inverse_deviation(source, stored, np.float32(epsilon))
    offset = stored["bias"] - stored["moving_mean"] @ kernel
    codes = source.weight("kq", factor[:, np.newaxis] * kernel), _bias(source, offset)
    return source.finished(source.activated(pointwise(source, source.name, name, *codes)))


def einsum_dense(source: HgqSource) -> Sequence[Layer]:
    """``einsum(equation, iq(x), kq(W)) + bq(b)``; with normalization folded in before the quantizers."""
    normalized = source.source.class_name.endswith("Batchnorm")
    equation = str(source.source.get("equation"))
    biased = source.source.get("bias_axes") is not None
    source.source.ignore("output_shape", "bq_conf", "normalize_axes")
    names = ["kernel", *(["bias"] if biased else [])]
    if normalized:
        source.source.ignore("epsilon", "center", "axis")
        names += [*(["gamma"] if source.source.flag("scale", True) else []), "moving_mean", "moving_variance"]
    name, stored = source.one_input(), source.variables.weights(names)
    kernel, bias = stored["kernel"], stored.get("bias")
    if normalized:
        factor = _inverse_deviation(source, stored, _EPSILON)
        if bias is None or factor.shape != kernel.shape[-factor.ndim :]:
            raise ModelError(source.subject, f"equation {equation!r} does not end with the axes that are normalized")
        kernel = kernel * factor
        bias = bias + (-stored["moving_mean"] * factor).reshape(bias.shape)
    codes = source.weight("kq", kernel), None if bias is None else _bias(source, bias)
    return source.finished(source.activated(contracted(source, source.name, name, equation, *codes)))


def convolution(source: HgqSource) -> Sequence[Layer]:
    """``convolution(iq(x), kq(W)) + bq(b)``; a border of zeros stays zero after ``iq``."""
    attributes = source.source
    rank, filters = rank_of(attributes), attributes.positive("filters")
    biased = attributes.flag("use_bias", True)
    attributes.expect("groups", 1, advice="use 1 group")
    window = Window.from_keras(attributes, "kernel_size", rank)
    name = source.one_input()
    stored = source.variables.weights(("kernel", "bias") if biased else ("kernel",))
    channels = source.shapes[name][-1]
    kernel = source.weight("kq", _shaped(source, stored, "kernel", (*window.size, channels, filters)))
    bias = _bias(source, stored["bias"]) if biased else None
    attributes.ignore("bq_conf")
    return source.finished(source.activated(source.add(Conv2D(source.name, (name,), kernel, bias, window))))


def batch_normalization(source: HgqSource) -> Sequence[Layer]:
    """``iq(x) * kq(s) + bq(o)`` with ``s = gamma / sqrt(var + epsilon)``, ``o = beta - mean * s``.

    Without ``center`` HGQ2 takes 1 for beta.
    """
    attributes = source.source
    scaled, centered, epsilon = (
        attributes.flag("scale", True),
        attributes.flag("center", True),
        attributes.get("epsilon"),
    )
    axis, rank = attributes.get("axis", -1), len(attributes.input_shapes[0])
    if (axis[0] if isinstance(axis, list) and len(axis) == 1 else axis) not in (-1, rank):
        raise attributes.refuse("axis", "normalize the last axis")
    name = source.one_input()
    names = (*(("gamma",) if scaled else ()), *(("beta",) if centered else ()), "moving_mean", "moving_variance")
    stored = source.variables.weights(names)
    factor = _inverse_deviation(source, stored, np.float32(1e-3 if epsilon is None else epsilon))
    shift = stored.get("beta", np.float32(1)) - stored["moving_mean"] * factor
    codes = source.weight("kq", factor), source.weight("bq", np.asarray(shift, np.float32))
    return source.finished(source.add(Affine(source.name, (name,), *codes)))


def pointwise(source: HgqSource, result: str, name: str, kernel: FixedTensor, bias: FixedTensor | None) -> str:
    """The same dense layer at every position of a tensor of any rank; the name of its result."""
    *image, _ = source.shapes[name]
    if not image:
        return source.add(Dense(result, (name,), kernel, bias))
    flat = name
    rank = len(image) if len(image) <= _IMAGE_AXES else 1
    if rank < len(image):
        flat = source.add(Reshape(f"{result}_row", (name,), (math.prod(image), source.shapes[name][-1])))
    codes = FixedTensor(kernel.codes.reshape((1,) * rank + kernel.codes.shape), kernel.fraction_bits)
    inner = result if flat == name else f"{result}_positions"
    inner = source.add(Conv2D(inner, (flat,), codes, bias, Window.pixel(rank)))
    return inner if flat == name else source.add(Reshape(result, (inner,), (*image, kernel.codes.shape[-1])))


def contracted(
    source: HgqSource, result: str, name: str, equation: str, kernel: FixedTensor, bias: FixedTensor | None
) -> str:
    """An einsum of a tensor and a constant as a dense layer between wires; the name of its result.

    Raises:
        ModelError: If the equation repeats an index, keeps one of the kernel's together with the tensor's, or sums one
            that the kernel does not have.
    """
    inputs, weights, outputs = _axes(source, equation, len(source.shapes[name]))
    summed = [axis for axis in inputs if axis in weights]
    free, made = [axis for axis in inputs if axis not in weights], [axis for axis in weights if axis not in inputs]
    lists = (inputs, weights, outputs)
    if any(len(set(axes)) != len(axes) for axes in lists) or sorted(outputs) != sorted([*free, *made]):
        raise ModelError(source.subject, f"equation {equation!r} is not supported; use one like '...c,cd->...d'")
    sizes = dict(zip((*inputs, *weights), (*source.shapes[name], *kernel.codes.shape), strict=True))
    if tuple(sizes[axis] for axis in inputs) != source.shapes[name]:
        raise ModelError(source.subject, f"equation {equation!r} does not fit its input and its kernel")
    order = [weights.index(axis) for axis in (*summed, *made)]
    terms, units = (math.prod(sizes[axis] for axis in axes) for axes in (summed, made))
    matrix = FixedTensor(kernel.codes.transpose(order).reshape(terms, units), kernel.fraction_bits)
    name = _permuted(source, f"{result}_in", name, inputs, [*free, *summed])
    name = _reshaped(source, f"{result}_flat", name, (*(sizes[axis] for axis in free), terms))
    flat = None if bias is None else _per_unit(source, bias, tuple(sizes[axis] for axis in outputs), outputs, made)
    name = pointwise(source, result, name, matrix, flat)
    name = _reshaped(source, f"{result}_axes", name, tuple(sizes[axis] for axis in (*free, *made)))
    return _permuted(source, f"{result}_out", name, [*free, *made], outputs)


def _axes(source: HgqSource, equation: str, rank: int) -> tuple[list[str], list[str], list[str]]:
    """Indices of input, kernel and output without the batch axis; an ellipsis stands for digits."""
    left, arrow, outputs = equation.replace(" ", "").partition("->")
    inputs, comma, weights = left.partition(",")
    letters = (inputs + weights + outputs).replace("...", "")
    if not arrow or not comma or not letters.isalpha() or "..." in weights:
        raise ModelError(source.subject, f"equation {equation!r} does not combine one tensor and one kernel")
    spread = "".join(map(str, range(rank + 1 - len(inputs.replace("...", "")))))
    full = [list(axes.replace("...", spread)) for axes in (inputs, weights, outputs)]
    if len(full[0]) != rank + 1 or full[0][0] != full[2][0] or full[0][0] in full[1]:
        raise ModelError(source.subject, f"equation {equation!r} does not keep the batch axis first")
    return full[0][1:], full[1], full[2][1:]


def _permuted(source: HgqSource, result: str, name: str, axes: list[str], wanted: list[str]) -> str:
    if axes == wanted:
        return name
    return source.add(Permute(result, (name,), tuple(axes.index(axis) for axis in wanted)))


def _reshaped(source: HgqSource, result: str, name: str, shape: tuple[int, ...]) -> str:
    return name if source.shapes[name] == shape else source.add(Reshape(result, (name,), shape))


def _per_unit(
    source: HgqSource, bias: FixedTensor, shape: tuple[int, ...], axes: list[str], made: list[str]
) -> FixedTensor:
    """One bias per unit, from one that broadcasts against the output."""
    try:
        full = np.broadcast_to(bias.codes, shape)
    except ValueError:
        raise ModelError(
            source.subject, f"weight 'bias' has shape {bias.codes.shape}, but its output is {shape}"
        ) from None
    free = [axis for axis in axes if axis not in made]
    rows = full.transpose([axes.index(axis) for axis in (*free, *made)]).reshape(
        -1, *(shape[axes.index(a)] for a in made)
    )
    if not (rows == rows[:1]).all():
        raise ModelError(source.subject, "has a bias for every position; use bias_axes of the kernel only")
    return FixedTensor(rows[0].ravel(), bias.fraction_bits)


def _bias(source: HgqSource, values: Real, variables: HgqVariables | None = None) -> FixedTensor:
    return source.weight("bq", values, variables)


def _shaped(source: HgqSource, stored: dict[str, Real], name: str, shape: tuple[int, ...]) -> Real:
    if stored[name].shape != shape:
        raise ModelError(source.subject, f"weight {name!r} has shape {stored[name].shape}, but the model needs {shape}")
    return stored[name]


def _inverse_deviation(source: HgqSource, stored: dict[str, Real], epsilon: np.float32) -> Real:
    """``gamma / sqrt(variance + epsilon)`` in float32."""
    spread = stored["moving_variance"] + epsilon
    if not np.isfinite(spread).all() or float(spread.min()) <= 0:
        raise ModelError(source.subject, "weight 'moving_variance' is not positive; the model file is damaged")
    return np.asarray(stored.get("gamma", np.float32(1)) / np.sqrt(spread), np.float32)
