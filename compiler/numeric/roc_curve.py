"""How well a score separates signal from other events: area under the ROC curve and efficiencies, with their errors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]

_PER_DECADE = 8
_DECADES = 4
_TINY = 1e-300


def class_score(outputs: Reals, label: int) -> Reals:
    """A score that grows with the probability of a class against all others, shape (events,).

    Args:
        outputs: Logits, shape (events, classes), or (events, 1) for two classes.
        label: The class.
    """
    if outputs.shape[1] == 1:
        return outputs[:, 0] if label == 1 else -outputs[:, 0]
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    others = np.delete(np.exp(shifted), label, axis=1).sum(axis=1)
    return np.asarray(shifted[:, label] - np.log(others + _TINY))


def area(score: Reals, is_signal: Mask) -> float:
    """Area under the ROC curve: how often a signal event scores higher than another; ties count half."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    signal = int(is_signal.sum())
    others = len(score) - signal
    return float((ranks[inverse][is_signal].sum() - signal * (signal + 1) / 2) / (signal * others))


def area_error(found: float, is_signal: Mask) -> float:
    """Statistical error of an area, never 0.

    Source: J. Hanley and B. McNeil, Radiology 143 (1982) 29.
    """
    signal, others = int(is_signal.sum()), int((~is_signal).sum())
    first, second = found / (2 - found), 2 * found**2 / (1 + found)
    spread = (signal - 1) * (first - found**2) + (others - 1) * (second - found**2)
    return math.sqrt(max(found * (1 - found) + spread, 0.25 / max(signal, others)) / (signal * others))


def share_error(value: float, events: int) -> float:
    """Binomial error of a fraction of events, never 0."""
    return math.sqrt(max(value * (1 - value), 1 / events) / events)


def efficiency(score: Reals, is_signal: Mask, rate: float) -> float:
    """The largest share of signal above a threshold that lets at most ``rate`` of the other events pass."""
    return efficiencies(score, is_signal, (rate,))[0]


def efficiency_error(score: Reals, is_signal: Mask, rate: float) -> float:
    """Statistical error of ``efficiency``, never 0.

    The binomial error of the signal that passes, and, independent of it, what the binomial error of ``rate`` among the
    other events moves the threshold, and with it the efficiency: by the slope of the ROC curve over that interval.
    """
    signal, others = int(is_signal.sum()), int((~is_signal).sum())
    passing, spread = int(rate * others), share_error(rate, others)
    reach = math.ceil(spread * others)
    ends = max(passing - reach, 0), min(passing + reach, others)
    low, found, high = _shares(score, is_signal, (ends[0], passing, ends[1]))
    slope = (high - low) * others / (ends[1] - ends[0])
    return math.hypot(share_error(found, signal), slope * spread)


def efficiencies(score: Reals, is_signal: Mask, rates: Sequence[float]) -> tuple[float, ...]:
    """``efficiency`` at several rates."""
    others = int((~is_signal).sum())
    return _shares(score, is_signal, [int(rate * others) for rate in rates])


def _shares(score: Reals, is_signal: Mask, allowed: Sequence[int]) -> tuple[float, ...]:
    others, signal = np.sort(score[~is_signal])[::-1], np.sort(score[is_signal])
    passing = [
        len(signal) if count >= len(others) else len(signal) - int(np.searchsorted(signal, others[count], "right"))
        for count in allowed
    ]
    return tuple(count / len(signal) for count in passing)


def roc_rates(others: int) -> tuple[float, ...]:
    """Rates of other events at which a curve is given: eight per decade, from 1e-4 or that of one event up to 1."""
    steps = range(-_PER_DECADE * _DECADES, 1)
    return tuple(rate for step in steps if (rate := 10 ** (step / _PER_DECADE)) * others >= 1)
