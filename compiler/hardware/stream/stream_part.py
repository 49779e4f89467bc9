"""The contract of the entities around the tiles of a streaming network."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.hardware_part import HardwarePart


class StreamPart(HardwarePart):
    """An instance of one entity of the library. LUTs are counted individually (``tests/vhdl/test_cost.py``)."""

    @abstractmethod
    def control(self, technology: Technology) -> HardwarePaths:
        """The slowest paths of what starts and steps it, and to what it tells other parts.

        Args:
            technology: Delays of the device.
        """

    @abstractmethod
    def paths(self, technology: Technology) -> HardwarePaths:
        """The slowest paths of the data.

        Args:
            technology: Delays of the device.
        """

    def alone(self) -> Self:
        """The same part as synthesized alone: no register after it absorbs any of its logic."""
        return self
