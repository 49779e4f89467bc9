"""Labelled events: read, checked, and split into those trained on, those chosen by, and those never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.plural import counted
from bxnn.compiler.search.search_config import SearchConfig

_FEWEST_PER_CLASS = 5  # in each part of the split
_SHOWN = 60
_MOST_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class Sample:
    """Events with labels.

    Attributes:
        x: Real-valued features, shape (events, ...), float32.
        y: Class of each event, from 0.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of events."""
        return len(self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an event."""
        return self.x.shape[1:]

    def part(self, rows: NDArray[Any] | slice) -> Sample:
        """Some of the events."""
        return Sample(self.x[rows], self.y[rows])


@dataclass(frozen=True, eq=False)
class SplitSample:
    """The three parts of a sample.

    Attributes:
        train: Networks learn from these.
        validation: The search chooses by these.
        test: The search never sees these.
        classes: Number of classes.
    """

    train: Sample
    validation: Sample
    test: Sample
    classes: int


def checked_sample(subject: str, x: NDArray[Any], y: NDArray[Any]) -> Sample:
    """The events of a file or of arrays.

    Args:
        subject: Name of the file, for errors.
        x: Features, shape (events, ...).
        y: Class numbers, or one-hot vectors.

    Raises:
        DataError: If labels and events do not match, something is not a finite number, or there is one class only.
    """
    features = _features(subject, np.asarray(x))
    labels = _labels(subject, np.asarray(y), len(features))
    found = np.unique(labels)
    if len(found) < 2:
        problem = f"all labels y are {found[0]}; a classification needs events of two classes or more"
        raise DataError(subject, problem)
    missing = np.setdiff1d(np.arange(found[-1] + 1), found)
    if len(missing):
        problem = f"labels y go up to {found[-1]}, but no event is of class {missing[0]}; number classes from 0"
        raise DataError(subject, problem)
    return Sample(features, labels)


def split_sample(subject: str, sample: Sample, config: SearchConfig) -> SplitSample:
    """The parts of a sample; every class has its share in each, and the same file is always split alike.

    Raises:
        DataError: If a class has too few events.
    """
    generator = np.random.default_rng(0)
    classes = int(sample.y.max()) + 1
    parts: dict[str, list[NDArray[np.intp]]] = {"test": [], "validation": [], "train": []}
    for label in range(classes):
        own = generator.permutation(np.flatnonzero(sample.y == label))
        test, validation = (round(len(own) * share) for share in (config.split.test, config.split.validation))
        if min(test, validation, len(own) - test - validation) < _FEWEST_PER_CLASS:
            problem = f"has {counted(len(own), 'event')} of class {label}, too few to split; each of training"
            raise DataError(subject, f"{problem}, validation and test needs at least {_FEWEST_PER_CLASS}")
        for name, rows in zip(parts, np.split(own, [test, test + validation]), strict=True):
            parts[name].append(rows)
    chosen = {name: generator.permutation(np.concatenate(own)) for name, own in parts.items()}
    train = chosen["train"][: config.fidelity.events]
    return SplitSample(sample.part(train), sample.part(chosen["validation"]), sample.part(chosen["test"]), classes)


def _features(subject: str, x: NDArray[Any]) -> NDArray[np.float32]:
    if x.ndim < 2 or 0 in x.shape:
        raise DataError(subject, f"array x has shape {x.shape}; give events first, then at least one axis of features")
    if x.dtype.kind not in "fiub" or x.dtype.itemsize > 8:
        raise DataError(subject, f"array x has dtype {x.dtype}; use a real or integer type")
    real = np.asarray(x, np.float32)
    wrong = np.argwhere(~np.isfinite(real))
    if len(wrong):
        event, *place = wrong[0].tolist()
        first = f"{real[event, *place]} (event {event}, element {', '.join(map(str, place))})"
        are = "is" if len(wrong) == 1 else "are"
        problem = f"array x has {counted(len(wrong), 'element')} that {are} not finite; the first is {first}"
        raise DataError(subject, problem)
    return real


def _labels(subject: str, y: NDArray[Any], events: int) -> NDArray[np.int64]:
    if y.ndim == 0 or len(y) != events:
        count = "no axis of events" if y.ndim == 0 else counted(len(y), "label")
        raise DataError(subject, f"labels y have {count}, but there are {counted(events, 'event')}")
    if y.dtype.kind not in "biuf" or not np.isfinite(y.astype(np.float64)).all():
        raise DataError(subject, f"labels y of dtype {y.dtype} are not numbers; use class numbers or one-hot vectors")
    real: Reals = y.astype(np.float64).reshape(events, -1)
    if real.shape[1] > 1:
        if not ((real == 0) | (real == 1)).all() or not (real.sum(axis=1) == 1).all():
            raise DataError(subject, "labels y are vectors that are not one-hot; use class numbers or one-hot vectors")
        return np.asarray(real.argmax(axis=1), np.int64)
    wrong = real[(real < 0) | (real != np.rint(real)) | (real >= _MOST_CLASSES)]
    if wrong.size:
        problem = f"label {wrong[0]:g}"[:_SHOWN] + f" is not a class number from 0 to {_MOST_CLASSES - 1}"
        raise DataError(subject, f"{problem}; use class numbers or one-hot vectors")
    return real[:, 0].astype(np.int64)
