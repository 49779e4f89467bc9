"""Bits moved between the parts of a network: one loses a bit so that others gain one, at no more than a given cost.

Costs go in steps, as at the width from which a DSP slice holds two products. A search that only lowers bits cannot take
back one whose loss bought nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from bxnn.compiler.calibration.budget_search import Within
from bxnn.compiler.calibration.width_prices import Cost
from bxnn.compiler.calibration.width_search import LEAST_BITS, Search, Step
from bxnn.compiler.calibration.widths import Place, Widths
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.budget import unexplained

_MOST_SCHEDULES = 16  # of exchanges that are tried
_MOST_GAINING = 2  # places that gain a bit when one loses one


@dataclass(frozen=True)
class _Exchange:
    raised: tuple[Place, ...]
    lowered: Place | None

    def after(self, widths: Widths) -> Widths:
        for place in self.raised:
            widths = widths.raised(place)
        return widths if self.lowered is None else widths.lowered(self.lowered)


@dataclass(eq=False)
class Exchanges:
    """Improves widths as long as an exchange lowers the loss and the network still fits.

    Attributes:
        search: Knows losses.
        within: Schedules networks.
        most_bits: No place gets more.
        tried: What they cost, by their widths; ``None`` where the budget is missed.
    """

    search: Search
    within: Within
    most_bits: int
    tried: dict[str, Cost | None] = field(default_factory=dict)

    def path(self, start: Step) -> Iterator[Step]:
        """Better and better widths; none if no exchange is better."""
        current, done = start.widths, 0
        while (found := self._better(current)) is not None:
            current, done = found.after(current), done + 1
            cost = self.tried[self.search.key(current)]
            tried = f"{counted(len(self.tried), 'network')} of at most {_MOST_SCHEDULES} tried"
            self.search.tell(f"{counted(done, 'exchange')}, {tried}")
            yield Step(current, self.search.facts(found.lowered, current, found.raised, cost))

    def _better(self, current: Widths) -> _Exchange | None:
        loss = self.search.loss(current)
        for exchange in self._promising(current):
            widths = exchange.after(current)
            if self.search.loss(widths) < loss and self._fits(widths):
                return exchange
        return None

    def _promising(self, current: Widths) -> list[_Exchange]:
        """Exchanges whose losses, taken one place at a time, add up to less; the best first."""
        search, loss = self.search, self.search.loss(current)
        search.learn([current.raised(own) for own in search.places() if search.bits(current, own) < self.most_bits])
        search.learn([current.lowered(own) for own in search.places() if search.bits(current, own) > LEAST_BITS])
        raised = {
            place: search.loss(current.raised(place)) - loss
            for place in search.places()
            if search.bits(current, place) < self.most_bits
        }
        lowered: dict[Place | None, float] = {None: 0.0}
        for place in search.places():
            if search.bits(current, place) > LEAST_BITS:
                lowered[place] = search.loss(current.lowered(place)) - loss
        gains = [group for count in range(1, _MOST_GAINING + 1) for group in combinations(raised, count)]
        sums = {
            _Exchange(group, place): sum(raised[own] for own in group) + worse
            for group in gains
            for place, worse in lowered.items()
            if place not in group
        }
        return sorted((exchange for exchange, change in sums.items() if change < 0), key=lambda own: sums[own])

    def _fits(self, widths: Widths) -> bool:
        key = self.search.key(widths)
        if key not in self.tried:
            if len(self.tried) == _MOST_SCHEDULES:
                return False
            try:
                with unexplained():
                    self.tried[key] = self.within(widths)
            except ScheduleError:
                self.tried[key] = None
        return self.tried[key] is not None
