"""The slowest paths of a whole network, kind by kind, and whether its clock holds them."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True)
class NetworkPath:
    """The slowest path of a kind.

    Attributes:
        kind: By its end.
        place: Layer in which it ends, or port.
        typical: Its delay with typical routes.
        pessimistic: With pessimistic ones.
    """

    kind: PathClass
    place: str
    typical: Delay
    pessimistic: Delay


@dataclass(frozen=True)
class NetworkTiming:
    """The paths of a network against its clock.

    Attributes:
        period_ns: Of the clock.
        margin: Part of it that is kept for clock uncertainty.
        estimate: ``typical`` or ``pessimistic``: which delay counts.
        paths: The slowest of every kind, by the delay that counts; the slowest first.
        limit_mhz: Fastest clock of the device for the registers in use.
        assumed: Numbers of the delay table for which no source was found.
    """

    period_ns: float
    margin: float
    estimate: str
    paths: tuple[NetworkPath, ...]
    limit_mhz: float
    assumed: tuple[str, ...]

    def delay(self, path: NetworkPath) -> Delay:
        """The delay of a path that counts."""
        return path.pessimistic if self.estimate == "pessimistic" else path.typical

    @property
    def worst(self) -> NetworkPath:
        """The slowest path."""
        return self.paths[0]

    @property
    def limit_ns(self) -> float:
        """Most that a path may take."""
        return self.period_ns * (1 - self.margin)

    @property
    def closes(self) -> bool:
        """Whether every path fits."""
        return self.delay(self.worst).ns <= self.limit_ns

    @property
    def max_clock_mhz(self) -> float:
        """The fastest clock at which the design closes."""
        return min(1000.0 * (1 - self.margin) / self.delay(self.worst).ns, self.limit_mhz)
