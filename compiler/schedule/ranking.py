"""Which of the designs within a budget is the best, and why nothing is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bxnn.compiler.hardware.objective import Aim, Bounded, Evidence, Goal, Optimal
from bxnn.compiler.schedule.amount import Amount
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.partial_design import PartialDesign


@dataclass(frozen=True)
class Ranking:
    """The order of designs by preference.

    Attributes:
        budget: What the user limits.
        limits: The same, and the DSPs that a design may take.
        priced: Whether LUTs and flip-flops are known.
    """

    budget: Budget
    limits: Budget
    priced: bool

    @property
    def _wants_fewest_dsp(self) -> bool:
        """Whether it is the fewest DSPs rather than the lowest latency."""
        return self.budget.latency_cycles is not None and self.budget.dsp is None

    @property
    def aim(self) -> Aim:
        """What makes a design the best."""
        if self._wants_fewest_dsp:
            cycles = self.budget.latency_cycles
            return Aim(Goal.FEWEST_DSPS, latency_cycles=cycles, lut=self.budget.lut, priced=self.priced)
        return Aim(Goal.LOWEST_LATENCY, dsp=self.limits.dsp, lut=self.budget.lut, priced=self.priced)

    def within(self, designs: Sequence[PartialDesign]) -> list[PartialDesign]:
        """The designs that are within the limits."""
        return [design for design in designs if self.limits.allows(design)]

    def best(self, designs: Sequence[PartialDesign]) -> PartialDesign:
        """The best of the designs within the limits."""
        return min(designs, key=self._order)

    def _order(self, design: PartialDesign) -> tuple[int, ...]:
        first = design.latency_cycles, design.dsp
        return (*(first[::-1] if self._wants_fewest_dsp else first), design.lut, design.ff, design.adder_bits)

    def evidence(self, chosen: PartialDesign, front: Sequence[PartialDesign], evaluated: int, slack: int) -> Evidence:
        """Why nothing is better, or how much better something could be.

        Args:
            chosen: The design that was taken.
            front: All complete designs.
            evaluated: Number of combinations that were compared.
            slack: LUTs by which a design that was dropped may be better than one that was kept.
        """
        if slack == 0:
            return Optimal(evaluated)
        assert self.budget.lut is not None
        relaxed = replace(self, limits=replace(self.limits, lut=self.budget.lut + slack))
        bound = relaxed.best(relaxed.within(front))
        amount = Amount.DSP if self._wants_fewest_dsp else Amount.LATENCY_CYCLES
        found, least = amount.of(chosen), amount.of(bound)
        return Optimal(evaluated, slack) if found == least else Bounded(evaluated, least)
