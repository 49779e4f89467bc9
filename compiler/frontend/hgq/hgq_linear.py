"""Layers of HGQ2 with weights: dense, einsum and convolution layers, and batch normalization."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.frontend.keras.einsum import contracted, pointwise, read_equation
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Real
from bxnn.compiler.ir.window import Window, rank_of
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted
from bxnn.layers.affine import Affine
from bxnn.layers.conv2d import Conv2D

_EPSILON = np.float32(1e-7)  # keras.epsilon(), which HGQ2 uses instead of the layer's own


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
        source.source.ignore("epsilon", "center", "axis", "scale")  # HGQ2 writes none of them, whatever they are
        names += ["gamma", "moving_mean", "moving_variance"]
    name, stored = source.one_input(), source.variables.weights(names, optional=("gamma",) if normalized else ())
    kernel, bias = stored["kernel"], stored.get("bias")
    if normalized:
        factor = _inverse_deviation(source, stored, _EPSILON)
        if bias is None or factor.size != bias.size:
            problem = f"normalizes {counted(factor.size, 'channel')}, but its bias has shape"
            raise ModelError(source.subject, f"{problem} {None if bias is None else bias.shape}; normalize bias_axes")
        kernel = kernel * _along(source, equation, factor, kernel)
        bias = bias + (-stored["moving_mean"] * factor).reshape(bias.shape)
    codes = source.weight("kq", kernel), None if bias is None else _bias(source, bias)
    axes = read_equation(source, equation, (len(source.shapes[name]),))
    return source.finished(source.activated(contracted(source, source.name, name, axes, *codes)))


def _along(source: HgqSource, equation: str, factor: Real, kernel: Real) -> Real:
    """The factors of the axes that are normalized, in a shape that broadcasts against the kernel."""
    letters = equation.partition(",")[2].partition("->")[0].strip()
    normalized = [letter in str(source.source.get("bias_axes")) for letter in letters]
    sizes = tuple(size for size, own in zip(kernel.shape, normalized, strict=False) if own)
    if len(letters) != kernel.ndim or factor.shape != sizes:
        raise ModelError(source.subject, f"equation {equation!r} does not fit its weights; the model file is damaged")
    own = tuple(size if own else 1 for size, own in zip(kernel.shape, normalized, strict=True))
    return factor.reshape(own)


def convolution(source: HgqSource) -> Sequence[Layer]:
    """``convolution(iq(x), kq(W)) + bq(b)``; a border of zeros stays zero after ``iq``."""
    attributes = source.source
    rank, filters = rank_of(attributes), attributes.positive("filters")
    biased = attributes.flag("use_bias", True)
    groups = attributes.positive("groups") if "groups" in attributes.config else 1
    window = Window.from_keras(attributes, "kernel_size", rank)
    name = source.one_input()
    stored = source.variables.weights(("kernel", "bias") if biased else ("kernel",))
    channels = source.shapes[name][-1]
    if channels % groups or filters % groups:
        raise attributes.refuse("groups", f"use a divisor of {channels} channels and {filters} filters")
    kernel = source.weight("kq", _shaped(source, stored, "kernel", (*window.size, channels // groups, filters)))
    bias = _bias(source, stored["bias"]) if biased else None
    attributes.ignore("bq_conf")
    return source.finished(source.activated(source.add(Conv2D(source.name, (name,), kernel, bias, window, groups))))


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
