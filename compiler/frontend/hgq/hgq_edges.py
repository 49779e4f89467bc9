"""Layers of HGQ2 with a small network on every edge, QDenseT and QConvT: a table for each pair of input and output."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_functions import TABULATED
from bxnn.compiler.frontend.hgq.hgq_quantizer import HgqQuantizer
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_tables import looked_up
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.plural import counted
from bxnn.layers.gather import Gather
from bxnn.layers.sum import Sum
from bxnn.layers.zero_padding import ZeroPadding

Doubles = NDArray[np.float64]


def edges(source: HgqSource) -> Sequence[Layer]:
    """``activation(sum_i toq(g_io(iq(x_i))))``, where ``g_io`` is a small dense network of one number."""
    attributes = source.source
    attributes.ignore("table_idxs", "bn_momentum", "d_hl", "activity_regularizer")
    convolves = source.source.class_name != "QDenseT"
    outputs = attributes.positive("filters" if convolves else "n_out")
    name = attributes.one_input()
    if convolves:
        name = _patches(source, name)
    *positions, inputs = source.shapes[name]
    wide = (*positions, inputs, outputs)
    places = np.broadcast_to(np.arange(math.prod((*positions, inputs))).reshape(*positions, inputs, 1), wide)
    name = source.add(Gather.of(source.named("edges"), name, places))
    name = source.quantized(name, "iq", attributes.flag("enable_iq", True))
    function = _Edges.of(source, inputs, outputs)
    quantizer = source.quantizer("toq", attributes.get("toq_conf"), source.variables)
    if quantizer is None:
        raise ModelError(source.subject, "has tables without a quantizer; give toq_conf a type other than 'dummy'")
    name = looked_up(source, source.named("table"), name, function, _rows(source, quantizer, wide))
    return source.finished(source.activated(source.add(Sum(source.name, (name,), (len(positions),)))))


def _patches(source: HgqSource, name: str) -> str:
    """For every position of a window, the pixels under it: rows, columns, channels."""
    attributes = source.source
    attributes.expect("groups", 1, advice="use 1 group")
    *image, channels = source.shapes[name]
    window = Window.from_keras(attributes, "kernel_size", len(image))
    if window.padded:
        name = source.add(ZeroPadding(source.named("border"), (name,), window.before, window.after))
        *image, _ = source.shapes[name]
        window = window.unpadded()
    taps = window.taps(tuple(image))[..., np.newaxis] * channels + np.arange(channels)
    shape = (*window.positions(tuple(image)), taps.shape[1] * channels)
    return source.add(Gather.of(source.named("patches"), name, taps.reshape(shape)))


def _rows(source: HgqSource, quantizer: HgqQuantizer, wide: tuple[int, ...]) -> HgqQuantizer:
    """The quantizer with a row for every edge, or, if it differs between positions, for every element."""
    arrays = (quantizer.keep_negative, quantizer.integer_bits, quantizer.fraction_bits)
    shape = arrays[0].shape[1:]
    if len(shape) != len(wide) or any(a not in (1, b) for a, b in zip(shape, wide, strict=True)):
        problem = f"its variables have shape {shape}, but its tensor has {wide}"
        raise quantizer.config.error(f"{problem}; the file is damaged")
    full = wide[-2:] if all(size == 1 for size in shape[:-2]) else wide
    rows = [np.broadcast_to(array[0], (*shape[: -len(full)], *full)).reshape(-1, 1) for array in arrays]
    return HgqQuantizer(quantizer.config, *rows)


@dataclass(frozen=True, eq=False)
class _Edges:
    """The networks of all edges.

    Attributes:
        layers: Kernel of shape (inputs, outputs, terms, units), bias of (inputs, outputs, units).
        function: Between them.
        factor: Of the result, shape (outputs,).
        shift: The same.
    """

    layers: Sequence[tuple[Doubles, Doubles]]
    function: Any
    factor: Doubles
    shift: Doubles

    @classmethod
    def of(cls, source: HgqSource, inputs: int, outputs: int) -> _Edges:
        """The networks in the file."""
        attributes = source.source
        hidden, biased = attributes.get("n_hl"), attributes.flag("use_bias", True)
        word = attributes.get("subnn_activation")
        if not isinstance(word, str) or word not in TABULATED:
            raise attributes.refuse("subnn_activation", f"use one of {', '.join(TABULATED)}")
        parts = source.variables.parts("module")
        if type(hidden) is not int or len(parts) != hidden + 1:
            raise attributes.refuse("n_hl", f"the file holds {counted(len(parts), 'layer')}; it is damaged")
        layers = []
        for part in parts:
            stored = part.weights(("kernel", "bias") if biased else ("kernel",))
            kernel = np.asarray(stored["kernel"], np.float64)
            if kernel.ndim < 3 or kernel.shape[:2] != (inputs, outputs):
                raise ModelError(source.subject, f"a kernel of shape {kernel.shape} does not fit; the file is damaged")
            kernel = kernel.reshape(*kernel.shape[:3], -1)
            units = kernel.shape[:2] + kernel.shape[3:]
            layers.append((kernel, np.asarray(stored.get("bias", np.zeros(units)), np.float64).reshape(units)))
        return cls(layers, TABULATED[word], *_normalization(source, inputs, outputs))

    def __call__(self, numbers: NDArray[np.float32]) -> Doubles:
        """Results of all edges, shape (edges, numbers)."""
        inputs, outputs = self.layers[0][0].shape[:2]
        x = np.broadcast_to(numbers.astype(np.float64), (inputs, outputs, numbers.size))[..., np.newaxis]
        for number, (kernel, bias) in enumerate(self.layers):
            x = np.einsum("iocd,iodu->iocu", x, kernel) + bias[:, :, np.newaxis]
            if number < len(self.layers) - 1:
                x = self.function(x)
        found = x[..., 0] * self.factor[:, np.newaxis] + self.shift[:, np.newaxis]
        return np.asarray(found.reshape(inputs * outputs, -1))


def _normalization(source: HgqSource, inputs: int, outputs: int) -> tuple[Doubles, Doubles]:
    """Factor and shift of a batch normalization after the tables, which HGQ2 divides by the root of the inputs."""
    attributes = source.source
    present, epsilon = attributes.flag("batch_norm", False), attributes.get("bn_epsilon", 1e-3)
    scaled, centered = attributes.flag("bn_scale", True), attributes.flag("bn_center", True)
    if not present:
        return np.ones(outputs), np.zeros(outputs)
    part = source.variables.part("bn_module")
    if part is None:
        raise ModelError(source.subject, "its bn_module is not in the file; the model file is damaged")
    names = [*(["gamma"] if scaled else []), *(["beta"] if centered else []), "moving_mean", "moving_variance"]
    stored = {name: np.asarray(values, np.float64) for name, values in part.weights(names).items()}
    spread = stored["moving_variance"] + float(epsilon)
    if any(values.shape != (outputs,) for values in stored.values()) or not (spread > 0).all():
        raise ModelError(source.subject, "its batch normalization does not fit; the model file is damaged")
    factor = stored.get("gamma", np.ones(outputs)) / np.sqrt(spread)
    shift = stored.get("beta", np.zeros(outputs)) - stored["moving_mean"] * factor
    return factor / math.sqrt(inputs), shift / math.sqrt(inputs)
