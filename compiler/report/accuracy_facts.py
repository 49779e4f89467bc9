"""`accuracy` of report.json: what the firmware does to the events of a file, and to their labels if there are any."""

from __future__ import annotations

from bxnn.compiler.plural import counted
from bxnn.compiler.report.calibration_facts import ClassFacts, ErrorHistogram, Estimate
from bxnn.compiler.report.part import Part


class LayerRange(Part):
    """The numbers of an input or a layer, against those that its format holds.

    ``sizes`` are the smallest, the quartiles' and the largest size of the numbers that are not 0: smallest, first,
    third, largest; ``None`` if all are 0. ``saturated`` is the fraction of numbers that were outside the format before
    they saturated or wrapped; ``None`` where none can be, or where a table holds the results.
    """

    layer: str
    format: str
    lsb: float
    format_low: float
    format_high: float
    low: float
    high: float
    sizes: tuple[float, float, float, float] | None
    saturated: float | None


class AccuracyFacts(Part):
    """The firmware on ``events`` of the file ``input``, computed by the reference, whose bits are the firmware's.

    ``float_model`` is what ran the model without quantizers on the same events; ``None`` if nothing did. Labels of a
    classifier give ``accuracy``, ``classes`` and ``confusion``, which counts events by true class (rows) and decided
    class. ``histograms`` are those of the outputs less those of the float model. ``ranges`` are of ``range_events``.
    """

    input: str
    sha256: str
    events: int
    float_model: str | None = None
    accuracy_float: Estimate | None = None
    accuracy: Estimate | None = None
    confusion_float: tuple[tuple[int, ...], ...] | None = None
    confusion: tuple[tuple[int, ...], ...] | None = None
    background: float | None = None
    classes: tuple[ClassFacts, ...] = ()
    histograms: tuple[ErrorHistogram, ...] = ()
    range_events: int
    ranges: tuple[LayerRange, ...]

    @property
    def sentence(self) -> str | None:
        """Accuracy and areas in one line; ``None`` without labels."""
        if self.accuracy is None:
            return None
        areas = ", ".join(f"{own.label}: {own.auc.value:.4f}" for own in self.classes)
        told = f"accuracy {self.accuracy.value:.4f} on {counted(self.events, 'event')} of {self.input}"
        return f"{told}; AUC of class {areas}" if areas else told
