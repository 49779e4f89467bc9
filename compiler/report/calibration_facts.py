"""What a calibration measured on events that it did not see, as part of the report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from bxnn.compiler.config.formats_file import format_lines, read_sections
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.text import print_graph
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.plural import counted
from bxnn.compiler.report.part import Part


class Estimate(Part):
    """A number with its statistical error."""

    value: float
    error: float


class ClassFacts(Part):
    """One class against the rest: area under the ROC curve, and the efficiency at a fixed background rate.

    ``roc`` holds the efficiencies at the rates in ``roc_background``; ``*_float`` is ``None`` without a float model.
    """

    label: int
    auc_float: Estimate | None
    auc: Estimate
    efficiency_float: Estimate | None
    efficiency: Estimate
    roc_background: tuple[float, ...] = ()
    roc: tuple[float, ...] = ()
    roc_float: tuple[float, ...] | None = None


class ErrorHistogram(Part):
    """Errors of an output in bins of equal width; errors beyond the ends are in the outermost bins."""

    output: str
    low: float
    high: float
    counts: tuple[int, ...]


class TradeOff(Part):
    """A step of the search: ``lowered`` lost one bit and has ``bits`` now; what the network then costs and loses.

    What is ``raised`` gained a bit as often as it is named; there may be nothing to be lowered for it. ``dsp`` and
    ``lut`` are of a design within the budget, or, without one, interpolated between schedules of uniform widths.
    ``agreement`` is on calibration events.
    """

    lowered: str | None
    bits: int | None
    raised: tuple[str, ...] = ()
    dsp: float
    lut: float
    loss: float
    agreement: float | None


class CalibrationFacts(Part):
    """The firmware against the float model on ``events`` that the calibration did not see.

    ``agreement`` is the fraction of events with the same decision. ``rms_error`` is in units of the outputs' spread.
    ``efficiency`` of a class is at ``background``. ``confusion`` counts events by true class (rows) and decided class.
    ``saturated`` is the fraction of saturated numbers by layer.
    """

    calibrated_on: int
    events: int
    loss: float
    rms_error: float
    accuracy_float: Estimate | None = None
    accuracy: Estimate | None = None
    confusion_float: tuple[tuple[int, ...], ...] | None = None
    confusion: tuple[tuple[int, ...], ...] | None = None
    agreement: Estimate | None = None
    background: float | None = None
    classes: tuple[ClassFacts, ...] = ()
    histograms: tuple[ErrorHistogram, ...] = ()
    saturated: dict[str, float] = Field(default_factory=dict)
    trade_off: tuple[TradeOff, ...] = ()

    @property
    def sentence(self) -> str:
        """The comparison in one line."""
        kept = "" if self.agreement is None else f"{100 * self.agreement.value:.2f} % of decisions kept, "
        return f"on {counted(self.events, 'other event')}: {kept}rms error {self.rms_error:.4f} of the outputs' spread"


def digest(types: DeclaredTypes, graph: Graph) -> str:
    """What a comparison is about: all types, and the constants of the network after the pipeline."""
    found = hashlib.sha256("\n".join(format_lines(types)).encode())
    for name, codes in sorted(print_graph(graph)[1].items()):
        found.update(f"{name} {codes.shape}".encode() + np.ascontiguousarray(codes, "<i8").tobytes())
    return found.hexdigest()


def measured_facts(path: Path, types: DeclaredTypes, graph: Graph) -> CalibrationFacts | None:
    """The comparison in formats.yaml; ``None`` if there is none, or it is about other types or another model.

    Raises:
        ConfigError: If it cannot be read.
    """
    stored: Mapping[str, Any] = read_sections(path).get("measured", {})
    if not stored or stored.get("digest") != digest(types, graph):
        return None
    try:
        return CalibrationFacts.model_validate({key: value for key, value in stored.items() if key != "digest"})
    except ValidationError as error:
        where = ": ".join([path.name, "measured", *(str(part) for part in error.errors()[0]["loc"])])
        raise ConfigError(where, "is not as bxnn calibrate wrote it; remove the section measured") from None
