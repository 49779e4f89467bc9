"""Directed vectors: the corners of a network's inputs, and inputs that hit rounding ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.sim.reference import Reference

Codes = NDArray[np.int64]

_SEARCHED_ELEMENTS = 1 << 18
_MOST_SEARCHED = 512
_PLAIN = 7  # corners that are not random
_RANDOM = 4
_TIES = 8


@dataclass(frozen=True, eq=False)
class Vectors:
    """Events with their expected outputs.

    Attributes:
        inputs: Codes by input name, int64, shape (events, elements).
        expected: Codes by output name, the same.
        cover: Number of first events that have every feature of the others at least once.
    """

    inputs: Mapping[str, Codes]
    expected: Mapping[str, Codes]
    cover: int = 0

    @property
    def events(self) -> int:
        """Number of events."""
        return len(next(iter(self.inputs.values()), ()))


def corner_vectors(reference: Reference, seed: int) -> Vectors:
    """Corner vectors of a graph; those that cover all corners come first.

    All elements smallest, largest, alternating, zero, one LSB on either side; random choices of smallest and
    largest; uniformly random; and, of many random vectors, those with the most rounding ties, layer by layer. The
    cover consists of all plain corners, and the fewest others that meet a tie in every layer that has any, and the
    smallest and the largest value seen at every output.
    """
    rng = np.random.default_rng(seed)
    names = reference.graph.inputs
    found = {name: _corners(reference, name, rng) for name in names}
    for name, ties in _ties(reference, rng).items():
        found[name] = np.concatenate([found[name], ties])
    known = reference.evaluate(found)
    cover = _cover(_features(reference, known))
    order = cover + [event for event in range(len(found[names[0]])) if event not in cover]
    inputs = {name: codes[order].reshape(len(order), -1) for name, codes in found.items()}
    outputs = {name: known[name][order].astype(np.int64).reshape(len(order), -1) for name in reference.graph.outputs}
    return Vectors(inputs, outputs, len(cover))


def _features(reference: Reference, known: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """The features for which an event is chosen; shape (features, events)."""
    features = [count > 0 for count in _tie_counts(reference, known)]
    for name in reference.graph.outputs:
        codes = known[name].reshape(len(known[name]), -1)
        features += [codes.min(axis=1) == codes.min(), codes.max(axis=1) == codes.max()]
    return np.stack(features)


def _cover(features: NDArray[np.bool_]) -> list[int]:
    """The plain corners and, greedily, the events with most of the features that are still missing."""
    chosen = list(range(_PLAIN))
    missing = features[~features[:, chosen].any(axis=1) & features.any(axis=1)]
    while len(missing):
        chosen.append(int(missing.sum(axis=0).argmax()))
        missing = missing[~missing[:, chosen[-1]]]
    return chosen


def _corners(reference: Reference, name: str, rng: np.random.Generator) -> Codes:
    """Corners of one input; shape (events, *shape)."""
    tensor = reference.tensors[name]
    low, high = tensor.low, tensor.high
    odd = (np.arange(tensor.size) % 2).reshape(tensor.shape).astype(bool)
    chosen = [low, high, np.where(odd, high, low), np.where(odd, low, high)]
    chosen += [np.clip(value << (0 if tensor.zeros is None else tensor.zeros), low, high) for value in (0, 1, -1)]
    chosen += [np.where(rng.random(tensor.shape) < 0.5, low, high) for _ in range(_RANDOM)]
    chosen += list(_random(reference, name, rng, _RANDOM))
    return np.stack(chosen).astype(np.int64)


def _random(reference: Reference, name: str, rng: np.random.Generator, events: int) -> Codes:
    """Random codes of one input; half of them small, so that they do not saturate everything."""
    tensor = reference.tensors[name]
    low = np.broadcast_to(tensor.low, (events, *tensor.shape)).copy()
    high = np.broadcast_to(tensor.high, (events, *tensor.shape)).copy()
    reach = np.maximum(high[1::2] - low[1::2], 1) // 8 + 1
    low[1::2], high[1::2] = np.maximum(low[1::2], -reach), np.minimum(high[1::2], reach)
    return tensor.snapped(rng.integers(np.minimum(low, high), high, endpoint=True, dtype=np.int64))


def _ties(reference: Reference, rng: np.random.Generator) -> dict[str, Codes]:
    """Of many random vectors, the best for each layer that rounds, most ties first, each only once."""
    widest = max(tensor.size for tensor in reference.tensors.values())
    events = max(2 * _TIES, min(_MOST_SEARCHED, _SEARCHED_ELEMENTS // widest))
    inputs = {name: _random(reference, name, rng, events) for name in reference.graph.inputs}
    per_layer = [count for count in _tie_counts(reference, reference.evaluate(inputs)) if count.any()]
    if not per_layer:
        return {name: codes[:0] for name, codes in inputs.items()}
    wanted = [int(count.argmax()) for count in per_layer]
    wanted += [int(event) for event in np.argsort(-np.sum(per_layer, axis=0), kind="stable")]
    best = list(dict.fromkeys(wanted))[: max(_TIES, len(set(wanted[: len(per_layer)])))]
    return {name: codes[best] for name, codes in inputs.items()}


def _tie_counts(reference: Reference, known: Mapping[str, NDArray[Any]]) -> list[NDArray[np.int64]]:
    """Rounding ties of each layer; each of shape (events,)."""
    counts = []
    for layer in reference.graph.layers:
        if layer.inputs:
            sources = reference.graph.sources(layer, reference.tensors)
            counts.append(layer.rounding_ties([known[name] for name in layer.inputs], sources))
    return counts
