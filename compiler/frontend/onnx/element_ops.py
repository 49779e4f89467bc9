"""Operations on single elements: they stay pending on the wire until the next quantizer, or are done by the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from bxnn.compiler.frontend.onnx import pair_ops
from bxnn.compiler.frontend.onnx.host_inputs import by_element
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.node_reader import NodeReader, per_channel, real
from bxnn.compiler.frontend.onnx.values import Array, Constant, HostInput, Value, Wire
from bxnn.compiler.numeric.host_quantizer import HostOperation, HostStep
from bxnn.compiler.numeric.monotone import Affine, Clamp, Leaky, MonotoneStep
from bxnn.compiler.numeric.smooth import Curve, Smooth

_DIGITS = Context(prec=60)  # of a square root


def arithmetic(operation: HostOperation) -> Callable[[NodeReader], Value]:
    """The reader of ``Add``, ``Sub``, ``Mul`` or ``Div``."""

    def read(node: NodeReader) -> Value:
        node.expect("axis", 0, advice="export with opset 13")
        node.expect("broadcast", 0, advice="export with opset 13")
        node.finish()
        first, second = node.value(0), node.value(1)
        if isinstance(first, Constant) and operation in (HostOperation.ADD, HostOperation.MULTIPLY):
            first, second = second, first
        if isinstance(second, Constant):
            return _with_constant(node, operation, first, second.values)
        if isinstance(first, Constant):
            return _from_constant(node, operation, first.values)
        if operation is HostOperation.MULTIPLY:
            gated = _gated(node.network, first, second)
            return pair_ops.multiplied(node) if gated is None else gated
        if operation is HostOperation.DIVIDE:
            raise node.refuse("divides by a tensor of the network; multiply by a table of its reciprocal instead")
        return pair_ops.added(node) if operation is HostOperation.ADD else pair_ops.subtracted(node)

    return read


def _gated(network: Network, first: Value, second: Value) -> Wire | None:
    """``x * sigmoid(x)``, as exporters write SiLU."""
    for wire, gate in ((first, second), (second, first)):
        if not isinstance(wire, Wire) or not isinstance(gate, Wire):
            return None
        sigmoid = wire.then((Smooth(Curve.SIGMOID),))
        waits = (gate.layer, gate.functions) == (wire.layer, sigmoid.functions)
        if (waits or network.is_sigmoid(gate.layer, wire.layer)) and np.array_equal(gate.order, wire.order):
            return wire.then((Smooth(Curve.SILU),))
    return None


def _with_constant(node: NodeReader, operation: HostOperation, value: Value, operand: Array) -> Value:
    """``x operation constant``."""
    if isinstance(value, HostInput):
        return _on_host(node, value, operation, operand)
    wire = node.wire(0) if isinstance(node.values[0], Wire) else node.wire(1)
    alone = node.alone[node.values.index(wire)]
    wire, stored = per_channel(node, wire, operand, "constant")
    steps = tuple(_step(node, operation, number) for number in real(stored))
    if alone and all(step.factor == 1 for step in steps) and node.network.biased(wire, [s.shift for s in steps]):
        return wire
    return wire.then(steps)


def _step(node: NodeReader, operation: HostOperation, number: Fraction) -> Affine:
    one, zero = Fraction(1), Fraction(0)
    if operation is HostOperation.ADD:
        return Affine(one, number)
    if operation is HostOperation.SUBTRACT:
        return Affine(one, -number)
    if number == 0:
        raise node.refuse("multiplies or divides by 0; remove the channel")
    return Affine(number if operation is HostOperation.MULTIPLY else 1 / number, zero)


def _from_constant(node: NodeReader, operation: HostOperation, operand: Array) -> Value:
    """``constant - x``."""
    if operation is not HostOperation.SUBTRACT or not isinstance(node.values[1], Wire):
        raise node.refuse("divides a constant by the network's data; use a table after a quantizer")
    wire, stored = per_channel(node, node.wire(1), operand, "constant")
    return wire.then(tuple(Affine(Fraction(-1), number) for number in real(stored)))


def _on_host(node: NodeReader, value: HostInput, operation: HostOperation, operand: Array) -> HostInput:
    """One more step of float32 arithmetic before the first quantizer."""
    numbers = np.asarray(operand, np.float32)
    if numbers.size > 1:
        numbers = by_element(node, value, numbers)
    return replace(value, steps=(*value.steps, HostStep(operation, tuple(numbers.ravel().tolist()))))


def batch_normalization(node: NodeReader) -> Value:
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` per channel, the second axis."""
    epsilon = node.get("epsilon", 1e-5)
    node.expect("training_mode", 0, advice="export the model for inference")
    node.expect("is_test", 1, 0, advice="export the model for inference")
    node.expect("spatial", 1, advice="normalize over the image")
    node.get("momentum")
    node.finish()
    gamma, beta, mean, variance = (
        node.constant(index, what).values.astype(np.float32)
        for index, what in enumerate(("scale", "bias", "mean", "variance"), start=1)
    )
    if not isinstance(epsilon, float) or not (variance.astype(np.float64) + epsilon > 0).all():
        raise node.refuse("its variance is not positive; the model file is damaged")
    value = node.value(0)
    rank = len(value.order.shape) if isinstance(value, HostInput | Wire) else 1
    if isinstance(value, HostInput):
        factor = gamma / np.sqrt(variance + np.float32(epsilon))
        scaled = _on_host(node, value, HostOperation.MULTIPLY, _channels(factor, rank))
        return _on_host(node, scaled, HostOperation.ADD, _channels(beta - mean * factor, rank))
    spread = [Fraction(number) + Fraction(epsilon) for number in real(variance)]
    factors = [scale / _root(number) for scale, number in zip(real(gamma), spread, strict=True)]
    parts = zip(real(beta), real(mean), factors, strict=True)
    steps = np.empty(len(factors), object)
    steps[:] = [_normalized(node, factor, shift - center * factor) for shift, center, factor in parts]
    wire, stored = per_channel(node, node.wire(0), _channels(steps, rank), "batch normalization")
    return wire.then(tuple(stored.tolist()))


