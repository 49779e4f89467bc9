"""What holds for sums of products of constants and inputs, whether the constants are fixed or loaded at run time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.linear_map import LinearMap, Reload, WeightSets
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.numeric.tensor import FixedTensor, Int

Sums = Callable[[Int, Int], Int]


def ends_of_sums(sums: Sums, kernel: FixedTensor, low: Int, high: Int) -> tuple[Int, Int]:
    """Smallest and largest sums for inputs between ``low`` and ``high``.

    Args:
        sums: The sums of kernel codes times input codes, linear in both.
        kernel: The constants.
        low: Smallest codes of the inputs, batch axis first.
        high: Largest codes.
    """
    if isinstance(kernel, SetsTensor):
        ends = [ends_of_sums(sums, FixedTensor(codes, kernel.fraction_bits), low, high) for codes in kernel.sets]
        lowest, highest = zip(*ends, strict=True)
        return np.asarray(np.minimum.reduce(lowest)), np.asarray(np.maximum.reduce(highest))
    if not isinstance(kernel, ReloadableTensor):
        positive, negative = np.maximum(kernel.codes, 0), np.minimum(kernel.codes, 0)
        return sums(positive, low) + sums(negative, high), sums(positive, high) + sums(negative, low)
    # Each weight, independent of all others, takes the end that makes its own product the smallest, or the largest.
    corners = [weight * bound for weight in (kernel.low, kernel.high) for bound in (low, high)]
    once = np.ones_like(kernel.codes)
    return sums(once, np.minimum.reduce(corners)), sums(once, np.maximum.reduce(corners))


def magnitude(constant: FixedTensor) -> NDArray[np.float64]:
    """Largest magnitude that each element can have."""
    return np.asarray(np.maximum(np.abs(constant.least), np.abs(constant.most)), np.float64)


def mapped(matrix: Callable[[Int], Int], kernel: FixedTensor, bias: FixedTensor, outputs: int, macs: int) -> LinearMap:
    """The map of a layer.

    Args:
        matrix: From numbers in the place of weights to a matrix, shape (outputs, inputs), 0 where there is no weight.
        kernel: The weights.
        bias: The biases of the channels, the last axis of the output.
        outputs: Number of output elements.
        macs: As ``LinearMap.macs``.
    """
    found = LinearMap(np.ascontiguousarray(matrix(kernel.codes)), np.resize(bias.codes, outputs), macs)
    several = isinstance(kernel, SetsTensor) or isinstance(bias, SetsTensor)
    if not several and not isinstance(kernel, ReloadableTensor):
        return found
    numbers = np.arange(1, kernel.codes.size + 1, dtype=np.int64).reshape(kernel.codes.shape)
    taps = np.ascontiguousarray(matrix(numbers))
    if not isinstance(kernel, ReloadableTensor):
        return replace(found, sets=_sets(matrix, kernel, bias, outputs, taps))
    ends = np.resize(bias.least, outputs), np.resize(bias.most, outputs)
    return LinearMap(found.weights, found.bias, macs, Reload(taps, kernel.low, kernel.high, *ends))


def _sets(matrix: Callable[[Int], Int], kernel: FixedTensor, bias: FixedTensor, outputs: int, taps: Int) -> WeightSets:
    """The matrices and biases of all sets; a part that all of them share is repeated."""
    count = max(len(part.sets) for part in (kernel, bias) if isinstance(part, SetsTensor))
    kernels, biases = (
        part.sets if isinstance(part, SetsTensor) else np.broadcast_to(part.codes, (count, *part.codes.shape))
        for part in (kernel, bias)
    )
    weights = np.stack([matrix(codes) for codes in kernels])
    bias_sets = np.stack([np.resize(codes, outputs) for codes in biases])
    used = (weights != 0).any(axis=0)
    # Where biases alone differ, the products with zero stay: the constant of a sum that no slice forms never changes.
    used[~used.any(axis=1) & (bias_sets != bias_sets[0]).any(axis=0)] = True
    return WeightSets(np.where(used, taps, 0), weights, bias_sets)


def varies(constant: FixedTensor | None) -> bool:
    """Whether a constant may be replaced at run time, or channels have their own."""
    return isinstance(constant, ReloadableTensor | SetsTensor)


def is_shift(factor: FixedTensor, shift: FixedTensor) -> bool:
    """Whether ``factor * x + shift`` adds the same number to all channels."""
    return bool((factor.codes == 1).all() and factor.fraction_bits == 0 and (shift.codes == shift.codes[0]).all())


def plus(bias: FixedTensor | None, shift: FixedTensor) -> FixedTensor:
    """A bias, which may be loaded at run time, and a shift that is the same for all channels.

    Raises:
        OverflowError: If the values need more than 62 bits.
    """
    if isinstance(bias, ReloadableTensor | SetsTensor):
        return bias.plus(shift)
    if bias is None:
        return shift
    fraction_bits = max(bias.fraction_bits, shift.fraction_bits)
    return FixedTensor(bias.aligned(fraction_bits).codes + shift.aligned(fraction_bits).codes, fraction_bits)
