"""How much a network of known cost is expected to add to the volume of a front.

All costs are shares of a corner, (loss, latency, area) = (1, 1, 1), which is a design without any use. The volume is
what lies between the front and that corner, better than nothing and worse than some design.

Source: Emmerich et al., "Hypervolume-based expected improvement", IEEE CEC 2011, here with two costs that are known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Costs = tuple[float, float, float]


def hypervolume(points: Sequence[Costs]) -> float:
    """Volume of the part of the unit cube that is above at least one point."""
    inside = sorted((point for point in points if max(point) < 1), key=lambda point: point[2])
    levels = [*(point[2] for point in inside), 1.0]
    total = 0.0
    for index, (low, high) in enumerate(pairwise(levels)):
        total += (high - low) * _area([point[:2] for point in inside[: index + 1]])
    return total


def expected_gain(front: Sequence[Costs], loss: float, spread: float, latency: float, area: float) -> float:
    """Expected volume that a design adds whose loss has the distribution of Gauss.

    Args:
        front: Designs that are known.
        loss: Mean of its loss.
        spread: Standard deviation of it, above 0.
        latency: Its latency, known exactly.
        area: Its area, known exactly.
    """
    if max(latency, area) >= 1:
        return 0.0
    own = (1 - latency) * (1 - area)
    clipped = sorted((point[0], max(point[1], latency), max(point[2], area)) for point in front)
    below = [point for point in clipped if max(point) < 1]
    total, top = 0.0, [*(point[0] for point in below), 1.0]
    for index, high in enumerate(top):
        low = -math.inf if index == 0 else top[index - 1]
        free = own - _area([point[1:] for point in below[:index]])
        total += free * (_ramp((high - loss) / spread) - _ramp((low - loss) / spread)) * spread
    return total


def _ramp(end: float) -> float:
    """Integral of the distribution of Gauss up to a number: by how much that exceeds a normal variable, on average."""
    if end == -math.inf:
        return 0.0
    density = math.exp(-end * end / 2) / math.sqrt(2 * math.pi)
    return end * (1 + math.erf(end / math.sqrt(2))) / 2 + density


def _area(points: Sequence[tuple[float, float]]) -> float:
    """The same of the unit square."""
    total, height = 0.0, 1.0
    for x, y in sorted(points):
        if y < height:
            total += (1 - x) * (height - y)
            height = y
    return total
