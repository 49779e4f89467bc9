"""Parts of a path between two clock edges on a device, by one estimate of its routes; they add up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.delays.fabric_delays import Estimate, FabricDelays
from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.numeric.tensor import Int

Ns = NDArray[np.float64]
HALF_BLOCK = 4  # bits of a carry block that synthesis places at once
_FIRST_BIT = 0.26  # share of one bit in the delay from the lowest S of a carry block to its highest O
_TABULATED = 4096  # sinks up to which the delays of nets are looked up


@dataclass(frozen=True, eq=False)
class Technology:
    """The delays from which hardware computes those of its paths.

    Attributes:
        fabric: Delays of the device.
        estimate: Which of its rules for routes applies.
    """

    fabric: FabricDelays
    estimate: Estimate

    @property
    def start(self) -> Delay:
        """From a flip-flop."""
        return Delay(self.fabric.ff.clk_q)

    def net(self, sinks: int) -> Delay:
        """A routed net."""
        return Delay(self.fabric.route.ns(max(sinks, 1), self.estimate), 0, sinks)

    def luts(self, levels: int, sinks: int = 1) -> Delay:
        """LUTs in a row and the nets between them, each of ``sinks``; not the net before the first."""
        total = Delay(self.fabric.lut.mean * levels, levels)
        for _ in range(levels - 1):
            total += self.net(sinks)
        return total

    def adders(self, bits: int, count: int = 1) -> Delay:
        """Adders in a row, from the nets of their operands to the last sum, operands aligned."""
        ready, lowest = np.zeros((1, bits)), np.arange(bits)[np.newaxis] == 0
        for left in range(count - 1, -1, -1):
            sums = self.sums(ready, np.where(lowest, 3 if left else 2, 1))
            ready = sums + np.where(lowest, self.net(3).ns, self.net(2).ns + self.fabric.carry.o_to_out)
        return Delay(float(sums.max()), count, 3)

    def sums(self, ready: Ns, driven: Int) -> Ns:
        """When the bits of sums arrive, each through LUTs and a chain; float64, shape (sums, bits).

        Args:
            ready: When the bits of the operands arrive, at the ends of their nets.
            driven: Pins that the LUT of every bit drives. Only a single pin is in its site; the LUT of the lowest bit
                also computes the sum of that bit.
        """
        carry = self.fabric.carry
        at_chain = ready + self.fabric.lut.mean + np.where(driven == 1, self.lut_to_carry, self.nets(driven))
        found = np.empty(at_chain.shape)
        carried = np.full(len(at_chain), -np.inf)
        for low in range(0, at_chain.shape[1], HALF_BLOCK):
            block = at_chain[:, low : low + HALF_BLOCK]
            for bit in range(block.shape[1]):
                best = carried + self.carry_into_sum(low)
                for before in range(bit + 1):
                    best = np.maximum(best, block[:, before] + self.within_block(carry.s_to_o, bit - before))
                found[:, low + bit] = best
            carried = carried + self.carry_onward(low)
            for before in range(block.shape[1]):
                through = self.within_block(carry.s_to_co, HALF_BLOCK - 1 - before)
                carried = np.maximum(carried, block[:, before] + through)
        found[:, 0] = ready[:, 0] + self.fabric.lut.mean
        return found

    @property
    def least_adder_ns(self) -> float:
        """Shortest time that an adder in a row of adders takes."""
        bit = self.within_block(self.fabric.carry.s_to_o, 0)
        return self.net(1).ns + self.fabric.lut.mean + min(self.lut_to_carry + bit, 0.0)

    def comparison(self, bits: int) -> Delay:
        """The LUTs and the chain of a comparison, to the last carry, and out of the chain."""
        return Delay(self.fabric.lut.mean + self.net(2).ns + self.carry_out(0, bits - 1), 1, 2)

    def larger(self, bits: int) -> Delay:
        """A comparison and the LUTs that pass the larger value on."""
        out = Delay(self.fabric.carry.o_to_out)
        return self.comparison(bits) + out + self.net(bits) + Delay(self.fabric.lut.mean, 1)

    @property
    def into_register(self) -> Delay:
        """From a LUT to the flip-flop of its site."""
        ff = self.fabric.ff
        return Delay(self.fabric.bound.local_ff + ff.from_lut + ff.setup_d)

    @property
    def sum_into_register(self) -> Delay:
        """From a chain to the flip-flop of its site."""
        return Delay(self.fabric.carry.o_to_ff + self.fabric.ff.setup_d)

    @property
    def around_into_register(self) -> Delay:
        """From a net to a flip-flop, past the LUT of its site."""
        return Delay(self.fabric.ff.bypass + self.fabric.ff.setup_d)

    @property
    def reset(self) -> Delay:
        """From the end of a net into a set or reset."""
        return Delay(self.fabric.ff.setup_r)

    @property
    def enable(self) -> Delay:
        """From the end of a net into a clock enable."""
        return Delay(self.fabric.ff.setup_ce)

    @property
    def lut_to_carry(self) -> float:
        """From a LUT that drives nothing else to the chain of its site."""
        return self.fabric.bound.lut_carry + self.fabric.carry.lut_to_s

    @cached_property
    def _nets(self) -> Ns:
        return np.array([self.net(sinks).ns for sinks in range(_TABULATED)])

    def nets(self, sinks: Int) -> Ns:
        """Delays of many nets, ns."""
        return self._nets[np.minimum(sinks, _TABULATED - 1)]

    def sum_bit(self, first: int, last: int) -> float:
        """From S of one bit of a chain to O of a later one, or the same."""
        low = last // HALF_BLOCK * HALF_BLOCK
        if first >= low:
            return self.within_block(self.fabric.carry.s_to_o, last - first)
        return self.carry_out(first, low - 1) + self.carry_into_sum(low)

    def carry_out(self, first: int, last: int) -> float:
        """From S of one bit of a chain to the carry out of a later one, or the same."""
        low, whole = last // HALF_BLOCK * HALF_BLOCK, self.fabric.carry.s_to_co
        if first >= low:
            return self.within_block(whole, last - first)
        begin = first // HALF_BLOCK * HALF_BLOCK + HALF_BLOCK
        ns = self.within_block(whole, HALF_BLOCK - 1 - first % HALF_BLOCK)
        return ns + sum(self.carry_onward(bit) for bit in range(begin, low + 1, HALF_BLOCK))

    def carry_into_sum(self, low: int) -> float:
        """From the carry into the half block that starts at a bit of a chain to its sums."""
        carry = self.fabric.carry
        return carry.ci_pin + carry.ci_to_o if low % carry.bits == 0 else carry.ci_to_o * self._share

    def carry_onward(self, low: int) -> float:
        """From the carry into the half block that starts at a bit of a chain to the carry out of it."""
        carry = self.fabric.carry
        return carry.ci_to_co * self._share + carry.ci_pin * (low % carry.bits == 0)

    def within_block(self, whole: float, bits: int) -> float:
        """From S to a later bit of the same half block; it grows from a quarter of the delay of the whole block."""
        return whole * (_FIRST_BIT + (1 - _FIRST_BIT) * bits / max(self.fabric.carry.bits - 1, 1))

    @property
    def _share(self) -> float:
        return HALF_BLOCK / self.fabric.carry.bits
