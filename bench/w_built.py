"""The jet tagger with accumulators of fc2 joined by the W multiplexer: compiled, and one form synthesized."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.nanoseconds_designs import CASES
from bxnn.compiler.driver import compile_model
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.verification.synthesis_check import synthesize

LAYER = "fc2"
COMPILED, SYNTHESIZED = (1, 2, 3), (2,)  # lanes of a cascade; 1 is the design as it is by default
COUNTED = (3, 5, 7, 9)  # cells of a row that are counted or measured in the netlist


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
        told, timing = report.predicted, report.timing
        assert told is not None and timing is not None
        form = "input_serial" if self.cascade == 1 else f"input_joined, {self.cascade}"
        lut = ff = joined = path = "-"
        if found is not None and found.dsp_use is not None:
            lut, ff, joined = f"{found.lut:,}", f"{found.ff:,}", str(found.dsp_use.cascaded)
            path = f"{max(each.pessimistic_ns for each in timing.measured):.2f}"
        costs = f"{told.lut:,} | {lut} | {told.ff:,} | {ff} | {timing.worst_path_ns:.2f} | {path}"
        return f"| {form} | {report.latency_cycles} | {report.dsp} | {joined} | {costs} |"


def design_of(cascade: int) -> str:
    """The design.yaml."""
    text = CASES[0].design.read_text(encoding="utf-8") + "dsp: instantiated\n"
    if cascade == 1:
        return text
    return f"{text}layers: {{{LAYER}: {{binding: input_joined, cascade: {cascade}}}}}\n"


def of_builds(models: Path, folder: Path) -> Iterator[Built]:
    """The builds below a folder, which are made if they are not there; one is synthesized."""
    case = CASES[0]
    assert case.weights is not None
    for cascade in COMPILED:
        build = folder / f"cascade_{cascade}"
        if not build.exists():
            folder.mkdir(parents=True, exist_ok=True)
            design = folder / f"cascade_{cascade}.yaml"
            design.write_text(design_of(cascade), encoding="utf-8")
            compile_model(models / case.model, models / case.weights, design, build)
        report = load_report(build / "report.json")
        asked = cascade in SYNTHESIZED and report.resources is None
        yield Built(cascade, synthesize(build) if asked else report)
