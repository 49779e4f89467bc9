"""Operations that belong at the end of a network: softmax, and the index of the largest element."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx.node_reader import NodeReader, settled
from bxnn.compiler.frontend.onnx.values import Refused, Value, Wire
from bxnn.layers.argmax import Argmax
from bxnn.layers.comparable import comparable
from bxnn.layers.softmax import SoftmaxLayer


def softmax(node: NodeReader) -> Value:
    """``Softmax`` over the last axis, which a pass removes at an output."""
    default = -1 if node.node.version >= 13 else 1
    axis = node.number("axis", default)
    node.finish()
    wire = node.network.in_order(node.wire(0), node.wanted)
    if axis not in (-1, len(wire.shape)):
        raise node.refuse(f"axis {axis} is not supported; use the last")
    layer = node.network.add(
        node.wanted, lambda own: SoftmaxLayer(own, (wire.layer,)), node.network.tensors[wire.layer]
    )
    return Wire(layer, wire.order, wire.functions, softmax=node.node.op == "Softmax")


def arg_max(node: NodeReader) -> Value:
    """``ArgMax`` over the last axis of a vector; ties go to the first."""
    axis, keeps = node.number("axis", 0), node.number("keepdims", 1)
    node.expect("select_last_index", 0, advice="use 0")
    node.finish()
    wire = _in_order(node)
    if len(wire.shape) != 1 or axis not in (-1, 1) or (wire.scale or 0) <= 0:
        raise node.refuse(f"takes axis {axis} of shape {wire.shape}; use the last axis of a vector")
    layer = node.network.add(node.wanted, lambda own: Argmax(own, (wire.layer,)))
    order = np.zeros(1, np.int64)
    return Wire(layer, order if keeps else order.reshape(()))


def _in_order(node: NodeReader) -> Wire:
    """Codes in the order of the numbers; a softmax, which a pass removes, keeps that of its logits."""
    value = node.value(0)
    wire = replace(value, softmax=False) if isinstance(value, Wire) and value.softmax else node.wire(0)
    parts = [function.affine for function in wire.functions]
    factors = {part.factor for part in parts if part is not None}
    if None in parts or len(factors) > 1 or not any(part is not None and part.shift for part in parts):
        return node.network.in_order(settled(wire, node.network, node.wanted, node.refuse), node.wanted)
    wire = node.network.in_order(wire, node.wanted)
    tensor = node.network.tensors[wire.layer]
    own = [function.affine.shift for function in wire.functions if function.affine is not None]
    shifts = [own[channel % len(own)] for channel in range(tensor.shape[-1])]
    unit = factors.pop() / Fraction(2) ** tensor.format.fraction_bits
    name = node.network.add(
        f"{node.wanted}_shifted",
        lambda called: comparable(called, wire.layer, tensor.format.fraction_bits, unit, shifts),
    )
    return Wire(name, wire.order)


def top_k(node: NodeReader) -> tuple[Value, ...]:
    """``TopK`` of one element: its index, the second output; ties go to the first."""
    count = node.integers(1, "k")
    axis = node.number("axis", -1)
    node.expect("largest", 1, advice="use the largest")
    node.expect("sorted", 1, 0, advice="use 1")
    node.finish()
    wire = _in_order(node)
    if count != (1,) or len(wire.shape) != 1 or axis not in (-1, 1) or (wire.scale or 0) <= 0:
        raise node.refuse(f"takes {count} of axis {axis} of shape {wire.shape}; use k = 1 on the last axis of a vector")
    name = node.node.outputs[1] if len(node.node.outputs) > 1 else node.wanted
    layer = node.network.add(name, lambda own: Argmax(own, (wire.layer,)))
    return Refused(), Wire(layer, np.zeros(1, np.int64))
