"""Reading events from .npy and .npz files, and writing predictions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from bxnn.compiler.plural import counted
from bxnn.sim.array_file import read_arrays
from bxnn.sim.reference import Reference

Arrays = dict[str, NDArray[Any]]


def read_events(path: Path, reference: Reference, events: int | None = None) -> tuple[Arrays, NDArray[Any] | None]:
    """Read real-valued inputs, and labels if the file has any.

    Args:
        path: ``.npy`` for a network with one input; ``.npz`` with one array per input name, or ``x``, and ``y``
            labels if there are any, and ``tag`` if it chooses weights: channels take turns without it.
        reference: The network.
        events: Read this many events from the start; all of them if ``None``.

    Returns:
        Arrays of shape (events, *input shape) by input name, and the labels or ``None``.

    Raises:
        DataError: If the file cannot be read or does not fit the network.
    """
    stored = read_arrays(path)
    names = reference.graph.inputs
    values = _inputs(str(path), stored, reference)
    lengths = {len(array) for array in values.values()}
    if len(lengths) != 1:
        raise DataError(str(path), f"has different numbers of events per input: {sorted(lengths)}")
    (available,) = lengths
    if available == 0:
        raise DataError(str(path), "contains no events")
    wanted = available if events is None else events
    if wanted < 1 or wanted > available:
        raise DataError(str(path), f"contains {counted(available, 'event')}, but {wanted} are requested")
    labels = stored.get("y") if "y" not in names else None
    if labels is not None and labels.ndim == 0:
        raise DataError(str(path), "labels y are a single value without an axis; give one label per event")
    if labels is not None and labels.dtype.kind not in "biuf":
        raise DataError(str(path), f"labels y have dtype {labels.dtype}; use class numbers or one-hot vectors")
    if labels is not None and len(labels) != available:
        raise DataError(str(path), f"contains {counted(available, 'event')} but {counted(len(labels), 'label')} y")
    return {name: array[:wanted] for name, array in values.items()}, None if labels is None else labels[:wanted]


def check_values(values: NDArray[Any] | Mapping[str, NDArray[Any]], reference: Reference) -> Arrays:
    """Inputs given in Python, checked like those of a file.

    Raises:
        DataError: If they do not fit the network.
    """
    stored = dict(values) if isinstance(values, Mapping) else {"x": np.asarray(values)}
    return _inputs("inputs", stored, reference)


def write_outputs(path: Path, outputs: Mapping[str, NDArray[np.float64]]) -> None:
    """Write real-valued outputs: ``.npy`` for one output, ``.npz`` with one array per name for several.

    Raises:
        DataError: If the path does not suit the number of outputs or cannot be written.
    """
    suffix = ".npy" if len(outputs) == 1 else ".npz"
    if path.suffix not in (suffix, ".npz"):
        raise DataError(str(path), f"the network has {counted(len(outputs), 'output')}; name a {suffix} file")
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            if path.suffix == ".npy":
                # Only its write is wrapped: errors of NumPy's own writes do not give the cause.
                np.save(cast(IO[bytes], SimpleNamespace(write=file.write)), next(iter(outputs.values())))
            else:
                np.savez(file, **dict[str, Any](outputs))
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DataError(str(path), f"cannot be written: {error.strerror or error}") from None


def random_codes(reference: Reference, events: int, seed: int | Sequence[int]) -> Arrays:
    """Uniformly random codes for each input, int64, shape (events, *input shape)."""
    rng = np.random.default_rng(seed)
    found: Arrays = {}
    for name in reference.graph.inputs:
        tensor = reference.tensors[name]
        codes = rng.integers(tensor.low, tensor.high, (events, *tensor.shape), np.int64, endpoint=True)
        found[name] = tensor.snapped(codes)
    return found


def _inputs(subject: str, stored: Mapping[str, NDArray[Any]], reference: Reference) -> Arrays:
    """All inputs; the tag last, which counts channels if it is not given."""
    graph = reference.graph
    values = {name: _input(subject, stored, name, reference) for name in graph.data_inputs}
    if not graph.chooser:
        return values
    if graph.chooser in stored:
        values[graph.chooser] = _tags(subject, stored[graph.chooser], reference)
    else:
        turns = np.arange(len(next(iter(values.values())))) % graph.sets
        values[graph.chooser] = turns[:, np.newaxis].astype(np.float64)
    return values


def _tags(subject: str, tags: NDArray[Any], reference: Reference) -> NDArray[Any]:
    """Tags of events, which may have no second axis."""
    name = reference.graph.chooser
    highest = int(reference.tensors[name].high[0])
    if tags.ndim not in (1, 2) or tags.shape[1:] not in ((), (1,)) or tags.dtype.kind not in "iu":
        raise DataError(
            subject, f"array for {name} has shape {tags.shape} and dtype {tags.dtype}; give one integer per event"
        )
    wrong = np.flatnonzero((tags < 0) | (tags > highest))
    if wrong.size:
        first = int(tags.ravel()[wrong[0]])
        raise DataError(subject, f"array for {name} has {first} (event {wrong[0]}); tags are from 0 to {highest}")
    return tags.reshape(-1, 1).astype(np.float64)


def _input(subject: str, stored: Mapping[str, NDArray[Any]], name: str, reference: Reference) -> NDArray[Any]:
    original = reference.graph.renames.get(name, name)
    array = stored.get(name, stored.get(original, stored.get("x") if len(reference.graph.data_inputs) == 1 else None))
    if array is None:
        raise DataError(subject, f"has no array {name!r}; it has {', '.join(sorted(stored)) or 'none'}")
    shape = reference.tensors[name].shape
    if array.ndim == 0 or array.shape[1:] != shape:
        wanted = ", ".join(["events", *map(str, shape)])
        raise DataError(subject, f"array for {name} has shape {array.shape}, but the network takes ({wanted})")
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise DataError(subject, f"array for {name} has dtype {array.dtype}; use a real or integer type")
    if array.dtype.kind == "f":
        if array.dtype == np.float16:
            array = array.astype(np.float32)
        _check_finite(subject, name, array)
        return array
    return array.astype(np.float64)


def _check_finite(subject: str, name: str, array: NDArray[Any]) -> None:
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        event, *place = wrong[0].tolist()
        first = f"{array[event, *place]} (event {event}, element {', '.join(map(str, place))})"
        count = f"{counted(len(wrong), 'element')} that {'is' if len(wrong) == 1 else 'are'}"
        raise DataError(subject, f"array for {name} has {count} not finite; the first is {first}")
