"""Factors that bring the channels of a result to sizes that suit the format they share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bxnn.compiler.calibration.float_network import FloatNetwork, network_of
from bxnn.compiler.ir.real_layer import real_values
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.passes.balance import balanced, reader_of

_DIGITS = 3  # of a factor
_SMALLEST = 0.02  # of the largest channel: what smaller ones are taken for


def with_factors(network: FloatNetwork, values: Mapping[str, Reals], declared: DeclaredTypes) -> FloatNetwork:
    """The network with the results of its layers balanced, where the layer that reads them can undo it.

    Args:
        network: A float network.
        values: Events by name of the input.
        declared: Types that are given; layers that have some are left as they are.
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
        found = _factors(read, kernel.reshape(-1, channels, kernel.shape[-1]))
        factors[step.key] = tuple(found.tolist())
        graph = balanced(graph, name, reader, found)
    return network_of(graph, network.scores, factors)


def _factors(values: Reals, weights: Reals) -> Reals:
    """One factor for each channel; the range of all channels together stays what it is.

    The square root of the ratio of weights to values makes a channel and its weights equally large, so that the error
    of rounding neither is too large.

    Args:
        values: Shape (numbers, channels).
        weights: What they are multiplied with, shape (taps, channels, outputs).
    """
    sizes = [np.sqrt(np.mean(values**2, axis=0)), np.abs(weights).max(axis=(0, 2))]
    own, multiplied = (np.maximum(size, max(_SMALLEST * float(size.max()), np.finfo(float).tiny)) for size in sizes)
    factors, peaks = np.sqrt(multiplied / own), np.abs(values).max(axis=0)
    if not peaks.any():
        return np.ones(len(factors))
    factors = factors * peaks.max() / (factors * peaks).max()
    return np.array([float(f"{factor:.{_DIGITS}g}") for factor in factors])
