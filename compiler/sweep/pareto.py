"""Which designs no other beats."""

from __future__ import annotations

from collections.abc import Sequence


def undominated(costs: Sequence[tuple[float, ...] | None]) -> tuple[bool, ...]:
    """For every design whether it is on the Pareto front.

    Args:
        costs: As many per design, each the better the smaller; ``None`` for what is no design. Of equal
            designs the first is on the front.
    """
    found = [cost for cost in costs if cost is not None]
    first = {cost: index for index, cost in reversed(list(enumerate(costs)))}
    return tuple(
        cost is not None and first[cost] == index and not any(_beats(other, cost) for other in found)
        for index, cost in enumerate(costs)
    )


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
