"""How hls4ml computes transcendental activations: by its own tables, or by straight lines."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.ir.hls4ml_tables import ActivationTable
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.numeric.elementwise import FixedQuantizer, Rectifier
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.lookup import TABLE_BITS, Lookup


def activation_table(node: NodeSource, table: ActivationTable) -> None:
    """Append the address, the table, and what is added to it above zero."""
    from bxnn.layers.activation import ActivationLayer

    size, channels = node.number("table_size", 1024), node.sources[0].shape[-1]
    if not 16 <= size <= 1 << TABLE_BITS or size & (size - 1):
        raise node.refuse(f"table_size {size} is not supported; use a power of two from 16 to {1 << TABLE_BITS}")
    place = FixedFormat(True, ceil_log2(-table.low), table.address_bits(size))
    most = 0 if table.one_sided else None
    node.make(ActivationLayer, FixedQuantizer(place, Rounding.TRN_ZERO, Overflow.SAT, None, most))
    kind = node.type_of("table")
    entries = kind.quantize_real(table.entries(size).astype(np.float64))[table.places(node.tensor, size)]
    factor = FixedTensor(np.ones(1, np.int64), 0)
    if node.get("activ_param") is not None:
        parameter = node.type_of("param")
        code = parameter.quantize_real(np.asarray([node.get("activ_param")]))
        factor = FixedTensor(code, parameter.format.fraction_bits)
    found = FixedTensor(entries[np.newaxis] * factor.codes, kind.format.fraction_bits + factor.fraction_bits)
    result = FixedFormat.covering(int(found.codes.min()), int(found.codes.max()), found.fraction_bits)
    below = node.make(Lookup, found, result)
    if table.one_sided:
        above = node.append(ActivationLayer, node.inputs, Rectifier())
        if table.slope != 1:
            slope = node.streamed_type() or FixedQuantizer(FixedFormat(False, 1, 15), Rounding.TRN, Overflow.WRAP)
            code = slope.quantize_real(np.full(channels, table.slope))
            above = node.make(Affine, FixedTensor(code, slope.format.fraction_bits), None)
        node.append(Add, (below.name, above.name))


def hard_activation(node: NodeSource) -> None:
    """Append a straight line, cut at both ends: ``clip(slope * x + shift, 0, 1)``, or twice that less one."""
    from bxnn.layers.activation import ActivationLayer
    from bxnn.layers.batchnorm import BatchNorm

    channels = node.sources[0].shape[-1]
    parts = []
    for role in ("slope", "shift"):
        kind = node.type_of(role)
        code = kind.quantize_real(np.full(channels, float(node.get(role))))
        parts.append(FixedTensor(code, kind.format.fraction_bits))
    node.make(BatchNorm, *parts)
    node.make(ActivationLayer, Rectifier(None, (1, 0)))
    if node.word("activation") == "hard_tanh":
        two, one = (FixedTensor(np.full(channels, code), 0) for code in (2, -1))
        node.make(BatchNorm, two, one)
