"""Several products in one DSP: the lanes of a packed multiplication and the proof that they cannot mix.

A word holds one code per lane, ``word = sum_i code_i * 2**(i * lane_bits)``. Either the weights are packed and multiply
one common operand, or the operands are packed and multiply one common weight; in both cases the product, and any sum of
such products, is again a word: the integer

    sum_i S_i * 2**(i * lane_bits)                            S_i = the sum formed in lane i

modulo ``2**(products * lane_bits)``. A negative lane borrows from the one above. So that no borrow is ever needed, the
constant that starts the sum is ``2**(lane_bits - 1)`` higher in every lane but the highest:

    bits        products*k-1 .. 2k | 2k-1 ......... k | k-1 ......... 0            k = lane_bits
    word          lane 2: S_2      | S_1 + 2**(k-1)   | S_0 + 2**(k-1)

If ``-2**(k-1) <= S_i < 2**(k-1)``, each lower field is an unsigned number of k bits, the fields do not overlap, and
the code of ``S_i`` is its field with the highest bit inverted. Only the finished sum matters: additions are exact
modulo the width of the word, in any order, whatever values the fields take on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.compiler.plural import counted


class Shared(Enum):
    """What the lanes of a DSP have in common."""

    OPERAND = "operand"
    WEIGHT = "weight"


@dataclass(frozen=True)
class Packing:
    """How many products a DSP forms at a time, and how they are laid out.

    Attributes:
        products: Lanes of a DSP; 1 is an unpacked multiplication.
        shares: What the lanes have in common.
        lane_bits: Distance between two lanes, and width of the sum in each.
        operand_bits: Signed width of the operand at the multiplier, packed if the weight is shared.
        weight_bits: Signed width of the weight at the multiplier, packed if the operand is shared.
    """

    products: int
    shares: Shared
    lane_bits: int
    operand_bits: int
    weight_bits: int

    @property
    def shares_weight(self) -> bool:
        """Whether the lanes multiply one weight by several operands."""
        return self.shares is Shared.WEIGHT

    @property
    def sum_bits(self) -> int:
        """Width of a word of sums."""
        return self.products * self.lane_bits

    @property
    def operands(self) -> int:
        """Input elements that a DSP multiplies at a time."""
        return self.products if self.shares_weight else 1

    def words(self, codes: Int) -> Int:
        """Words of codes; int64, summed over the last axis (lanes)."""
        return np.asarray((codes << (self.lane_bits * np.arange(codes.shape[-1]))).sum(axis=-1), np.int64)

    def excess(self) -> Int:
        """Excess in each lane of the constant that starts a sum; shape (products,)."""
        offset = np.full(self.products, 1 << (self.lane_bits - 1), np.int64)
        offset[-1] = 0
        return offset

    def operand_excess(self, source: Tensor) -> Int:
        """Excess of the operand of each lane: the lower lanes of signed codes are made unsigned."""
        offset = np.zeros(self.products, np.int64)
        if self.shares_weight and source.format.signed:
            offset[:-1] = 1 << (source.bits - 1)
        return offset

    def verify_words(self, subject: str, words: Int) -> None:
        """Check that packed weights fit the multiplier port for which they were planned.

        Raises:
            InternalError: If they do not.
        """
        if FixedTensor(words, 0).bits > self.weight_bits:
            raise InternalError(subject, f"a packed weight needs more than {counted(self.weight_bits, 'bit')}")

    def verify_sums(self, subject: str, linear: LinearMap, source: Tensor, chains: Chains) -> None:
        """Check that no finished sum can overflow its lane.

        The interval is exact for the weights, or all that can be loaded, and the proven range of each input: products
        of different inputs are independent.

        Raises:
            InternalError: If a lane is too narrow.
        """
        low, high = chains.bounds(linear, source)
        limit = 1 << (self.lane_bits - 1)
        if int(low.min()) < -limit or int(high.max()) >= limit:
            raise InternalError(
                subject,
                f"a sum from {low.min()} to {high.max()} does not fit a lane of {counted(self.lane_bits, 'bit')}",
            )


@dataclass(frozen=True, eq=False)
class Chains:
    """The sums that DSPs form before any tree adds them: one per cascade or accumulator and output.

    Attributes:
        chain: int64, for each product the chain that it is added to.
        output: int64, for each product its output element.
        operand: int64, for each product its input element.
        bias_chain: int64, for each output element the chain that its bias enters.
    """

    chain: Int
    output: Int
    operand: Int
    bias_chain: Int

    def bounds(self, linear: LinearMap, source: Tensor) -> tuple[Int, Int]:
        """Exact interval of each sum, biases included; two int64 arrays of the same shape (sums,)."""
        ends = linear.ends_of_products(self.output, self.operand, source.low.ravel(), source.high.ravel())
        outputs = np.arange(linear.outputs)
        keys = np.concatenate([self.chain * linear.outputs + self.output, self.bias_chain * linear.outputs + outputs])
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
        low, high = (np.concatenate(parts)[order] for parts in zip(ends, linear.bias_bounds, strict=True))
        return np.add.reduceat(low, starts), np.add.reduceat(high, starts)
