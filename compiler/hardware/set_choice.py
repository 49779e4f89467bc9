"""How the tag of an event chooses its set of weights: `bxnn_set_choice`, and delays to the layers that have several."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.delays.path_delay import PathDelay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.fabric import LUT_INPUTS, Fabric
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.turn_stage import TurnStage
from bxnn.compiler.numeric.integers import ceil_log2

LEAD_CYCLES = 2  # from the number of the set at a layer to the cycle in which its event starts there
_CHOOSES = (DspBinding, TurnStage)


@dataclass(frozen=True)
class SetChoice:
    """The number of the set on its way through a network.

    Attributes:
        sets: Sets of weights.
        layers: Layers with several sets, in the order in which they start, with the cycles from the choice to their
            starts.
    """

    sets: int
    layers: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, schedule: Schedule) -> SetChoice | None:
        """That of a network; ``None`` if all channels share its weights.

        Raises:
            InternalError: If a layer starts before it can know the set.
        """
        bindings = {step.layer: step.binding for step in schedule.steps if isinstance(step.binding, _CHOOSES)}
        sets = max((binding.sets for binding in bindings.values()), default=1)
        if sets == 1:
            return None
        starts = [
            (step.layer, step.start_cycle - schedule.entry_cycles)
            for step in schedule.steps
            if step.layer in bindings and bindings[step.layer].sets > 1
        ]
        early = [layer for layer, start in starts if start < LEAD_CYCLES]
        if early:
            raise InternalError(early[0], f"starts in less than {LEAD_CYCLES} cycles, before its weights are chosen")
        return cls(sets, tuple(sorted(starts, key=lambda layer: layer[1])))

    @property
    def bits(self) -> int:
        """Bits of the number of a set."""
        return ceil_log2(self.sets)

    def delay(self, index: int) -> int:
        """Cycles by which layer ``index`` gets the number later than the one before it, or than the choice."""
        before = self.layers[index - 1][1] if index else LEAD_CYCLES
        return self.layers[index][1] - before

    def number_of(self, name: str) -> int | None:
        """Place of a layer among those with several sets; ``None`` if it has one."""
        return next((number for number, (layer, _) in enumerate(self.layers) if layer == name), None)

    def fabric(self) -> Fabric:
        """The choice and the delays, besides what is in the layers."""
        compared = 0 if self.sets == 1 << self.bits or self.bits + 2 <= LUT_INPUTS else 1 + self.bits // LUT_INPUTS
        total = Fabric(counted_luts=self.bits + compared, register_bits=self.bits)
        chain = [self.delay(index) for index in range(len(self.layers))]
        return sum((Fabric.delay(self.bits, cycles) for cycles in chain if cycles), start=total)

    def paths(self, technology: Technology) -> tuple[PathDelay, ...]:
        """From the port of the tag to the register that holds the number, and to the first layers."""
        chosen = technology.start + technology.net(self.bits + 1) + technology.luts(3, self.bits)
        first = sum(start == LEAD_CYCLES for _, start in self.layers)
        entered = chosen + technology.net(first + 2) + technology.around_into_register
        return PathDelay(PathClass.INPUT_PORT, entered), PathDelay(PathClass.DATA, entered)
