"""Distributed RAM of AMD devices: how many LUTs each primitive occupies, and where its addresses act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LutMemory:
    """One primitive.

    Attributes:
        luts: LUTs that it occupies.
        reads: The address of every output port.
        written: The address of the write port.
        data: Ports of written data.
        multiplexers: Wide multiplexers after the LUTs of one output: one doubles the depth of a LUT.
    """

    luts: int
    reads: Mapping[str, str]
    written: str
    data: tuple[str, ...]
    multiplexers: int = 0

    def address_pins(self, port: str, pins: Mapping[str, object]) -> list[str]:
        """The pins of an address: one bus, or a pin for each bit, as in RAM64X1S."""
        return [pin for pin in pins if pin.rstrip("0123456789") == port]


def _lettered(letters: str) -> LutMemory:
    """LUTs side by side that are written at the address of the last one."""
    reads = {f"DO{one}": f"ADDR{one}" for one in letters}
    return LutMemory(len(letters), reads, f"ADDR{letters[-1]}", tuple(f"DI{one}" for one in letters))


def _single(depth: int) -> LutMemory:
    """One bit, read and written at the same address."""
    return LutMemory(depth // 64, {"O": "A"}, "A", ("D",), (depth // 64).bit_length() - 1)


def _dual(depth: int) -> LutMemory:
    """One bit that is read at another address, too."""
    return LutMemory(depth // 32, {"SPO": "A", "DPO": "DPRA"}, "A", ("D",), (depth // 64).bit_length() - 1)


# Source: AMD UG474 and UG574, distributed RAM.
LUT_MEMORIES: Mapping[str, LutMemory] = {
    **{kind: _lettered("ABCD") for kind in ("RAM32M", "RAM64M")},
    **{kind: _lettered("ABCDEFGH") for kind in ("RAM32M16", "RAM64M8")},
    **{f"RAM{depth}X1S": _single(depth) for depth in (64, 128, 256, 512)},
    **{f"RAM{depth}X1D": _dual(depth) for depth in (64, 128, 256)},
}
