"""What two builds can differ in, as named values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.gate.figures import FIGURES, figure
from bxnn.compiler.report import LayerReport, ReportModel, load_report

Value = bool | int | float | str | None

_SCHEDULE = ("strategy", "binding", "reuse_factor", "start_cycle", "latency_cycles", "dsp", "packing")
_FORMATS = ("kind", "input_format", "output_format", "accum_bits", "overflow")
_PORT = ("data", "elements", "bits", "format", "beats", "lanes", "factors", "shifts", "zero_point")


class Topic(Enum):
    """What a difference is about, in the order in which differences are shown."""

    SOURCE = "source"
    FIGURES = "figures"
    PORTS = "ports"
    FORMATS = "formats"
    WEIGHTS = "weights"
    SCHEDULE = "schedule"
    RESOURCES = "resources"
    TIMING = "timing"
    VERIFICATION = "verification"
    NOTICES = "notices"


@dataclass(frozen=True)
class BuildFacts:
    """One of the two builds.

    Attributes:
        path: As the user named it.
        report: Its report.
        constants: Weights, biases and other constants of the final graph by name; ``None`` if only a report was given.
    """

    path: Path
    report: ReportModel
    constants: Mapping[str, NDArray[np.int64]] | None

    @classmethod
    def load(cls, path: Path) -> BuildFacts:
        """Read a build folder, or a report alone.

        Raises:
            InputError: If it is neither, or the build is damaged.
        """
        if not path.is_dir():
            return cls(path, load_report(path), None)
        build = Build.open(path)
        with np.load(build.folder / "ir/constants.npz", allow_pickle=False) as arrays:
            return cls(path, load_report(build.report), dict(arrays))

    def values(self) -> dict[tuple[Topic, str], Value]:
        """Everything but the constants, by topic and name."""
        report = self.report
        found: dict[tuple[Topic, str], Value] = {
            (Topic.SOURCE, "network"): report.name,
            (Topic.SOURCE, "bxnn_version"): report.bxnn_version,
            (Topic.SOURCE, "board"): report.board.name,
            (Topic.SOURCE, "part"): report.board.part,
        }
        found |= {(Topic.SOURCE, file.name): file.sha256[:16] for file in report.files}
        found |= {(Topic.FIGURES, name): _predicted(report, name) for name in (*FIGURES, "clock_mhz", "macs_nonzero")}
        for port in (*report.inputs, *report.outputs):
            found |= {(Topic.PORTS, f"{port.name}.{name}"): _plain(getattr(port, name)) for name in _PORT}
        for layer in report.layers:
            found |= _of_layer(report.spelled(layer.name), layer)
        return found | _timing(report) | _measured(report) | {(Topic.NOTICES, text): "yes" for text in report.notices}


def _predicted(report: ReportModel, name: str) -> Value:
    return figure(report, name, measured=False).value if name in FIGURES else getattr(report, name)


def _plain(value: object) -> Value:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _of_layer(name: str, layer: LayerReport) -> dict[tuple[Topic, str], Value]:
    shown = {Topic.FORMATS: _FORMATS, Topic.SCHEDULE: _SCHEDULE, Topic.RESOURCES: ("predicted_lut", "predicted_ff")}
    return {
        (topic, f"{name}.{field}"): _plain(getattr(layer, field)) for topic, fields in shown.items() for field in fields
    }


def _timing(report: ReportModel) -> dict[tuple[Topic, str], Value]:
    timing = report.timing
    if timing is None:
        return {}
    fields = ("period_ns", "margin", "estimate", "worst_path_ns", "worst_path", "max_clock_mhz")
    found: dict[tuple[Topic, str], Value] = {(Topic.TIMING, name): getattr(timing, name) for name in fields}
    for path in timing.classes:
        found[Topic.TIMING, f"{path.kind.value}.predicted_ns"] = path.predicted_ns(timing.estimate)
        found[Topic.TIMING, f"{path.kind.value}.measured_ns"] = path.measured_ns
    return found


def _measured(report: ReportModel) -> dict[tuple[Topic, str], Value]:
    """Results of what was run; seconds and tool versions are left out, because they differ at every run."""
    shown = {
        "simulation": ("events", "mismatches", "latency_cycles", "initiation_interval", "passed"),
        "csim": ("events", "mismatches", "passed"),
        "resources": ("dsp", "lut", "ff", "bram", "carry", "logic_levels"),
        "float_comparison": ("elements_differing", "max_abs_error", "accuracy", "accuracy_model"),
    }
    found: dict[tuple[Topic, str], Value] = {}
    for part, fields in shown.items():
        topic = Topic.RESOURCES if part == "resources" else Topic.VERIFICATION
        measured = getattr(report, part)
        found |= {(topic, f"{part}.{name}"): None if measured is None else getattr(measured, name) for name in fields}
    return found | _accuracy(report)


def _accuracy(report: ReportModel) -> dict[tuple[Topic, str], Value]:
    """What labels say, and about which events."""
    facts = report.accuracy
    if facts is None:
        return {}
    shown: dict[str, Value] = {"input": facts.input, "sha256": facts.sha256, "events": facts.events}
    shown["accuracy"] = None if facts.accuracy is None else facts.accuracy.value
    for own in facts.classes:
        shown[f"class {own.label}.auc"] = own.auc.value
        shown[f"class {own.label}.efficiency"] = own.efficiency.value
    return {(Topic.VERIFICATION, f"accuracy.{name}"): value for name, value in shown.items()}
