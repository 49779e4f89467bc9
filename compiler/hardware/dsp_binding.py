"""What all bindings on DSP slices share: slot table, packed words and the constants that start the sums."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.binding import Binding, Strategy
from bxnn.compiler.hardware.load_order import LoadedTable
from bxnn.compiler.hardware.packing import Chains, Packing
from bxnn.compiler.hardware.slot_table import SlotTable
from bxnn.compiler.hardware.sum_trees import SumTrees
from bxnn.compiler.hardware.valid_loads import ValidLoads, ValidShare
from bxnn.compiler.hardware.weight_banks import LayerLoad, load_bits_of
from bxnn.compiler.hardware.weight_registers import READERS, per_counter
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.tensor import Int, Tensor


@dataclass(frozen=True, eq=False)
class DspBinding(Binding):
    """A constant linear map whose MACs share DSP slices.

    Attributes:
        linear: The map.
        tensor: Tensor of its input.
        accum_bits: Width of the sums after the lanes.
        result_bits: Low bits of a sum that a reader uses; synthesis drops the others.
        slots: Which DSP multiplies what, and in which phase.
        packing: How the products are laid out in the DSPs.
    """

    strategy: ClassVar[Strategy | None] = "dsp"

    linear: LinearMap
    tensor: Tensor
    accum_bits: int
    result_bits: int
    slots: SlotTable
    packing: Packing

    @property
    def dsp(self) -> int:
        return self.slots.dsp_count

    @property
    def multipliers(self) -> int:
        """Products per cycle: DSPs, each counted once per lane."""
        return self.dsp * self.packing.products

    @property
    def reuse_factor(self) -> int:
        return max(self.source.phases, self.result.phases)

    @property
    def registers_per_counter(self) -> int:
        """Registers with weights or constants that share a phase counter."""
        return per_counter(self.reuse_factor, self.pipelining.most_loads, self.sets)

    @property
    def sets(self) -> int:
        """Sets of weights of which the tag of an event chooses one; 1 if all channels share them."""
        return len(self.linear.choices[0])

    @property
    def weight_readers(self) -> int:
        """Most bits of weights or constants that a register drives."""
        return READERS

    @property
    @abstractmethod
    def load(self) -> LayerLoad | None:
        """The memories of weights that are loaded at run time; ``None`` if all are constants."""

    @abstractmethod
    def loaded_tables(self) -> Iterator[LoadedTable]:
        """What these memories hold for the weights of ``linear``, in the order in which they are loaded."""

    @cached_property
    def load_bits(self) -> int:
        """Bits that are loaded at a time."""
        bias = [self.packing.sum_bits] if self.bias_loaded.any() else []
        return load_bits_of(self.packing.weight_bits, *bias)

    @property
    def bias_loaded(self) -> Int:
        """For each chain 1 if the constant that starts its sum is loaded; int64, shape (chains,)."""
        found = np.zeros(self.chains, np.int64)
        if self.linear.loads_bias:
            found[self.bias_chain()] = 1
        if self.linear.reload is not None and self.packing.operand_excess(self.tensor).any():
            found[np.unique(self.slots.chain)] = 1
        return found

    @property
    @abstractmethod
    def chains(self) -> int:
        """Sums that DSPs form, those of nonexistent DSPs included."""

    @property
    def products_per_dsp(self) -> int:
        return self.packing.products

    @property
    def accumulator(self) -> int:
        return self.accum_bits

    @property
    def weight_bits(self) -> int:
        """Signed width of the weights."""
        return self.linear.weight_bits

    @property
    def tree_bits(self) -> int:
        """Width of the adders after the DSPs."""
        return min(self.result_bits, self.accum_bits)

    @property
    def readers(self) -> Int:
        """For each product, the number of whatever takes its operand: its DSP, or its lane if each lane has its own."""
        return self.slots.fields(self.packing.products) if self.packing.shares_weight else self.slots.dsp

    @abstractmethod
    def verify_slots(self, subject: str) -> None:
        """Check the slot table against the map, the layouts and what a DSP of this binding can do.

        Raises:
            InternalError: If a MAC is missing or a slot is impossible.
        """

    @abstractmethod
    def valid_shares(self, max_fanout: int) -> tuple[ValidShare, ...]:
        """What the valid of an event starts, in the order of VALID_SHARES in the VHDL.

        The control of slices; counters of weights that are read in the first cycle, and in the second one; likewise
        those of what starts sums.
        """

    def valid_loads(self, max_fanout: int) -> ValidLoads:
        return ValidLoads(self.valid_shares(max_fanout))

    @property
    @abstractmethod
    def least_fanout(self) -> int:
        """Least `max_fanout` of the pipelining that can be built: loads of the control of a single DSP."""

    @property
    @abstractmethod
    def added(self) -> NDArray[np.bool_]:
        """Which of its leaves every tree after the slices has; shape (trees, leaves)."""

    @property
    @abstractmethod
    def tree_of_output(self) -> Int:
        """The tree that adds up each output element; int64, shape (outputs,)."""

    @cached_property
    def trees(self) -> SumTrees:
        """The trees after the slices; the range of a leaf is exact for the weights, or for all that can be loaded."""
        slots, present, outputs = self.slots, self.added, np.arange(self.linear.outputs)
        low, high = self.tensor.low.ravel(), self.tensor.high.ravel()
        ends = self.linear.ends_of_products(slots.output, slots.operand, low, high)
        terms = present.shape[1]
        bounds = []
        for choose, products, bias in zip((np.minimum, np.maximum), ends, self.linear.bias_bounds, strict=True):
            sums = np.zeros((self.linear.outputs, terms), np.int64)
            np.add.at(sums, (slots.output, slots.chain[slots.dsp] % terms), products)
            sums[outputs, self.bias_chain() % terms] += bias
            of_tree = np.zeros(present.shape, np.int64)
            choose.at(of_tree, self.tree_of_output, sums)
            bounds.append(of_tree)
        return SumTrees(bounds[0], bounds[1], present, self.packing.lane_bits, self.accum_bits)

    @abstractmethod
    def bias_chain(self) -> Int:
        """For each output element, the chain that its bias enters; int64, shape (outputs,)."""

    def verify(self, subject: str) -> None:
        self.verify_slots(subject)
        slots = self.slots
        chains = Chains(slots.chain[slots.dsp], slots.output, slots.operand, self.bias_chain())
        self.packing.verify_sums(subject, self.linear, self.tensor, chains)

    def activity(self) -> list[tuple[int, int]]:
        slots = self.slots
        dsp, phase = np.divmod(np.unique(slots.slot), slots.initiation_interval)  # lanes of a packed DSP count once
        cycles, counts = np.unique(slots.skew[dsp] + phase, return_counts=True)
        return list(zip(cycles.tolist(), counts.tolist(), strict=True))

    def multiplied(self, codes: Int) -> Int:
        """What the DSPs multiply by: words of the codes of all lanes (last axis), or the code that all lanes share."""
        if not self.packing.shares_weight:
            words = self.packing.words(codes)
        else:
            words = np.where((codes < 0).any(axis=-1), codes.min(axis=-1), codes.max(axis=-1))
        self.packing.verify_words(self.name, words)
        return words

    def started(self, biases: Int, outputs: Int, places: Int, weights: Int) -> Int:
        """The constants that start the sums: biases, plus the correction for lanes that are unsigned.

        Args:
            biases: Bias of each output element.
            outputs: Output elements of each row and group; int64, shape (rows, groups, products), -1 for none.
            places: Number of each chain of a group; int64, shape (groups, chains).
            weights: The sum of all weights multiplied for a constant, shape (rows, groups, chains): a lane whose
                operands carry an excess has a sum that is too high by the excess times this.
        """
        entered = np.where(outputs >= 0, self.bias_chain()[outputs], -1)[:, :, np.newaxis]
        codes = np.where(outputs >= 0, biases[outputs], 0)[:, :, np.newaxis]
        bias = np.where(entered == places[..., np.newaxis], codes, 0)
        too_high = weights[..., np.newaxis] * self.packing.operand_excess(self.tensor)
        return self.packing.words(bias + self.packing.excess() - too_high)


def in_groups(outputs: Int, products: int) -> Int:
    """Rows of lanes cut into groups, the last padded with -1; shape (rows, groups, products)."""
    missing = -outputs.shape[1] % products
    padded = np.pad(outputs, ((0, 0), (0, missing)), constant_values=-1)
    return padded.reshape(len(outputs), -1, products)
