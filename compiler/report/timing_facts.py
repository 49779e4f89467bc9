"""`timing` of report.json: the time paths may take, their predicted delays, and those found in synthesis."""

from __future__ import annotations

from pydantic import AliasChoices, ConfigDict, Field

from bxnn.compiler.hardware.delays.fabric_delays import Estimate
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.report.part import Part

_SAME_NS = 1e-6  # the same delays, added in another order, differ by less


def is_longer(measured_ns: float, predicted_ns: float | None) -> bool:
    """Whether a path takes longer than predicted, or was not predicted."""
    return predicted_ns is None or measured_ns > predicted_ns + _SAME_NS


class ClassifiedPath(Part):
    """Facts about one class of paths; ``class`` in the file."""

    model_config = ConfigDict(serialize_by_alias=True)

    kind: PathClass = Field(validation_alias=AliasChoices("class", "kind"), serialization_alias="class")


class MeasuredPath(ClassifiedPath):
    """The slowest path of a class in the netlist, by the design's estimate.

    ``typical_ns`` and ``pessimistic_ns`` are those of the slowest path of the class by either estimate. ``layer`` and
    ``entity`` are where it ends; ``None`` outside layers and in the top entity. ``slack_ns`` is what remains of the
    period less the margin.
    """

    start: str
    end: str
    layer: str | None
    entity: str | None
    levels: int
    carries: int
    fan_out: int
    typical_ns: float
    pessimistic_ns: float
    slack_ns: float


class PathFacts(ClassifiedPath):
    """A class of paths, predicted and measured; ``None`` where it was not predicted or measured.

    ``measured_ns`` is by the estimate of the design.
    """

    typical_ns: float | None = None
    pessimistic_ns: float | None = None
    measured_ns: float | None = None
    levels: int | None = None
    fan_out: int | None = None

    def predicted_ns(self, estimate: Estimate) -> float | None:
        """The prediction by one of the estimates."""
        return self.typical_ns if estimate == "typical" else self.pessimistic_ns


class Timing(Part):
    """Whether the design closes: every path fits the period less the margin.

    Attributes:
        period_ns: Period of the clock.
        margin: Share of the period reserved for clock uncertainty.
        estimate: Which delay of a route counts.
        delays: Name of the delay table; ``None`` where no delays of the device are public and no path is judged.
        assumed: Numbers of the table for which no source was found.
        worst_path_ns: Delay of the slowest predicted path.
        worst_path: Where it is.
        max_clock_mhz: The clock at which the design would still close.
        classes: Predicted and measured delays by class.
        places: Layer or port where the predicted path of a class ends.
        measured: Slowest paths of the netlist by class; empty until ``bxnn synthesize``.
    """

    period_ns: float
    margin: float
    estimate: Estimate
    delays: str | None
    assumed: tuple[str, ...] = ()
    worst_path_ns: float | None = None
    worst_path: str | None = None
    max_clock_mhz: float | None = None
    classes: tuple[PathFacts, ...] = ()
    places: dict[str, str] = Field(default_factory=dict)
    measured: tuple[MeasuredPath, ...] = ()

    @property
    def time_ns(self) -> float:
        """Time that a path may take."""
        return self.period_ns * (1 - self.margin)

    def with_measured(self, measured: tuple[MeasuredPath, ...]) -> Timing:
        """The same with the delays found in synthesis beside the predicted ones."""
        predicted = {entry.kind: entry for entry in self.classes}
        found = {path.kind: path for path in measured}
        classes = []
        for kind in (each for each in PathClass if each in predicted or each in found):
            entry, path = predicted.get(kind, PathFacts(kind=kind)), found.get(kind)
            update: dict[str, float | int | None] = {"measured_ns": None if path is None else self._counted(path)}
            if path is not None and entry.typical_ns is None:
                update |= {"levels": path.levels, "fan_out": path.fan_out}
            classes.append(entry.model_copy(update=update))
        return self.model_copy(update={"classes": tuple(classes), "measured": measured})

    @property
    def difference(self) -> str | None:
        """The paths that exceed their predictions, worst first; ``None`` if there are none, or no predictions."""
        if self.worst_path_ns is None:
            return None
        over: dict[PathClass, float] = {}
        for entry in self.classes:
            predicted = entry.predicted_ns(self.estimate)
            if entry.measured_ns is not None and is_longer(entry.measured_ns, predicted):
                over[entry.kind] = entry.measured_ns - (predicted or 0.0)
        ends = {path.kind: path for path in self.measured}
        worst_first = sorted(over, key=lambda kind: -over[kind])
        return "; ".join(self._excess(ends[kind], over[kind]) for kind in worst_first) or None

    def _excess(self, path: MeasuredPath, excess_ns: float) -> str:
        measured = self._counted(path)
        told = f"{measured - excess_ns:.3f} ns predicted" if measured > excess_ns else "none predicted"
        return f"slowest {path.kind.value} path: {told}, {measured:.3f} ns in the netlist ({path.start} to {path.end})"

    def _counted(self, path: MeasuredPath) -> float:
        return path.typical_ns if self.estimate == "typical" else path.pessimistic_ns
