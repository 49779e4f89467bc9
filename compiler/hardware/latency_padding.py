"""Delays the results of a network to the latency that the user asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import loaded
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True, eq=False)
class LatencyPadding(LayoutConverter):
    """``bxnn_latency_padding.vhd``.

    Events are ``spacing`` cycles apart, so that one register keeps a result for as long; a delay line takes the rest.

    Attributes:
        cycles: By how much results are delayed; at least 1.
        spacing: Initiation interval of the network.
    """

    name: ClassVar[str] = "padding"

    cycles: int
    spacing: int

    @property
    def latency_cycles(self) -> int:
        return self.cycles

    @property
    def held(self) -> bool:
        """Whether the result stays by itself until it is read, so that only its valid is delayed."""
        return self.source.is_parallel and self.cycles < self.spacing

    @property
    def _rest_cycles(self) -> int:
        """Length of the delay line."""
        return 0 if self.held else max(self.cycles - self.spacing, 0)

    def resources(self, bits: int, unread: int = 0) -> Fabric:
        width = self.source.lanes * bits
        kept = Fabric() if self.held else Fabric.registers(width)
        return Fabric.registers(self.cycles) + kept + Fabric.delay(width, self._rest_cycles)

    def paths(self, bits: int, technology: Technology) -> HardwarePaths:
        if self.held:
            return HardwarePaths()
        first = loaded(self.source.lanes * bits, technology)
        if not self._rest_cycles:
            return first
        shifts = Fabric.delay(1, self._rest_cycles).shift_luts > 0
        srl, start = technology.fabric.srl, technology.start
        setup, out = (Delay(srl.setup_d), Delay(srl.clk_out)) if shifts else (technology.around_into_register, start)
        shifted = PathDelay(PathClass.DATA, start + technology.net(1) + setup)
        return HardwarePaths((Entry(PathClass.DATA, 1, technology.around_into_register),), (*first.inner, shifted), out)
