"""The binding of what is computed over the results of the members of an ensemble that take turns on a core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Self

import numpy as np

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import loaded
from bxnn.compiler.hardware.latency import LatencyPart, LatencyTerm
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.tree_paths import COMPARED_PINS, TreePaths
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Tensor


class TurnOperation(Enum):
    """What is found; the values are those of the generic of ``bxnn_over_turns``."""

    SUM = "SUM"
    MAXIMUM = "MAXIMUM"
    MINIMUM = "MINIMUM"


@dataclass(frozen=True, eq=False)
class TurnStage(PipelineStage):
    """``bxnn_over_turns.vhd``: a register per element takes in the result of one turn after another.

        latency_cycles = (turns - 1) * spacing + 1

    Attributes:
        turns: Results of an event, a set of weights each.
        spacing: Cycles from one to the next.
        operation: What is found.
        in_bits: Bits of an element.
        bits: Bits of an element of the result.
    """

    name: ClassVar[str] = "over_turns"

    turns: int = field(kw_only=True)
    spacing: int = field(kw_only=True)
    operation: TurnOperation = field(kw_only=True)
    in_bits: int = field(kw_only=True)
    bits: int = field(kw_only=True)

    @classmethod
    def of(
        cls,
        source: Layout,
        turns: int,
        spacing: int,
        operation: TurnOperation,
        tensors: tuple[Tensor, Tensor],
        pipelining: Pipelining,
    ) -> Self:
        """The stage.

        Args:
            source: The layout that it reads.
            turns: Results of an event.
            spacing: Cycles between them.
            operation: What is found.
            tensors: What it reads, and its result.
            pipelining: Where registers are.
        """
        taken, result = tensors
        width = result.size * result.bits
        found = {"adder_bits": width} if operation is TurnOperation.SUM else {"compared_bits": width}
        own = Fabric.registers(width + 1 + 2 + ceil_log2(turns))  # valid; first and last turn; the number of the turn
        return cls(
            source,
            Layout.parallel(result.size),
            1,
            Fabric(**found, selected_bits=width * (operation is not TurnOperation.SUM)) + own,
            pipelining=pipelining,
            turns=turns,
            spacing=spacing,
            operation=operation,
            in_bits=taken.bits,
            bits=result.bits,
        )

    @property
    def sets(self) -> int:
        """Sets of weights of which it must know the number."""
        return self.turns

    def latency(self) -> tuple[LatencyTerm, ...]:
        return (LatencyTerm(LatencyPart.TURNS, (self.turns - 1) * self.spacing), *super().latency())

    def activity(self) -> list[tuple[int, int]]:
        return [(cycle, 1) for cycle in range(self.latency_cycles)]

    def constants(self) -> Mapping[str, Any]:
        return {"operation": self.operation.value}

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        width = self.result.lanes * self.bits
        entries = self._entries(technology)
        earlier, opening = technology.start + technology.net(COMPARED_PINS + loads), technology.start
        compared = technology.start + technology.net(2) + technology.luts(1) + technology.into_register
        inner = [PathDelay(PathClass.DATA, compared), *loaded(width, technology).inner]
        for entry in entries:
            inner.append(PathDelay(entry.kind, earlier + entry.delay))
            inner.append(PathDelay(entry.kind, opening + technology.net(width) + entry.delay))
        return HardwarePaths(entries, tuple(inner), technology.start)

    def _entries(self, technology: Technology) -> tuple[Entry, ...]:
        """From an element to its register: through an adder, or a comparator that chooses or loads."""
        chosen = technology.luts(1)  # the first result is not combined with an earlier one
        if self.operation is TurnOperation.SUM:
            leaves = np.array([[self.in_bits, self.bits]])
            tree = TreePaths.of_codes((True,), self.bits, leaves).paths(technology)
            return (Entry(PathClass.DATA, tree.sinks, chosen + tree.entries[0].delay),)
        compared = technology.comparison(self.bits) + Delay(technology.fabric.carry.o_to_out) + technology.net(1)
        loading = compared + chosen + technology.net(self.bits) + technology.enable
        return (
            Entry(PathClass.DATA, 1, chosen + technology.larger(self.bits) + technology.into_register),
            Entry(PathClass.CONTROL, COMPARED_PINS, loading),
        )
