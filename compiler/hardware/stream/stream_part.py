"""The contract of the entities around the tiles of a streaming network, and their counters."""

from __future__ import annotations

from typing import Self

from bxnn.compiler.hardware.hardware_part import HardwarePart
from bxnn.compiler.numeric.integers import ceil_log2


class StreamPart(HardwarePart):
    """An instance of one entity of the library. LUTs are counted individually (``tests/vhdl/test_cost.py``)."""

    def alone(self) -> Self:
        """The same part as synthesized alone: no register after it absorbs any of its logic."""
        return self


def counter_luts(count: int) -> int:
    """LUTs of a counter with ``count`` values that restarts with every frame and stops at its end."""
    bits = ceil_log2(count)
    return 2 * bits + 2 if bits else 0
