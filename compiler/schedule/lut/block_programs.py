"""Programs for the blocks of a constant matrix, each distinct one solved once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.numeric.integers import code_bits
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.schedule.lut.constant_matrix import CANDIDATES, Program, solve
from bxnn.compiler.schedule.lut.constant_multiples import ConstantMultiples
from bxnn.compiler.schedule.lut.matrix_blocks import BLOCK_DIGITS, Block, signed_digits
from bxnn.compiler.schedule.lut.single_sum import SingleSum

Programs = tuple[Program | ConstantMultiples | SingleSum, ...]

_KEPT: dict[bytes, Programs] = {}  # programs of parts of large matrices; the oldest entry is evicted first
_MOST_KEPT = 4096
_WIDEST = 16  # bits of the widest input of a part, as the solver is told


def block_programs(weights: Int, low: Int, high: Int, blocks: Sequence[Block]) -> list[Programs]:
    """Candidates for each block.

    The parts of a large matrix are solved for whole widths of inputs, relative to the widest, instead
    of their exact ranges, and kept: the steps of a recurrent layer have the same weights, and states that grow.

    Args:
        weights: int64, shape (outputs, inputs).
        low: Smallest code of each input, shape (inputs,).
        high: Largest code of each input.
        blocks: The parts of the matrix.

    Raises:
        ToolError: If alkaid is not installed.
    """
    small = sum(int(signed_digits(weights[block.outputs][:, block.inputs]).sum()) for block in blocks) <= BLOCK_DIGITS
    known = {} if small else _KEPT
    found = list[Programs]()
    for block in blocks:
        matrix = np.ascontiguousarray(weights[np.ix_(block.outputs, block.inputs)].T)
        ends = low[block.inputs], high[block.inputs]
        if not small:
            ends = _whole_widths(*ends)
        key = b"".join(part.tobytes() for part in (np.array(matrix.shape), matrix, *ends))
        if key not in known:
            while len(known) >= _MOST_KEPT:
                known.pop(next(iter(known)))
            known[key] = _solved(matrix, *ends, small)
        found.append(known[key])
    return found


def _solved(matrix: Int, low: Int, high: Int, small: bool) -> Programs:
    """Candidates for one block; where a small matrix is many products, also those of the general solver."""
    multiples = ConstantMultiples.of(matrix)
    if small:
        cheapest, deeper, shallowest = solve(matrix, low, high)
        return (cheapest, deeper if multiples is None else multiples, shallowest)
    direct = multiples or SingleSum.of(matrix)
    return solve(matrix, low, high) if direct is None else (direct,) * CANDIDATES


def _whole_widths(low: Int, high: Int) -> tuple[Int, Int]:
    """Ranges of as many bits as the widest of the given ones is wider, which has a fixed width."""
    bits = np.array([code_bits(*ends) for ends in zip(low.tolist(), high.tolist(), strict=True)], np.int64)
    bits = np.maximum(bits + _WIDEST - bits.max(), 1)
    return np.where(low < 0, -(1 << (bits - 1)), 0), np.where(low < 0, (1 << (bits - 1)) - 1, (1 << bits) - 1)
