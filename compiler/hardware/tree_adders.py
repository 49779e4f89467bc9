"""The delay of adders in a row whose addends are narrower than their sums: signs have many readers, and share LUTs.

  a7 a7 a7 a6 ... a0        8 bits        bits 7, 8 and 9 of the sum repeat both signs: one LUT computes a7 xor b7
+ b7 b7 b7 b6 ... b0        8 bits        for them and drives three inputs of the chain, through the fabric
= s9 s8 s7 s6 ... s0       10 bits
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.delays.technology import Ns, Technology
from bxnn.compiler.numeric.tensor import Int

Adder = tuple[int, int, int]  # bits of both addends and of the sum


@dataclass(frozen=True)
class TreeAdders:
    """Levels of a tree without a register between them.

    Attributes:
        levels: The different adders of every level, the one next to the leaves first; no level is empty.
        inverted: Whether the signs of the leaves come inverted: a LUT inverts them for each purpose.
    """

    levels: tuple[tuple[Adder, ...], ...]
    inverted: bool = False

    @property
    def sinks(self) -> int:
        """Most pins that a bit of a leaf drives."""
        return int(_pins(np.array(self.levels[0])).max())

    def from_nets(self, technology: Technology) -> Delay:
        """From the ends of the leaves' nets to the last sum."""
        return _delay(self, technology, False)

    def from_registers(self, technology: Technology) -> Delay:
        """From the clock of registers with the leaves to the last sum."""
        return _delay(self, technology, True)


@lru_cache(maxsize=1 << 12)  # a search asks for the same trees many times
def _delay(adders: TreeAdders, technology: Technology, registered: bool) -> Delay:
    most = max(max(adder) for level in adders.levels for adder in level)
    arrived: Ns = np.full(most, technology.start.ns)
    for number, level in enumerate(adders.levels):
        table = np.array(level, np.int64)
        ready = np.zeros((len(table), most))
        if registered or number > 0:
            ready = _ready(table, arrived, technology, number > 0)
        sums = technology.sums(ready, _driven(table, most, adders.inverted, number + 1 < len(adders.levels)))
        arrived = np.where(np.arange(most) < table[:, 2:], sums, 0.0).max(axis=0)
    return Delay(float(arrived.max()), len(adders.levels), adders.sinks)


def _pins(adders: Int) -> Int:
    """Pins that the signs of both addends drive; int64, shape (adders, 2).

    A bit drives a LUT and the chain. A sign has a LUT for every bit of a wider addend, and one for all bits above that.
    """
    own, total = adders[:, :2], adders[:, 2:]
    apart = np.minimum(own.max(axis=1, keepdims=True), total)
    return np.asarray(np.maximum(total - own, 0) + np.maximum(apart - own, 0) + 2, np.int64)


def _ready(adders: Int, arrived: Ns, technology: Technology, summed: bool) -> Ns:
    """When addends of the same level arrive, at the ends of their nets; float64, shape (adders, bits)."""
    position, pins = np.arange(len(arrived)), _pins(adders)
    found = np.zeros((len(adders), len(arrived)))
    for addend in range(2):
        sign = adders[:, addend : addend + 1] - 1
        source = np.minimum(position, sign)
        sinks = np.where(position < sign, 2, pins[:, addend : addend + 1])
        lowest = summed & (source == 0)  # a LUT, which drives its chain as well
        out = np.where(summed & (source > 0), technology.fabric.carry.o_to_out, 0.0)
        found = np.maximum(found, arrived[source] + technology.nets(sinks + lowest) + out)
    return found


def _driven(adders: Int, bits: int, inverted: bool, read: bool) -> Int:
    """Pins that the LUT of every bit of a sum drives; int64, shape (adders, bits)."""
    position, wider = np.arange(bits), adders[:, :2].max(axis=1)[:, np.newaxis]
    signs = np.where(adders[:, 2:] > wider, adders[:, 2:] - wider + 1 + inverted, 1)
    alike = np.where(position >= wider - 1, signs, 1)
    return np.where(position == 0, np.maximum(alike, 3 if read else 2), alike)
