"""The slowest path of each class in a whole network, and whether its clock is met."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.fabric_delays import Estimate
from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.path_class import PathClass


@dataclass(frozen=True)
class NetworkPath:
    """The slowest path of a class.

    Attributes:
        kind: Its class, by its end.
        place: Layer in which it ends, or port.
        typical: Its delay with typical routes.
        pessimistic: The same with pessimistic ones.
    """

    kind: PathClass
    place: str
    typical: Delay
    pessimistic: Delay


@dataclass(frozen=True)
class NetworkTiming:
    """The paths of a network against its clock.

    Attributes:
        period_ns: Period of the clock.
        margin: Share of it reserved for clock uncertainty.
        estimate: ``typical`` or ``pessimistic``: which delay counts.
        paths: The slowest of every class by the delay that counts, slowest first.
        limit_mhz: Fastest clock of the device for the registers in use.
        assumed: Numbers of the delay table for which no source was found.
    """

    period_ns: float
    margin: float
    estimate: Estimate
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
        """Longest time that a path may take."""
        return self.period_ns * (1 - self.margin)

    @property
    def closes(self) -> bool:
        """Whether every path fits."""
        return self.delay(self.worst).ns <= self.limit_ns

    @property
    def max_clock_mhz(self) -> float:
        """The fastest clock at which the design closes."""
        return min(1000.0 * (1 - self.margin) / self.delay(self.worst).ns, self.limit_mhz)
