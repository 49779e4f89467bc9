"""What labels say about the outputs of a network, as facts of the report: efficiencies, confusion, errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.numeric.roc_curve import (
    Mask,
    Reals,
    area,
    area_error,
    class_score,
    efficiencies,
    efficiency,
    efficiency_error,
    roc_rates,
    share_error,
)
from bxnn.compiler.report.calibration_facts import ClassFacts, ErrorHistogram, Estimate

Labels = NDArray[np.int64]
Confusion = tuple[tuple[int, ...], ...]

_BACKGROUNDS = (0.01, 0.1)  # the smaller one where the background has events enough
_ENOUGH = 1000
_BINS = 40
_MOST_CLASSES = 20  # with curves and a confusion matrix; more cannot be read on a page
_REACH = 4.0  # of a histogram, in standard deviations


def share(right: Mask) -> Estimate:
    """The fraction of events for which something holds, with its binomial error."""
    value = float(right.mean())
    return Estimate(value=value, error=share_error(value, right.size))


def background_rate(labels: Labels) -> float:
    """The rate at which efficiencies are given."""
    fewest = min(int(np.count_nonzero(labels != label)) for label in np.unique(labels))
    return _BACKGROUNDS[0] if fewest >= _ENOUGH else _BACKGROUNDS[1]


def class_facts(found: Reals, wanted: Reals | None, labels: Labels, background: float) -> tuple[ClassFacts, ...]:
    """Every class that occurs, but not alone, against the others; of a single score, class 1.

    Args:
        found: Logits of the firmware, shape (events, classes), or (events, 1).
        wanted: Those of the float model; ``None`` if they are not known.
        labels: Class of each event.
        background: Rate of other events at which efficiencies are given.
    """
    classes = range(found.shape[1]) if found.shape[1] > 1 else (1,)
    signals = [(label, labels == label) for label in classes]
    return tuple(
        _one_class(label, signal, found, wanted, background)
        for label, signal in signals
        if signal.any() and not signal.all()
    )


def _one_class(label: int, signal: Mask, found: Reals, wanted: Reals | None, background: float) -> ClassFacts:
    rates = roc_rates(int(signal.size - signal.sum())) if found.shape[1] <= _MOST_CLASSES else ()
    score = class_score(found, label)
    by_float = None if wanted is None else class_score(wanted, label)
    return ClassFacts(
        label=label,
        auc_float=None if by_float is None else _area(by_float, signal),
        auc=_area(score, signal),
        efficiency_float=None if by_float is None else _efficiency(by_float, signal, background),
        efficiency=_efficiency(score, signal, background),
        roc_background=rates,
        roc=efficiencies(score, signal, rates),
        roc_float=None if by_float is None else efficiencies(by_float, signal, rates),
    )


def _area(score: Reals, signal: Mask) -> Estimate:
    value = area(score, signal)
    return Estimate(value=value, error=area_error(value, signal))


def _efficiency(score: Reals, signal: Mask, background: float) -> Estimate:
    error = efficiency_error(score, signal, background)
    return Estimate(value=efficiency(score, signal, background), error=error)


def confusion(labels: Labels, decided: Labels, classes: int) -> Confusion | None:
    """Events by true class (rows) and decided class (columns); ``None`` for more than 20 classes."""
    if classes > _MOST_CLASSES:
        return None
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, decided), 1)
    return tuple(tuple(row) for row in counts.tolist())


def error_histogram(name: str, errors: Reals) -> ErrorHistogram:
    """Errors of an output up to four standard deviations; those beyond are in the outermost bins."""
    reach = _REACH * float(errors.std()) or 1.0
    counts, _ = np.histogram(np.clip(errors, -reach, reach), bins=_BINS, range=(-reach, reach))
    return ErrorHistogram(output=name, low=-reach, high=reach, counts=tuple(counts.tolist()))
