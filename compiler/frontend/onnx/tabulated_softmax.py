"""A softmax in front of a quantizer, by tables."""

from __future__ import annotations

import math

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.names import legal_name, printable
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.values import Wire
from bxnn.compiler.ir.notices import TabulatedSoftmax
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.scaled_quantizer import ScaledQuantizer
from bxnn.layers.softmax_tables import SoftmaxTables


def tabulated_softmax(network: Network, wire: Wire, quantizer: ScaledQuantizer, wanted: str) -> Wire:
    """The wire of products, as fine as the quantizer after them needs.

    A shift that all logits have in common changes nothing.

    Raises:
        ModelError: If the logits have different scales or shifts, or the softmax has other readers.
    """
    affine = None if wire.common is None else wire.common.affine
    if affine is None or affine.factor <= 0:
        problem = "is a softmax of numbers of different scales or shifts"
        raise ModelError(printable(wanted), f"{problem}; put a quantizer in front of the softmax")
    index = next(place for place, layer in enumerate(network.layers) if layer.name == wire.layer)
    softmax = network.layers[index]
    if any(wire.layer in layer.inputs for layer in network.layers):
        raise ModelError(printable(wanted), "is a second quantizer of one softmax; share one quantizer")
    (logits,) = softmax.inputs
    del network.layers[index], network.tensors[wire.layer]
    network.spelled.pop(wire.layer, None)
    bits = ceil_log2(max(math.ceil(1 / min(quantizer.scales)), 1))
    tables = SoftmaxTables.of(network.tensors[logits], bits, affine.factor)
    network.notices.append(TabulatedSoftmax(printable(wanted), float(tables.error)))

    def named(part: str) -> str:
        return legal_name(f"{wire.layer}_{part}", network.tensors)

    for layer in tables.layers(named("product"), logits, named):
        product = network.add(layer.name, lambda own, made=layer: made)  # type: ignore[misc]
    return Wire(product, wire.order)
