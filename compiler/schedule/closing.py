"""Which implementations of a layer meet the clock by themselves."""

from __future__ import annotations

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.schedule.clocked_registers import slowest_ns
from bxnn.compiler.schedule.implementation import Implementation


class Closing:
    """Leaves out implementations of one layer that miss a clock, once there is one."""

    def __init__(self) -> None:
        self.clock: ClockTarget | None = None
        self.most_dsp: int | None = None  # of what may be chosen; larger ones are not examined
        self._met: dict[object, bool] = {}

    def meets(self, binding: Binding) -> bool:
        """Whether the paths between registers of the layer, and from registers before it, fit."""
        clock = self.clock
        return clock is None or slowest_ns(binding.paths(clock.technology, 1), clock) <= clock.limit_ns

    def keeps(self, option: Implementation) -> bool:
        """The same for an implementation; equal ones are built once."""
        if self.clock is None or (self.most_dsp is not None and option.dsp > self.most_dsp):
            return True
        key = option.identity, self.clock
        if key not in self._met:
            self._met[key] = self.meets(option.recipe.draft(option.source, option.result))
        return self._met[key]
