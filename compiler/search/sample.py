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
        y: Class of each event, from 0; of a regression, real-valued targets, shape (events, targets).
    """

    x: NDArray[np.float32]
    y: NDArray[Any]

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
        train: Networks learn from these; an autoencoder from those of class 0 only.
        validation: The search chooses by these.
        test: The search never sees these.
        classes: Number of classes; 0 for a regression.
    """

    train: Sample
    validation: Sample
    test: Sample
    classes: int


def checked_sample(subject: str, x: NDArray[Any], y: NDArray[Any], task: str = "classification") -> Sample:
    """The events of a file or of arrays.

    Args:
        subject: Name of the file, for errors.
        x: Features, shape (events, ...).
        y: Class numbers, or one-hot vectors; of a regression, targets.
        task: As in search.yaml.

    Raises:
        DataError: If labels and events do not match, something is not a finite number, or there is one class only.
    """
    features = _features(subject, np.asarray(x))
    if task == "regression":
        return Sample(features, _targets(subject, np.asarray(y), len(features)))
    labels = _labels(subject, np.asarray(y), len(features))
    found = np.unique(labels)
    if len(found) < 2:
        needs = "is judged by a signal sample; label it 1, and what it learns 0"
        if task == "classification":
            needs = "needs events of two classes or more"
        article = "an" if task == "autoencoder" else "a"
        raise DataError(subject, f"all labels y are {found[0]}; {article} {task} {needs}")
    missing = np.setdiff1d(np.arange(found[-1] + 1), found)
    if len(missing):
        problem = f"labels y go up to {found[-1]}, but no event is of class {missing[0]}; number classes from 0"
        raise DataError(subject, problem)
    if task == "autoencoder" and found[-1] > 1:
        raise DataError(subject, f"labels y go up to {found[-1]}; those of an autoencoder are 0, or 1 for signal")
    return Sample(features, labels)


def split_sample(subject: str, sample: Sample, config: SearchConfig) -> SplitSample:
    """The parts of a sample; every class has its share in each, and the same file is always split alike.

    Raises:
        DataError: If a class has too few events.
    """
    generator = np.random.default_rng(0)
    strata = np.zeros(sample.count, np.int64) if config.task == "regression" else sample.y
    parts: dict[str, list[NDArray[np.intp]]] = {"test": [], "validation": [], "train": []}
    for label in range(int(strata.max()) + 1):
        own = generator.permutation(np.flatnonzero(strata == label))
        test, validation = (round(len(own) * share) for share in (config.split.test, config.split.validation))
        if min(test, validation, len(own) - test - validation) < _FEWEST_PER_CLASS:
            of_class = "" if config.task == "regression" else f" of class {label}"
            problem = f"has {counted(len(own), 'event')}{of_class}, too few to split; each of training"
            raise DataError(subject, f"{problem}, validation and test needs at least {_FEWEST_PER_CLASS}")
        for name, rows in zip(parts, np.split(own, [test, test + validation]), strict=True):
            parts[name].append(rows)
    chosen = {name: generator.permutation(np.concatenate(own)) for name, own in parts.items()}
    train = chosen["train"]
    if config.task == "autoencoder":
        train = train[sample.y[train] == 0]
    train = train[: config.fidelity.events]
    classes = 0 if config.task == "regression" else int(strata.max()) + 1
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


def _targets(subject: str, y: NDArray[Any], events: int) -> NDArray[np.float64]:
    """Targets, shape (events, targets)."""
    _check_length(subject, "targets y", y, events)
    if y.dtype.kind not in "iuf" or not np.isfinite(y.astype(np.float64)).all():
        raise DataError(subject, f"targets y of dtype {y.dtype} are not finite numbers; remove such events")
    targets = y.astype(np.float64).reshape(events, -1)
    constant = np.flatnonzero(np.ptp(targets, axis=0) == 0)
    if constant.size:
        raise DataError(subject, f"target {constant[0]} of y is the same in all events; leave it out")
    return targets


def _check_length(subject: str, what: str, y: NDArray[Any], events: int) -> None:
    if y.ndim == 0 or len(y) != events:
        count = "no axis of events" if y.ndim == 0 else counted(len(y), what.split()[0].rstrip("s"))
        raise DataError(subject, f"{what} have {count}, but there are {counted(events, 'event')}")


def _labels(subject: str, y: NDArray[Any], events: int) -> NDArray[np.int64]:
    _check_length(subject, "labels y", y, events)
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
