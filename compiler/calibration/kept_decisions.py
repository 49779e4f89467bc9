"""The firmware against the float model on events that the calibration did not see, with statistical errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.calibration.loss import Judge, rms_error
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.report.calibration_facts import CalibrationFacts
from bxnn.compiler.report.class_statistics import background_rate, class_facts, confusion, error_histogram, share


def compared(
    judge: Judge,
    wanted: Mapping[str, Reals],
    found: Mapping[str, Reals],
    labels: NDArray[np.int64] | None,
    saturated: Mapping[str, float],
    calibrated_on: int,
) -> CalibrationFacts:
    """All numbers of the comparison.

    Args:
        judge: Says what the outputs mean.
        wanted: Outputs of the float model by name; shape (events, ...).
        found: Outputs of the firmware.
        labels: Class of each event.
        saturated: Fraction of saturated numbers by layer.
        calibrated_on: Number of events of the calibration.
    """
    decided, by_float = judge.decisions(found), judge.decisions(wanted)
    facts = CalibrationFacts(
        calibrated_on=calibrated_on,
        events=len(next(iter(found.values()))),
        loss=judge.loss(wanted, found),
        rms_error=rms_error(wanted, found),
        histograms=tuple(error_histogram(name, found[name] - wanted[name]) for name in wanted),
        saturated=dict(saturated),
    )
    if decided is None or by_float is None:
        return facts
    update: dict[str, object] = {"agreement": share(decided == by_float)}
    if labels is not None:
        outputs, floats = (_flat(next(iter(values.values()))) for values in (found, wanted))
        count = max(outputs.shape[1], 2)
        classes = class_facts(outputs, floats, labels, background_rate(labels))
        update |= {
            "accuracy_float": share(by_float == labels),
            "accuracy": share(decided == labels),
            "confusion_float": confusion(labels, by_float, count),
            "confusion": confusion(labels, decided, count),
            "background": background_rate(labels) if classes else None,
            "classes": classes,
        }
    return facts.model_copy(update=update)


def _flat(values: Reals) -> Reals:
    return values.reshape(len(values), -1)
