"""The binding of layers that multiply two tensors, with DSP slices that several products share over the phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.delays.path_delay import Delay, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.product_stage import SIGN_PINS, ProductStage
from bxnn.compiler.hardware.serialize import Serialize
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True, eq=False)
class SharedProductStage(ProductStage):
    """Both operands are sent phase by phase, lane by lane, to the slices, whose products leave in the same layout.

        latency_cycles = 1 (register of the operands) + registers of the slices

    Attributes:
        senders: What sends each operand, and the bits of an element of it.
        needed: Which elements are multiplied; zeros are sent in the place of the others. bool, shape (elements,).
    """

    name: ClassVar[str] = "shared_products"

    senders: tuple[tuple[Serialize, int], ...] = ()
    needed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    @property
    def reuse_factor(self) -> int:
        return self.result.phases

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.REGISTERS, 1), *super().latency())

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """Into the operands' registers, from there into the slices, and out of the slices.

        The senders count the same phases: synthesis makes one counter of theirs, which chooses the bits of both.
        """
        sent = self.senders[0][0].paths(sum(bits for _, bits in self.senders), technology)
        into = technology.start + technology.net(SIGN_PINS) + Delay(technology.fabric.dsp.setup_a)
        operand = PathDelay(PathClass.DSP_OPERAND, into)
        return HardwarePaths(sent.entries, (*sent.inner, operand), self.leaves(technology, loads))

    def activity(self) -> list[tuple[int, int]]:
        """The slices of every lane that has an element in a phase, after the register of the operands."""
        used = (self._places >= 0).sum(axis=1)
        return list(enumerate(used.tolist(), 1))

    def constants(self) -> Mapping[str, Any]:
        fanout = self.senders[0][0].max_fanout
        around = {"phases": self.result.phases, "lanes": self.result.lanes, "max_fanout": fanout}
        return {**super().constants(), **around, "places": self._places}

    @property
    def _places(self) -> Int:
        """The elements that are multiplied in their phases and lanes, -1 elsewhere; shape (phases, lanes)."""
        elements = self.result.elements
        return np.where((elements >= 0) & self.needed[elements], elements, -1)
