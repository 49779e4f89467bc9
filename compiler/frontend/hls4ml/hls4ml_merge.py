"""hls4ml's ``Merge`` nodes: two tensors, element by element."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.wide_product import Kept, multiply
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.gather import repeated_inputs
from bxnn.layers.maximum import Maximum
from bxnn.layers.minimum import Minimum
from bxnn.layers.subtract import Subtract

_LAYERS: dict[str, type[Layer]] = {
    "add": Add,
    "average": Add,
    "subtract": Subtract,
    "maximum": Maximum,
    "minimum": Minimum,
}


def read_merge(made: NodeLayers) -> None:
    """Append the layers of a ``Merge``: the operation, and half of the sum for an average.

    Raises:
        ModelError: If it is another operation, or takes more bits than an integer of the compiler has.
    """
    operation = made.word("op")
    if operation not in (*_LAYERS, "multiply"):
        raise made.refuse(f"op {operation!r} is not supported; use one of {', '.join(sorted((*_LAYERS, 'multiply')))}")
    names = repeated_inputs(made)
    if operation == "multiply":
        grid = sum(made.node_tensor(name).format.fraction_bits for name in names)
        multiply(made, names, Kept.by(made.result_for(grid), alone=True))
    else:
        made.append(_LAYERS[operation], names)
    if operation == "average":
        half = FixedTensor(np.ones(made.tensor.shape[-1], np.int64), 1)
        made.make(Affine, half, None)
    made.finish()
