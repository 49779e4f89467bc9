"""The error for a clock that cannot be met: the path, its delay, and the clock at which it would close."""

from __future__ import annotations

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.hardware.network_timing import NetworkTiming
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.ir.graph import Graph


class ClockMissedError(LimitMissedError):
    """A path does not fit the period.

    Attributes:
        place: Name of the layer in which the path ends; empty if it is a port or not known.
        ns: Its delay.
        clock: The clock that it misses.
    """

    def __init__(self, subject: str, kind: PathClass, ns: float, clock: ClockTarget, place: str = "") -> None:
        self.place, self.ns, self.clock = place, ns, clock
        less = f" less {clock.margin:.0%}" if clock.margin else ""
        super().__init__(
            subject,
            f"a path of class {kind.value} takes {ns:.3f} ns ({clock.estimate}), but a period of "
            f"{clock.period_ns:.3f} ns{less} is {clock.limit_ns:.3f} ns; it closes at "
            f"{clock.closes_at_mhz(ns):.1f} MHz",
        )


def check_timing(graph: Graph, timing: NetworkTiming, clock: ClockTarget) -> None:
    """Refuse a network whose clock is too fast for it.

    Raises:
        ClockMissedError: Naming the slowest path.
    """
    if not timing.closes:
        worst = timing.worst
        layers = {layer.name: layer.describe() for layer in graph.layers}
        raise ClockMissedError(
            layers.get(worst.place, worst.place), worst.kind, timing.delay(worst).ns, clock, worst.place
        )
