"""What the valid of an event drives in a piece of hardware, and how many copies of it share these loads."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.numeric.integers import ceil_div

_FEW = 8  # shares of max_fanout: one with fewer loads than that stays with the valid itself


@dataclass(frozen=True)
class ValidShare:
    """Equal parts of hardware of which neighbouring ones share a copy of valid.

    Attributes:
        parts: How many; the pins of a part are never divided between copies.
        pins: Most pins of a part that valid drives.
    """

    parts: int
    pins: int

    @property
    def loads(self) -> int:
        """Pins of all parts."""
        return self.parts * self.pins

    def copies(self, max_fanout: int) -> int:
        """Copies of which none has more loads than ``max_fanout``, or than a single part; 0 if there are few loads."""
        if self.loads <= max_fanout // _FEW:
            return 0
        shared = max(max_fanout // self.pins, 1)
        return ceil_div(self.parts, ceil_div(self.parts, ceil_div(self.parts, shared)))


NO_SHARE = ValidShare(0, 1)


@dataclass(frozen=True)
class ValidLoads:
    """The loads of the valid with which hardware takes an event.

    Attributes:
        shares: In the order in which the VHDL takes their copies.
    """

    shares: tuple[ValidShare, ...]

    @property
    def loads(self) -> int:
        """Loads of a valid without copies."""
        return sum(share.loads for share in self.shares)

    def copies(self, max_fanout: int) -> tuple[int, ...]:
        """Copies for every share."""
        return tuple(share.copies(max_fanout) for share in self.shares)


def enabled_lanes(lanes: int, bits: int, decided: int) -> ValidLoads:
    """Registers of lanes that valid enables.

    Args:
        lanes: Lanes.
        bits: Flip-flops of a lane.
        decided: Pins of LUTs of a lane that decide whether valid sets or resets its flip-flops.
    """
    return ValidLoads((ValidShare(lanes, bits + decided),))


def stage_registers(cycles: int, copies: int, max_fanout: int) -> tuple[int, ...]:
    """Registers of every cycle of ``bxnn_valid_copies.vhd``, the first cycle first."""
    found = [copies]
    for _ in range(cycles - 1):
        found.insert(0, ceil_div(found[0], max_fanout))
    return tuple(found)
