"""The firmware against the float model on events that the calibration did not see, with statistical errors."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.calibration.loss import Judge, rms_error
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.real_curves import softmax
from bxnn.compiler.report.calibration_facts import CalibrationFacts, ClassFacts, ErrorHistogram, Estimate

_BACKGROUNDS = (0.01, 0.1)  # the smaller one where the background has events enough
_ENOUGH = 1000
_BINS = 40
_REACH = 4.0  # of a histogram, in standard deviations


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
    has_labels = labels is not None and decided is not None and by_float is not None
    classes: tuple[ClassFacts, ...] = ()
    background: float | None = None
    if has_labels and labels is not None:
        background = _background(labels)
        classes = _classes(next(iter(wanted.values())), next(iter(found.values())), labels, background)
    return CalibrationFacts(
        calibrated_on=calibrated_on,
        events=len(next(iter(found.values()))),
        loss=judge.loss(wanted, found),
        rms_error=rms_error(wanted, found),
        accuracy_float=_share(by_float == labels) if has_labels else None,
        accuracy=_share(decided == labels) if has_labels else None,
        agreement=None if decided is None or by_float is None else _share(decided == by_float),
        background=background if classes else None,
        classes=classes,
        histograms=tuple(_histogram(name, found[name] - wanted[name]) for name in wanted),
        saturated=dict(saturated),
    )


def _share(right: NDArray[np.bool_] | bool) -> Estimate:
    """A fraction with its binomial error."""
    several = np.atleast_1d(right)
    value = float(several.mean())
    return Estimate(value=value, error=math.sqrt(value * (1 - value) / several.size))


def _background(labels: NDArray[np.int64]) -> float:
    """The background rate at which efficiencies are given."""
    fewest = min(np.count_nonzero(labels != label) for label in np.unique(labels))
    return _BACKGROUNDS[0] if fewest >= _ENOUGH else _BACKGROUNDS[1]


def _classes(wanted: Reals, found: Reals, labels: NDArray[np.int64], background: float) -> tuple[ClassFacts, ...]:
    by_float, by_firmware = (_scores(values.reshape(len(values), -1)) for values in (wanted, found))
    facts = []
    for label in range(by_float.shape[1]):
        own = label if by_float.shape[1] > 1 else 1
        signal = labels == own
        if not signal.any() or signal.all():
            continue
        scores = by_float[:, label], by_firmware[:, label]
        areas = [_area(score, signal) for score in scores]
        efficiencies = [_share(score[signal] > _cut(score[~signal], background)) for score in scores]
        facts.append(
            ClassFacts(
                label=own,
                auc_float=areas[0],
                auc=areas[1],
                efficiency_float=efficiencies[0],
                efficiency=efficiencies[1],
            )
        )
    return tuple(facts)


def _scores(logits: Reals) -> Reals:
    """The score of each class; the logit itself if there is only one."""
    return softmax(logits) if logits.shape[1] > 1 else logits


def _cut(background: Reals, rate: float) -> float:
    """The lowest score that at most that fraction of the background exceeds."""
    ordered = np.sort(background)[::-1]
    return float(ordered[min(int(rate * ordered.size), ordered.size - 1)])


def _area(score: Reals, signal: NDArray[np.bool_]) -> Estimate:
    """The area under the ROC curve; equal scores count half.

    Source: J. Hanley and B. McNeil, Radiology 143 (1982) 29, for the error.
    """
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positive, negative = int(signal.sum()), int((~signal).sum())
    area = float((ranks[signal].sum() - positive * (positive + 1) / 2) / (positive * negative))
    pair, other = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positive - 1) * (pair - area**2) + (negative - 1) * (other - area**2)
    return Estimate(value=area, error=math.sqrt(max(variance, 0.0) / (positive * negative)))


def _histogram(name: str, errors: Reals) -> ErrorHistogram:
    reach = _REACH * float(errors.std()) or 1.0
    counts, _ = np.histogram(np.clip(errors, -reach, reach), bins=_BINS, range=(-reach, reach))
    return ErrorHistogram(output=name, low=-reach, high=reach, counts=tuple(counts.tolist()))
