"""Inputs of the network that the file itself quantizes: the host does that, and the port carries the codes."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.onnx.network import HostPort
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Array, HostInput, Wire
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import HostQuantizes
from bxnn.compiler.numeric.element_quantizer import HostQuantizer
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.host_quantizer import HostOperation, HostStep, ScaledHostQuantizer
from bxnn.compiler.numeric.monotone import IDENTITY, Affine
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.numeric.scaled_quantizer import ScaledQuantizer, exponent_of, grid_of


def quantized_input(node: NodeReader, value: HostInput, quantizer: ScaledQuantizer) -> Wire:
    """The wire of an input after its first quantizer.

    Raises:
        ModelError: If the input is quantized in two ways, or with a rounding that the host does not support.
    """
    network, several = node.network, len(quantizer.scales) > 1
    grid = 0 if several else grid_of(quantizer.scales[0])
    functions = tuple(IDENTITY.then(Affine(scale * Fraction(2) ** grid, Fraction(0))) for scale in quantizer.scales)
    key = value.steps, quantizer
    known = network.host.get(value.name)
    if known is not None:
        if known.key != key:
            raise node.refuse(f"quantizes {value.name!r} differently from {known.reader}; share one quantizer")
        return _by_channel(node, Wire(known.layer, value.order, functions))
    host = _host_quantizer(node, value, quantizer, grid)
    name = network.add(value.name, lambda own: Input(own, (), value.shape, host))
    network.host[value.name] = HostPort(key, node.node.subject, name)
    network.notices.append(HostQuantizes(node.node.subject, name))
    return _by_channel(node, Wire(name, value.order, functions))


def _by_channel(node: NodeReader, wire: Wire) -> Wire:
    """A wire with a function of every element of its layer, as one with a function of every channel."""
    shape, functions = node.network.tensors[wire.layer].shape, wire.functions
    if len(functions) == 1 or functions == functions[: shape[-1]] * (len(functions) // shape[-1]):
        return replace(wire, functions=functions[: shape[-1]])
    flat = node.network.flat(replace(wire, functions=functions[:1]), node.wanted)
    return replace(flat, functions=functions)


def by_element(node: NodeReader, value: HostInput, constant: Array) -> Array:
    """A constant that broadcasts against an input, for each of its elements in row-major order.

    Elements that are not read have 1.

    Raises:
        ModelError: If it does not fit.
    """
    try:
        full = np.broadcast_to(constant, (1, *value.order.shape))[0]
    except ValueError:
        raise node.refuse(f"constant of shape {constant.shape} does not fit its input") from None
    found = np.ones(math.prod(value.shape), np.float32)
    found[value.order.ravel()] = full.ravel()
    return found


def _host_quantizer(
    node: NodeReader, value: HostInput, quantizer: ScaledQuantizer, grid: int
) -> FixedQuantizer | ScaledHostQuantizer:
    """What the host does: fixed point where that gives the same codes, otherwise float32 arithmetic first."""
    rounding, scales = quantizer.rounding.fixed_point, quantizer.scales
    if rounding is None:
        raise node.refuse(f"rounding_mode {quantizer.rounding.name} is not supported at an input; use ROUND")
    number_format = FixedFormat.covering(quantizer.low, quantizer.high, grid)
    low = None if quantizer.low == number_format.low else quantizer.low
    high = None if quantizer.high == number_format.high else quantizer.high
    clipped = FixedQuantizer(number_format, rounding, Overflow.SAT, low, high)
    if (
        len(scales) == 1
        and exponent_of(scales[0]) is not None
        and not value.steps
        and quantizer.fixed_rounding is not None
    ):
        return clipped
    steps = [*value.steps, HostStep(HostOperation.DIVIDE, tuple(float(scale) for scale in scales))]
    if quantizer.offset:
        steps.append(HostStep(HostOperation.ADD, (float(quantizer.offset),)))
    return ScaledHostQuantizer(tuple(steps), quantizer.offset, clipped)


def declared_host(name: str, quantizer: HostQuantizer, steps: tuple[HostStep, ...]) -> HostQuantizer:
    """What the host does to an input of a declared type after arithmetic in float64.

    Raises:
        ModelError: If the type wraps.
    """
    if not steps:
        return quantizer
    if not isinstance(quantizer, FixedQuantizer):
        problem = "has a type or a factor per feature after arithmetic of the host"
        raise ModelError(name, f"{problem}; declare one type for all of them")
    if quantizer.overflow is Overflow.WRAP:
        raise ModelError(name, f"its declared type {quantizer.format} wraps; declare one with SAT")
    unit = HostStep(HostOperation.MULTIPLY, (2.0**quantizer.format.fraction_bits,))
    return ScaledHostQuantizer((*steps, unit), 0, quantizer, double=True)
