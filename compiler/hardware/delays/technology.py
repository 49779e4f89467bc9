"""Parts of a path between two clock edges on a device, by one estimate of its routes; they add up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.delays.fabric_delays import Estimate, FabricDelays
from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.numeric.tensor import Int

Ns = NDArray[np.float64]
_FIRST_SUM = 0.49  # share of the first bit in the delay from the carry input of a block to its highest O
_FIRST_BIT = 0.26  # share of one bit in the delay from the lowest S of a carry block to its highest O
LEAST = 2, 8  # LUTs in a row and loads of each net, below which paths are not told apart
_TABULATED = 4096  # sinks up to which the delays of nets are looked up
_MOST_LOADS = 1 << 20  # of a net: more than any design has


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

    @property
    def slowest_net(self) -> Delay:
        """A net with more loads than any design has, for one whose loads are not counted."""
        return replace(self.net(_MOST_LOADS), fan_out=None)

    def luts(self, levels: int, sinks: int = 1) -> Delay:
        """LUTs in a row and the nets between them, each of ``sinks``; not the net before the first."""
        total = Delay(self.fabric.lut.mean * levels, levels)
        for _ in range(levels - 1):
            total += self.net(sinks)
        return total

    def adders(self, bits: int, count: int = 1) -> Delay:
        """Adders in a row, from the nets of their operands to the last sum, operands aligned."""
        if (bits, count) not in self._adders:
            self._adders[bits, count] = self._computed_adders(bits, count)
        return self._adders[bits, count]

    @cached_property
    def _adders(self) -> dict[tuple[int, int], Delay]:
        return {}

    def _computed_adders(self, bits: int, count: int) -> Delay:
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
        onto = np.where(driven == 1, 0.0, self.nets(driven) + self.fabric.lut.mean)
        at_chain = ready + self.fabric.lut.mean + onto + self.fabric.lut_to_carry
        found = np.empty(at_chain.shape)
        carried = np.full((len(at_chain), 1), -np.inf)
        into, within, out = self._block
        for low in range(0, at_chain.shape[1], carry.bits):
            block = at_chain[:, low : low + carry.bits]
            count = block.shape[1]
            inside = (block[:, np.newaxis] + within[:count, :count]).max(axis=2)
            found[:, low : low + count] = np.maximum(carried + into[:count], inside)
            through = (block + out[:count]).max(axis=1, keepdims=True)
            carried = np.maximum(carried + carry.ci_pin + carry.ci_to_co, through)
        found[:, 0] = ready[:, 0] + self.fabric.lut.mean
        return found

    @cached_property
    def _block(self) -> tuple[Ns, Ns, Ns]:
        """Through a block of a chain: carry to every sum, every S to every later sum, every S to the carry."""
        carry, bits = self.fabric.carry, range(self.fabric.carry.bits)
        into = np.array([self.carry_into_sum(bit) for bit in bits])
        within = np.array(
            [[self.within_block(carry.s_to_o, bit - s) if s <= bit else -np.inf for s in bits] for bit in bits]
        )
        return into, within, np.array([self.within_block(carry.s_to_co, carry.bits - 1 - s) for s in bits])

    @property
    def least_adder_ns(self) -> float:
        """Shortest time that an adder in a row of adders takes."""
        bit = self.within_block(self.fabric.carry.s_to_o, 0)
        return self.net(1).ns + self.fabric.lut.mean + min(self.fabric.lut_to_carry + bit, 0.0)

    def no_shorter(self, delay: Delay, least: tuple[int, int] = LEAST) -> Delay:
        """At least some LUTs between registers, with some loads each: paths are not told apart below that.

        Copies of a sign, enables that become logic before D and the like decide which of the short paths is the
        slowest; none of them limits a clock.
        """
        levels, loads = least
        shortest = self.start + self.net(loads) + self.luts(levels, loads) + self.into_register
        return replace(delay, ns=max(delay.ns, shortest.ns))

    @property
    def sign_extension(self) -> Delay:
        """What a sum of sign-extended operands takes longer: the bits above both signs share a LUT."""
        return Delay(self.net(4).ns, 0, 4)

    def comparison(self, bits: int) -> Delay:
        """The LUTs and the chain of a comparison, to the last carry, and out of the chain."""
        onto = self.net(2).ns + 2 * self.fabric.lut.mean + self.fabric.lut_to_carry
        return Delay(onto + self.carry_out(0, bits - 1), 1, 2)

    def larger(self, bits: int) -> Delay:
        """A comparison and the LUTs that pass the larger value on."""
        out = Delay(self.fabric.carry.o_to_out)
        return self.comparison(bits) + out + self.net(bits) + Delay(self.fabric.lut.mean, 1)

    @property
    def into_register(self) -> Delay:
        """From a LUT to the flip-flop of its site."""
        ff = self.fabric.ff
        return Delay(self.fabric.lut_to_ff + ff.setup_d)

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

    @cached_property
    def _nets(self) -> Ns:
        return np.array([self.net(sinks).ns for sinks in range(_TABULATED)])

    def nets(self, sinks: Int) -> Ns:
        """Delays of many nets, ns."""
        return self._nets[np.minimum(sinks, _TABULATED - 1)]

    def sum_bit(self, first: int, last: int) -> float:
        """From S of one bit of a chain to O of a later one, or the same."""
        low = last // self.fabric.carry.bits * self.fabric.carry.bits
        if first >= low:
            return self.within_block(self.fabric.carry.s_to_o, last - first)
        return self.carry_out(first, low - 1) + self.carry_into_sum(last - low)

    def carry_out(self, first: int, last: int) -> float:
        """From S of one bit of a chain to the carry out of a later one, or the same."""
        carry = self.fabric.carry
        low, end = first // carry.bits, last // carry.bits
        if low == end:
            return self.within_block(carry.s_to_co, last - first)
        return self.within_block(carry.s_to_co, carry.bits - 1 - first % carry.bits) + (end - low) * (
            carry.ci_pin + carry.ci_to_co
        )

    def carry_into_sum(self, bit: int) -> float:
        """From the carry into a block to a sum of it."""
        carry = self.fabric.carry
        span = bit / max(carry.bits - 1, 1)
        return carry.ci_pin + carry.ci_to_o * (_FIRST_SUM + (1 - _FIRST_SUM) * span)

    def within_block(self, whole: float, bits: int) -> float:
        """From S to a later bit of the same block; it grows from a quarter of the delay of the whole block."""
        return whole * (_FIRST_BIT + (1 - _FIRST_BIT) * bits / max(self.fabric.carry.bits - 1, 1))
