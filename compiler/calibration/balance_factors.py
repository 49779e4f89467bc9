"""Factors that bring the channels of a result to sizes that suit the format they share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bxnn.compiler.calibration.float_network import FloatNetwork, network_of
from bxnn.compiler.ir.real_layer import real_values
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.passes.balance import balanced, reader_of

_DIGITS = 3  # of a factor
_SMALLEST = 0.02  # of the largest channel: what smaller ones are taken for
_CLIPS = np.linspace(0.3, 1.0, 15)  # of the largest number of a channel: where it may saturate
_TAIL = 5  # largest numbers of a channel, which show how it goes on
_SAMPLE = 1 << 12  # numbers of a channel from which that is chosen


def with_factors(
    network: FloatNetwork, values: Mapping[str, Reals], declared: DeclaredTypes, bits: int
) -> FloatNetwork:
    """The network with the results of its layers balanced, where the layer that reads them can undo it.

    Args:
        network: A float network.
        values: Events by name of the input.
        declared: Types that are given; layers that have some are left as they are.
        bits: Width of the results.
    """
    graph, real = network.graph, network.results(values)
    factors: dict[str, tuple[float, ...]] = {}
    for step in network.steps:
        name, channels = step.layer.name, step.layer.channels()
        reader = reader_of(graph, name)
        if reader is None or any(declared.layers.get(graph.spelled(own)) for own in (name, reader)):
            continue
        kernel = real_values(graph.layer(reader).constants()["kernel"])
        if kernel.ndim < 2 or kernel.shape[-2] % channels:  # groups of channels have their own weights
            continue
        read = real[graph.layer(reader).inputs[0]].reshape(-1, channels)
        found = _factors(read, bits)
        factors[step.key] = tuple(found.tolist())
        graph = balanced(graph, name, reader, found)
    return network_of(graph, network.scores, factors, network.scaled)


def _factors(values: Reals, bits: int) -> Reals:
    """One factor for each channel: they share a format, and each saturates where that loses the least.

    A format saturates at a power of two. The factor of a channel brings the number to it from which on the channel
    saturates best, in between too; so no channel wastes a part of the range, and none that is large in a few events
    is as coarse as if it never could saturate.

    Args:
        values: Shape (numbers, channels).
        bits: Width of the format.
    """
    sampled = _with_one_beyond(values[:: ceil_div(len(values), _SAMPLE)])
    signed = bool((sampled < 0).any())
    peaks = np.abs(sampled).max(axis=0)
    if not peaks.any():
        return np.ones(len(peaks))
    active = np.count_nonzero(sampled, axis=0)  # a channel that is hardly ever active may be large when it is
    peaks = np.maximum(peaks, peaks.max() * np.maximum(_SMALLEST, 1 / (1 + active)))
    errors = [_error(sampled, peaks * clip, bits, signed) for clip in _CLIPS]
    clips = peaks * _CLIPS[np.argmin(errors, axis=0)]
    factors = np.exp2(np.ceil(np.log2(clips.max()))) / clips
    return np.array([float(f"{factor:.{_DIGITS}g}") for factor in factors])


def _with_one_beyond(values: Reals) -> Reals:
    """The numbers, and for each channel one that other events may have.

    It is as far beyond the largest as that is beyond the fifth. Among many numbers it does not count; few say little
    about where a channel ends.
    """
    largest = values[np.abs(values).argmax(axis=0), np.arange(values.shape[1])]
    sizes = np.sort(np.abs(values), axis=0)[-_TAIL:]
    return np.concatenate([values, [np.sign(largest) * (2 * sizes[-1] - sizes[0])]])


def _error(values: Reals, clips: Reals, bits: int, signed: bool) -> Reals:
    """The mean square error of each channel with a format that saturates at its own number."""
    lsbs = clips / (1 << (bits - int(signed)))
    codes = np.clip(np.rint(values / lsbs), -(1 << (bits - 1)) if signed else 0, (1 << (bits - int(signed))) - 1)
    return np.asarray(np.mean((codes * lsbs - values) ** 2, axis=0))
