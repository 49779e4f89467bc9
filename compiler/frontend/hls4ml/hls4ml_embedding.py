"""hls4ml's ``Embedding``: a row of numbers for every code of the input."""

from __future__ import annotations

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted
from bxnn.layers.gather import Gather
from bxnn.layers.lookup import TABLE_BITS, Lookup


def read_embedding(made: NodeLayers) -> None:
    """Append a table for every column, and what gives each of them the code.

    A code without a row gives zeros; hls4ml's C++ reads past its array there.

    Raises:
        ModelError: If the input is not of an unsigned integer type, or has too many codes for a table.

    Source: nnet_embed.h of hls4ml 1.3.0.
    """
    source, table = made.sources[0], made.weights("embeddings")
    own = source.format
    if own.signed or own.fraction_bits:
        raise made.refuse(f"reads {own}, but counts rows; give its input an unsigned integer type, such as uint<8>")
    if own.bits > TABLE_BITS:
        most = counted(TABLE_BITS, "bit")
        raise made.refuse(f"reads {own}, but a table has codes of at most {most}; give its input uint<{TABLE_BITS}>")
    rows, columns = table.codes.shape
    codes = np.zeros((columns, 1 << own.bits), np.int64)
    codes[:, :rows] = table.codes[: codes.shape[1]].T
    shape = (*source.shape, columns)
    made.make(lambda name, inputs: Gather.broadcast(name, inputs[0], (*source.shape, 1), shape))
    result = FixedFormat.covering(int(codes.min()), int(codes.max()), table.fraction_bits)
    made.role = "rows"
    made.make(Lookup, FixedTensor(codes, table.fraction_bits), result)
    made.role = "result"
    made.finish()
