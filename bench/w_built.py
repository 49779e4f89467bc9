"""The jet tagger with accumulators of fc2 joined by the W multiplexer: compiled, and synthesized once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.nanoseconds_designs import CASES
from bxnn.compiler.driver import compile_model
from bxnn.compiler.hardware.input_joined import LENGTHS
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.verification.synthesis_check import synthesize

LAYER = "fc2"


@dataclass(frozen=True)
class Built:
    """A build of the jet tagger.

    Attributes:
        cascade: Lanes of a cascade of fc2; 1 for none.
        report: Its report, with what was synthesized.
    """

    cascade: int
    report: ReportModel

    @property
    def row(self) -> str:
        """A line of the table."""
        found, report = self.report.resources, self.report
        assert found is not None and found.dsp_use is not None and report.timing is not None
        told = report.predicted
        assert told is not None
        measured = max(path.pessimistic_ns for path in report.timing.measured)
        form = "input_serial" if self.cascade == 1 else f"input_joined, {self.cascade}"
        costs = f"{told.lut:,} | {found.lut:,} | {told.ff:,} | {found.ff:,}"
        paths = f"{report.timing.worst_path_ns:.2f} | {measured:.2f}"
        return f"| {form} | {report.latency_cycles} | {found.dsp} | {found.dsp_use.cascaded} | {costs} | {paths} |"


def design_of(cascade: int) -> str:
    """The design.yaml."""
    text = CASES[0].design.read_text(encoding="utf-8") + "dsp: instantiated\n"
    if cascade == 1:
        return text
    return f"{text}layers: {{{LAYER}: {{binding: input_joined, cascade: {cascade}}}}}\n"


def of_builds(models: Path, folder: Path) -> Iterator[Built]:
    """The builds below a folder, which are made and synthesized if they are not there."""
    case = CASES[0]
    assert case.weights is not None
    for cascade in (1, *LENGTHS):
        build = folder / f"cascade_{cascade}"
        if not build.exists():
            folder.mkdir(parents=True, exist_ok=True)
            design = folder / f"cascade_{cascade}.yaml"
            design.write_text(design_of(cascade), encoding="utf-8")
            compile_model(models / case.model, models / case.weights, design, build)
        report = load_report(build / "report.json")
        yield Built(cascade, report if report.resources is not None else synthesize(build))