def _normalized(node: NodeReader, factor: Fraction, shift: Fraction) -> MonotoneStep:
    return Clamp(shift, shift) if factor == 0 else Affine(factor, shift)  # a constant channel


def _channels(values: Array, rank: int) -> Array:
    """Values of channels, the first of ``rank`` axes, in a shape that broadcasts against events."""
    return values.reshape(1, -1, *(1,) * (rank - 1))


def _root(number: Fraction) -> Fraction:
    """The square root, to 60 digits."""
    quotient = _DIGITS.divide(Decimal(number.numerator), Decimal(number.denominator))
    return Fraction(_DIGITS.sqrt(quotient))


def relu(node: NodeReader) -> Value:
    """``Relu``."""
    node.finish()
    return _waiting(node, Clamp(Fraction(0), None))


def clip(node: NodeReader) -> Value:
    """``Clip``; its bounds are attributes before opset 11."""
    low = node.scalar(1, "minimum") if node.given(1) else node.get("min")
    high = node.scalar(2, "maximum") if node.given(2) else node.get("max")
    node.get("min"), node.get("max")
    node.finish()
    ends = [None if end is None or abs(end) > 1e30 else Fraction(float(end)) for end in (low, high)]
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        raise node.refuse(f"minimum {low!r} is above maximum {high!r}; the model file is damaged")
    return _waiting(node, Clamp(*ends))


def leaky_relu(node: NodeReader) -> Value:
    """``LeakyRelu``."""
    alpha = node.get("alpha", 0.01)
    node.finish()
    return _waiting(node, _leaky(node, _decimal(alpha)))


def prelu(node: NodeReader) -> Value:
    """``PRelu``: a slope per channel."""
    slopes = node.constant(1, "slope").values
    node.finish()
    wire, stored = per_channel(node, node.wire(0), slopes, "slope")
    return wire.then(tuple(_leaky(node, _decimal(slope)) for slope in np.ravel(stored)))


def _decimal(slope: Any) -> Fraction:
    """The shortest decimal of a slope, of which products that are short binary fractions are so in floats, too."""
    return Fraction(str(slope if isinstance(slope, np.float32) else np.float32(slope)))


def _leaky(node: NodeReader, slope: Fraction) -> MonotoneStep:
    if slope < 0:
        raise node.refuse(f"slope {float(slope)!r} is negative; use 0 or a positive one")
    return Leaky(slope) if slope else Clamp(Fraction(0), None)


def hard_sigmoid(node: NodeReader) -> Value:
    """``HardSigmoid``: ``max(0, min(1, alpha * x + beta))``."""
    alpha, beta = node.get("alpha", 0.2), node.get("beta", 0.5)
    node.finish()
    if not alpha > 0:
        raise node.refuse(f"alpha {alpha!r} is not positive; use a positive number")
    wire = node.wire(0).then((Affine(Fraction(alpha), Fraction(beta)),))
    return wire.then((Clamp(Fraction(0), Fraction(1)),))


def _waiting(node: NodeReader, step: MonotoneStep) -> Wire:
    return node.wire(0).then((step,))


def curve(which: Curve) -> Callable[[NodeReader], Value]:
    """The reader of a transcendental function, which becomes thresholds or a table with the next quantizer."""

    def read(node: NodeReader) -> Value:
        alpha = Fraction(1)
        if which is Curve.ELU:
            alpha = Fraction(node.get("alpha", 1.0))
        elif which is Curve.SELU:
            for key, usual in (("alpha", 1.67326319217681884765625), ("gamma", 1.05070102214813232421875)):
                node.expect(key, usual, advice=f"use {usual}")
        chosen = which
        if which is Curve.GELU and node.get("approximate", "none") == "tanh":
            chosen = Curve.GELU_TANH
        node.finish()
        if alpha <= 0:
            raise node.refuse(f"alpha {float(alpha)!r} is not positive; use a positive number")
        return _waiting(node, Smooth(chosen, alpha))

    return read


def celu(node: NodeReader) -> Value:
    """``Celu``: ``alpha * elu(x / alpha)``."""
    alpha = Fraction(node.get("alpha", 1.0))
    node.finish()
    if alpha <= 0:
        raise node.refuse(f"alpha {float(alpha)!r} is not positive; use a positive number")
    inner, outer = Affine(1 / alpha, Fraction(0)), Affine(alpha, Fraction(0))
    return node.wire(0).then((inner,)).then((Smooth(Curve.ELU),)).then((outer,))


def negative(node: NodeReader) -> Value:
    """``Neg``."""
    node.finish()
    return _waiting(node, Affine(Fraction(-1), Fraction(0)))


def identity(node: NodeReader) -> Value:
    """``Identity``, ``Dropout``: the input."""
    node.seen |= set(node.node.attributes)
    return node.value(0)
