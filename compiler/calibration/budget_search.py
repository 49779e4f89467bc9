"""Widths within a budget: the widest uniform ones that fit, and then one bit more where that gains the most.

What a network costs goes in steps, as at the width from which a DSP slice holds two products, and the scheduler trades
costs for each other. So whether widths fit is asked of the scheduler, and prices only decide what is tried first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from bxnn.compiler.calibration.width_prices import Cost
from bxnn.compiler.calibration.width_search import LEAST_BITS, Search, Step
from bxnn.compiler.calibration.widths import Place, Widths
from bxnn.compiler.errors import LimitMissedError, ScheduleError
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.budget import unexplained

Within = Callable[[Widths], Cost]  # of a design within the budget; raises ScheduleError if there is none

_MOST_SCHEDULES = 14  # while widths are raised


def widest(start: Widths, within: Within) -> tuple[Widths, Cost]:
    """The widest uniform widths below ``start`` that meet a budget, found by bisection, and what they cost.

    Raises:
        LimitMissedError: If not even the narrowest do.
    """
    low, high = LEAST_BITS, start.bits - 1
    found: Cost | None = None
    while low < high:
        middle = (low + high + 1) // 2
        try:
            with unexplained():
                found, low = within(replace(start, bits=middle)), middle
        except ScheduleError:
            high = middle - 1
    narrowest = replace(start, bits=low)
    try:
        return narrowest, found or within(narrowest)
    except ScheduleError as error:
        problem = f"cannot be met, even with {LEAST_BITS} bits everywhere: {error.subject}: {error.problem}"
        raise LimitMissedError("--budget", problem) from None


@dataclass(eq=False)
class Raises:
    """Raises widths bit by bit as long as the network fits.

    Attributes:
        search: Knows losses and prices.
        within: Schedules networks.
        most_bits: No place gets more.
        full: Places that can have no more.
        tried: Number of networks that were scheduled.
    """

    search: Search
    within: Within
    most_bits: int
    full: set[Place] = field(default_factory=set)
    tried: int = 0

    def path(self, start: Step) -> Iterator[Step]:
        """Wider and wider networks: several bits at a time while that goes well, and one at a time when not."""
        current, count = start.widths, 1
        while self.tried < _MOST_SCHEDULES:
            ahead = list(islice(self._ahead(current), count))
            if not ahead:
                return
            self.tried += 1
            widths = ahead[-1][1]
            try:
                with unexplained():
                    cost = self.within(widths)
                facts = self.search.facts(None, widths, [place for place, _ in ahead], cost)
            except ScheduleError:
                if len(ahead) == 1:
                    self.full.add(ahead[0][0])
                count = max(len(ahead) // 2, 1)
            else:
                yield Step(widths, facts)
                current, count = widths, 2 * len(ahead)
            self.search.tell(f"{counted(self.tried, 'network')} of at most {_MOST_SCHEDULES} tried")

    def _ahead(self, current: Widths) -> Iterator[tuple[Place, Widths]]:
        """One bit more where that gains the most for what it costs, again and again, as far as anything is gained."""
        search = self.search
        while True:
            raised = {
                place: current.raised(place)
                for place in search.places()
                if place not in self.full and search.bits(current, place) < self.most_bits
            }
            search.learn([current, *raised.values()])
            loss, worth = search.loss(current), search.prices.worth(current)
            gains = {
                place: (loss - search.loss(widths)) / (search.prices.worth(widths) - worth)
                for place, widths in raised.items()
            }
            if not gains or max(gains.values()) <= 0:
                return
            place = max(gains, key=gains.__getitem__)
            current = raised[place]
            yield place, current
