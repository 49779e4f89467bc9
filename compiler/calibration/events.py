"""The events of a calibration: read, checked, and split into those it sees and those it is judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.calibration.float_network import FloatNetwork
from bxnn.compiler.errors import DataError
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted

_FEWEST, _FEW = 20, 200
_EVERY = 4  # of these events, the last is kept for the comparison
_ELEMENTS = 1 << 25  # numbers of all layers that are kept in memory at a time
_SEARCH_MACS, _SEARCH_EVENTS = 1 << 24, 2000  # of one evaluation in a search
_SHOWN = 8


@dataclass(frozen=True, eq=False)
class Events:
    """Real-valued events.

    Attributes:
        values: By name of the input; shape (events, ...).
        labels: Class of each event, or 0 and 1 for one score; ``None`` if there are none.
        targets: Real-valued targets, the shape of the only output; ``None`` if there are none.
    """

    values: Mapping[str, Reals]
    labels: NDArray[np.int64] | None = None
    targets: Reals | None = None

    @property
    def count(self) -> int:
        """Number of events."""
        return len(next(iter(self.values.values())))

    def part(self, chosen: NDArray[np.bool_] | slice) -> Events:
        """Some of the events."""
        labels, targets = (None if part is None else part[chosen] for part in (self.labels, self.targets))
        return Events({name: array[chosen] for name, array in self.values.items()}, labels, targets)


def checked_events(subject: str, network: FloatNetwork, stored: Mapping[str, NDArray[np.generic]]) -> Events:
    """The events of a file or of arrays, for a network.

    Args:
        subject: Name of the file, for errors.
        network: The network.
        stored: Arrays by name of the input, or ``x``; labels in ``y``.

    Raises:
        DataError: If something is missing, not finite, of the wrong shape, or there are too few events.
    """
    values = {name: _input(subject, network, stored, name, key) for name, key in network.inputs.items()}
    lengths = sorted({len(array) for array in values.values()})
    if len(lengths) > 1:
        raise DataError(subject, f"has different numbers of events per input: {lengths}")
    (count,) = lengths
    if count < _FEWEST:
        problem = f"has {counted(count, 'event')}, too few to choose formats from"
        raise DataError(subject, f"{problem}; give at least {_FEWEST}, better 1,000 or more")
    events = Events(values)
    if "y" in stored and "y" not in network.inputs:
        return _labelled(subject, network, events, np.asarray(stored["y"]))
    return events


def cautions(subject: str, events: Events) -> list[str]:
    """What the user should know about the events, one line each."""
    found = []
    if events.count < _FEW:
        few = f"{counted(events.count, 'event')} are few to choose formats from"
        found.append(f"{subject}: {few}; give 1,000 or more for formats that hold for others")
    for name, array in events.values.items():
        columns = array.reshape(-1, array.shape[-1])
        constant = np.flatnonzero(columns.min(axis=0) == columns.max(axis=0)).tolist()
        if constant:
            listed = ", ".join(map(str, constant[:_SHOWN])) + (", ..." if len(constant) > _SHOWN else "")
            same = f"{counted(len(constant), 'feature')} of {name} ({listed}) {'is' if len(constant) == 1 else 'are'}"
            found.append(f"{subject}: {same} the same in all events; other values may saturate")
    return found


def split(events: Events, network: FloatNetwork) -> tuple[Events, Events]:
    """Events to choose from, no more than memory allows, and every fourth to be judged on."""
    held_out = np.arange(events.count) % _EVERY == _EVERY - 1
    own = events.part(~held_out)
    sizes = sum(int(np.prod(shape)) for shape in network.graph.shapes().values())
    step = ceil_div(own.count * sizes, _ELEMENTS)
    return own.part(slice(None, None, max(step, 1))), events.part(held_out)


def thinned(events: Events, network: FloatNetwork) -> Events:
    """No more events than a search has time for."""
    most = min(max(_SEARCH_MACS // max(network.macs, 1), _FEW), _SEARCH_EVENTS)
    return events.part(slice(None, None, ceil_div(events.count, most)))


def _input(
    subject: str, network: FloatNetwork, stored: Mapping[str, NDArray[np.generic]], name: str, key: str
) -> Reals:
    found = stored.get(name, stored.get(key, stored.get("x") if len(network.inputs) == 1 else None))
    if found is None:
        raise DataError(subject, f"has no array {key!r}; it has {', '.join(sorted(stored)) or 'none'}")
    array, shape = np.asarray(found), network.shape(name)
    if array.ndim == 0 or array.shape[1:] != shape:
        wanted = ", ".join(["events", *map(str, shape)])
        raise DataError(subject, f"array for {key} has shape {array.shape}, but the network takes ({wanted})")
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise DataError(subject, f"array for {key} has dtype {array.dtype}; use a real or integer type")
    real = array.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(real))
    if len(wrong):
        event, *place = wrong[0].tolist()
        first = f"{real[event, *place]} (event {event}, element {', '.join(map(str, place))})"
        are = "is" if len(wrong) == 1 else "are"
        problem = f"has {counted(len(wrong), 'element')} that {are} not finite; the first is {first}"
        raise DataError(subject, f"array for {key} {problem}")
    return real


def _labelled(subject: str, network: FloatNetwork, events: Events, y: NDArray[np.generic]) -> Events:
    """The events with their labels, whatever their form: class numbers, one-hot vectors, 0 and 1, or targets."""
    shapes = network.graph.shapes()
    size = int(np.prod(shapes[network.graph.outputs[0]]))
    if y.ndim == 0 or len(y) != events.count:
        count = "no axis of events" if y.ndim == 0 else counted(len(y), "label")
        raise DataError(subject, f"labels y have {count}, but there are {counted(events.count, 'event')}")
    if y.dtype.kind not in "biuf" or not np.isfinite(y.astype(np.float64)).all():
        raise DataError(subject, f"labels y of dtype {y.dtype} are not numbers; use class numbers or one-hot vectors")
    if len(network.graph.outputs) > 1:
        return events
    real = y.astype(np.float64).reshape(events.count, -1)
    if not network.scores and real.shape[1] == size and y.dtype.kind == "f":
        return Events(events.values, None, real.reshape(events.count, *shapes[network.graph.outputs[0]]))
    if real.shape[1] == size > 1:
        if not ((real == 0) | (real == 1)).all() or not (real.sum(axis=1) == 1).all():
            raise DataError(subject, "labels y are vectors that are not one-hot; use class numbers or one-hot vectors")
        return Events(events.values, real.argmax(axis=1))
    classes = max(size, 2)
    if real.shape[1] != 1 or not np.isin(real, np.arange(classes)).all():
        problem = f"labels y of shape {y.shape} do not name one of {classes} classes per event"
        raise DataError(subject, f"{problem}; use class numbers from 0 to {classes - 1}, or one-hot vectors")
    return Events(events.values, real[:, 0].astype(np.int64))
