"""The parts of a constant matrix whose adders are found separately: solving a whole one takes the cube of its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.numeric.tensor import Int

BLOCK_DIGITS = 3000  # of a matrix that is solved as a whole: takes seconds
LEAST_CONSTANTS = 8  # that multiply one input: fewer share more if their digits are compared
_LEAST_OUTPUTS = 16  # in a block: fewer would share too little


@dataclass(frozen=True, eq=False)
class Block:
    """Outputs that are solved together, and the inputs that they read."""

    outputs: Int
    inputs: Int


def signed_digits(weights: Int) -> Int:
    """Number of nonzero digits of each weight in canonical signed-digit form: the ones of ``3 w xor w``."""
    magnitude = np.abs(weights)
    marks = (3 * magnitude) ^ magnitude
    octets = np.ascontiguousarray(marks)[..., np.newaxis].view(np.uint8)
    return np.asarray(np.unpackbits(octets, axis=-1).sum(axis=-1), np.int64)


def matrix_blocks(weights: Int, digits: Int, local: bool) -> list[Block]:
    """Cut a matrix so that no part has too many digits: into what shares no input, then by outputs, then by inputs.

    Args:
        weights: int64, shape (outputs, inputs).
        digits: Nonzero signed digits in the weights of each output; int64, shape (outputs,).
        local: Whether the matrix is that of a convolution, whose positions are equal.
    """
    if int(digits.sum()) <= BLOCK_DIGITS and not _many_products(weights):
        return list(_cut(weights, local))
    found = list[Block]()
    for part in _separate(weights):
        if int(digits[part.outputs].sum()) <= BLOCK_DIGITS:
            found.append(part)
        else:
            inner = _cut(weights[np.ix_(part.outputs, part.inputs)], local)
            found += [Block(part.outputs[block.outputs], part.inputs[block.inputs]) for block in inner]
    return found


def _many_products(weights: Int) -> bool:
    """Whether every output is a product of one input, and there are many of each."""
    read = (weights != 0).sum(axis=0)
    few = (read > 0) & (read < LEAST_CONSTANTS)
    return bool(((weights != 0).sum(axis=1) <= 1).all()) and bool(read.any()) and not bool(few.any())


def _separate(weights: Int) -> Iterator[Block]:
    """The parts that share no input with another one, ordered by their first output."""
    outputs, inputs = np.nonzero(weights)
    number, count = np.arange(len(weights)), weights.shape[1]
    while True:  # every output takes the smallest number among those that share an input with it
        of_input = np.full(count, len(weights))
        np.minimum.at(of_input, inputs, number[outputs])
        smaller = number.copy()
        np.minimum.at(smaller, outputs, of_input[inputs])
        smaller = smaller[smaller]
        if np.array_equal(smaller, number):
            break
        number = smaller
    by_input = np.argsort(of_input, kind="stable")
    by_output = np.argsort(number, kind="stable")
    for first in np.flatnonzero(weights.any(axis=1) & (number == np.arange(len(weights)))).tolist():
        start, end = np.searchsorted(number[by_output], [first, first + 1])
        left, right = np.searchsorted(of_input[by_input], [first, first + 1])
        yield Block(by_output[start:end], by_input[left:right])


def _cut(weights: Int, local: bool) -> Iterator[Block]:
    digits = signed_digits(weights)
    rows = _outputs_per_block(weights, digits, local)
    for first in range(0, len(weights), rows):
        outputs = np.arange(first, min(first + rows, len(weights)))
        inputs = np.flatnonzero(weights[outputs].any(axis=0))
        if inputs.size:
            per_input = digits[np.ix_(outputs, inputs)].sum(axis=0)
            part = (np.cumsum(per_input) - per_input) // BLOCK_DIGITS
            yield from (Block(outputs, inputs[part == number]) for number in np.unique(part))


def _outputs_per_block(weights: Int, digits: Int, local: bool) -> int:
    """As many outputs as the digits allow; whole positions for a convolution: equal ones are solved once."""
    whole = int(BLOCK_DIGITS * len(weights) // max(int(digits.sum()), 1))
    most = min(len(weights), max(whole, _LEAST_OUTPUTS))
    if not local:
        return most
    work = {}
    for rows in (rows for rows in range(1, most + 1) if len(weights) % rows == 0):
        distinct: dict[bytes, int] = {}
        for first in range(0, len(weights), rows):
            part = weights[first : first + rows]
            distinct[part[:, part.any(axis=0)].tobytes()] = int(digits[first : first + rows].sum())
        work[rows] = sum(distinct.values())
    return min(work, key=lambda rows: (work[rows], -rows))
