"""Inputs of the network that the file itself quantizes: the host does that, and the port carries the codes."""

from __future__ import annotations

from fractions import Fraction

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.onnx.network import HostPort
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import HostInput, Wire
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.notices import HostQuantizes
from bxnn.compiler.numeric.element_quantizer import FixedPointQuantizer, HostQuantizer
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
    network, scale = node.network, quantizer.scales[0]
    grid = grid_of(scale)
    functions = (IDENTITY.then(Affine(scale * Fraction(2) ** grid, Fraction(0))),)
    key = value.steps, quantizer
    known = network.host.get(value.name)
    if known is not None:
        if known.key != key:
            raise node.refuse(f"quantizes {value.name!r} differently from {known.reader}; share one quantizer")
        return Wire(known.layer, value.order, functions)
    host = _host_quantizer(node, value, quantizer, grid)
    name = network.add(value.name, lambda own: Input(own, (), value.shape, host))
    network.host[value.name] = HostPort(key, node.node.subject, name)
    network.notices.append(HostQuantizes(node.node.subject, name))
    return Wire(name, value.order, functions)


def _host_quantizer(
    node: NodeReader, value: HostInput, quantizer: ScaledQuantizer, grid: int
) -> FixedQuantizer | ScaledHostQuantizer:
    """What the host does: fixed point where that gives the same codes, otherwise float32 arithmetic first."""
    rounding, scale = quantizer.rounding.fixed_point, quantizer.scales[0]
    if rounding is None:
        raise node.refuse(f"rounding_mode {quantizer.rounding.name} is not supported at an input; use ROUND")
    number_format = FixedFormat.covering(quantizer.low, quantizer.high, grid)
    low = None if quantizer.low == number_format.low else quantizer.low
    high = None if quantizer.high == number_format.high else quantizer.high
    clipped = FixedQuantizer(number_format, rounding, Overflow.SAT, low, high)
    if exponent_of(scale) is not None and not value.steps and quantizer.fixed_rounding is not None:
        return clipped
    steps = [*value.steps, HostStep(HostOperation.DIVIDE, (float(scale),))]
    if quantizer.offset:
        steps.append(HostStep(HostOperation.ADD, (float(quantizer.offset),)))
    return ScaledHostQuantizer(tuple(steps), quantizer.offset, clipped)


def declared_host(name: str, quantizer: FixedPointQuantizer, steps: tuple[HostStep, ...]) -> HostQuantizer:
    """What the host does to an input of a declared type after arithmetic in float64.

    Raises:
        ModelError: If the type wraps.
    """
    if not steps:
        return quantizer
    if not isinstance(quantizer, FixedQuantizer):
        raise ModelError(name, "has a type per feature after arithmetic of the host; declare one for all of them")
    if quantizer.overflow is Overflow.WRAP:
        raise ModelError(name, f"its declared type {quantizer.format} wraps; declare one with SAT")
    unit = HostStep(HostOperation.MULTIPLY, (2.0**quantizer.format.fraction_bits,))
    return ScaledHostQuantizer((*steps, unit), 0, quantizer, double=True)
