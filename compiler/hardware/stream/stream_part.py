"""The contract of the entities around the tiles of a streaming network, and their counters."""

from __future__ import annotations

from typing import Self

from bxnn.compiler.hardware.hardware_part import HardwarePart


class StreamPart(HardwarePart):
    """An instance of one entity of the library. LUTs are counted individually (``tests/vhdl/test_cost.py``)."""

    def alone(self) -> Self:
        """The same part as synthesized alone: no register after it absorbs any of its logic."""
        return self


def counter_bits(count: int) -> int:
    """Bits of a counter with ``count`` values; none for a single one."""
    return (count - 1).bit_length()


def counter_luts(count: int) -> int:
    """LUTs of a counter with ``count`` values that restarts with every frame and stops at its end."""
    bits = counter_bits(count)
    return 2 * bits + 2 if bits else 0
