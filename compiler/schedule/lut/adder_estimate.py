"""What the adders of a map take if its constants are solved once and quickly, before its real graphs are found.

Those are the best of several solutions, each of which tries several ways to decompose the matrix. They took at least
``LEAST_SHARE`` of what one pass over one of these ways finds for every layer that was drawn (``python -m
bench.adder_estimates``), so that a map whose estimate is beyond a limit need not be solved to be refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.adder_builder import AdderBuilder, Term
from bxnn.compiler.schedule.lut.constant_matrix import solved_once
from bxnn.compiler.schedule.lut.matrix_blocks import Block

LEAST_SHARE = 0.9  # of an estimate, which the adders of every graph are taken to need


def estimated_adder_bits(weights: Int, low: Int, high: Int, blocks: Sequence[Block], most: float) -> int:
    """Full adders of a quick solution; of its first blocks only, once these have more than ``most``.

    Args:
        weights: int64, shape (outputs, inputs).
        low: Smallest code of each input, shape (inputs,).
        high: Largest code of each input.
        blocks: The parts of the matrix.
        most: A number of full adders.

    Raises:
        ToolError: If alkaid is not installed.
    """
    builder, found, bits = AdderBuilder(low, high), list[Term | None](), 0
    for number, block in enumerate(blocks, 1):
        matrix = np.ascontiguousarray(weights[np.ix_(block.outputs, block.inputs)].T)
        program = solved_once(matrix, low[block.inputs], high[block.inputs])
        found += program.built(builder, [Term(index) for index in block.inputs.tolist()])
        if number == len(blocks) or number & (number - 1) == 0:  # the sums of all blocks so far are counted anew
            needed = [None if term is None else replace(term, negative=False) for term in found]
            bits = int(builder.finished(needed).adder_bits.sum())
            if bits > most:
                break
    return bits
