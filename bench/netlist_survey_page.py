"""The page of the netlist survey."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bxnn.compiler.report.timing_facts import is_longer

TOO_LONG = 1.3  # times what was measured, of the paths that limit a clock
_INTRODUCTION = """# Netlists beside their predictions

Written by `python -m bench.netlist_survey`. Third-party networks on the default board, compiled and synthesized by
the command line (`bxnn synthesize`: GHDL and yosys). A cell has the slowest path of its class in ns with the delays by
which the design closes, predicted / measured. A measured path that is longer than predicted, or another number of DSP
slices, is an error (exit 1). Classes whose paths are all short share a lower bound of the prediction
([timing.md](timing.md)).

"""
_CLASSES = ("data", "control", "dsp_operand", "dsp_sum", "input_port", "memory")


@dataclass(frozen=True)
class Class:
    """The slowest paths of a class, ns; ``None`` if none was predicted or measured."""

    kind: str
    predicted: float | None
    measured: float | None

    @property
    def longer(self) -> bool:
        """Whether a path is longer than predicted."""
        return self.measured is not None and is_longer(self.measured, self.predicted)

    @property
    def cell(self) -> str:
        """A cell of the table."""
        both = ("none" if ns is None else f"{ns:.2f}" for ns in (self.predicted, self.measured))
        return f"**{' / '.join(both)}**" if self.longer else " / ".join(both)


@dataclass(frozen=True)
class Surveyed:
    """A design of the survey.

    Attributes:
        name: In words.
        told: What the command line said when it refused or failed.
        dsp: Predicted and synthesized DSP slices; ``None`` if it was refused.
        lut: Predicted and synthesized look-up tables.
        ff: Predicted and synthesized flip-flops.
        classes: Its paths.
    """

    name: str
    told: str | None
    dsp: tuple[int, int] | None = None
    lut: tuple[int, int] | None = None
    ff: tuple[int, int] | None = None
    classes: tuple[Class, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the netlist differs from the prediction."""
        return self.dsp is not None and (self.dsp[0] != self.dsp[1] or any(each.longer for each in self.classes))

    @property
    def line(self) -> str:
        """One line for a terminal."""
        if self.dsp is None:
            return f"{self.name}: {self.told}"
        paths = ", ".join(f"{each.kind} {each.cell}" for each in self.classes)
        return f"{self.name}: {'DIFFERS' if self.differs else 'ok'}, DSP {self.dsp[0]} / {self.dsp[1]}, {paths}"


def surveyed(name: str, told: str | None, report: bytes | None) -> Surveyed:
    """A design from its report.json; ``None`` if it was refused or could not be synthesized."""
    found = {} if report is None else json.loads(report)
    resources, predicted, timing = found.get("resources"), found.get("predicted"), found.get("timing")
    if resources is None or predicted is None or timing is None:
        return Surveyed(name, told)
    estimate = f"{timing['estimate']}_ns"
    classes = (Class(each["class"], each[estimate], each["measured_ns"]) for each in timing["classes"])
    return Surveyed(
        name,
        told,
        (found["dsp"], resources["dsp"]),
        (predicted["lut"], resources["lut"]),
        (predicted["ff"], resources["ff"]),
        tuple(classes),
    )


def page(designs: Sequence[Surveyed]) -> str:
    """The page as Markdown."""
    built = [design for design in designs if design.dsp is not None]
    head = ["design", "DSP", "LUT", "FF", *_CLASSES]
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}", *map(_row, built)]
    refused = [f"* {design.name}: {design.told}" for design in designs if design.dsp is None]
    below = ["", "Not built:", "", *refused] if refused else []
    return _INTRODUCTION + "\n".join([summary(built), "", *lines, *below]) + "\n"


def summary(built: Sequence[Surveyed]) -> str:
    """Two sentences: how many designs are as predicted, and how far predictions are from what was measured."""
    good = sum(not design.differs for design in built)
    ratios = list(_limiting(built))
    far = sum(ratio > TOO_LONG for ratio in ratios)
    mean = sum(ratios) / max(len(ratios), 1)
    return (
        f"{good} of {len(built)} designs have no path longer than predicted in its class and as many DSP slices as "
        f"predicted. The slowest path of a design is predicted {mean:.2f} times as long as measured in the mean; of "
        f"{len(ratios)}, {far} by more than {TOO_LONG:.1f} times."
    )


def _limiting(built: Iterable[Surveyed]) -> Iterable[float]:
    """Predicted over measured of the slowest path of each design."""
    for design in built:
        predicted = max(each.predicted or 0.0 for each in design.classes)
        yield predicted / max(each.measured or 0.0 for each in design.classes)


def _row(design: Surveyed) -> str:
    cells = {each.kind: each.cell for each in design.classes}
    counts = (f"{pair[0]} / {pair[1]}" for pair in (design.dsp, design.lut, design.ff) if pair is not None)
    return f"| {' | '.join([design.name, *counts, *(cells.get(kind, '') for kind in _CLASSES)])} |"
