"""Factors and offsets with which each feature of an input uses all codes of its type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.calibration.chosen_format import ORIGIN, quantizer
from bxnn.compiler.calibration.float_network import FloatNetwork, network_of
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.sensitivity import Sensitivity
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.host_scale import HostScale
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.passes.balance import input_readers, reading_scaled_input

_DIGITS = 7  # of a factor: what float32 numbers have
_PLACES = 2  # of an offset, in LSBs
_CLIPPED = (5e-4, 2e-3, 5e-3)  # fractions of the events that may saturate on either side
_TAIL = 5  # smallest and largest numbers of a feature, which show how it goes on
_EQUAL = 1e-2  # of a step by which float32 numbers on a grid may be beside it


@dataclass(frozen=True)
class _Grid:
    """Numbers ``low + k * step`` for all ``k`` below ``count``."""

    low: float
    step: float
    count: int

    def rounded(self, values: Reals) -> Reals:
        codes = np.clip(np.rint((values - self.low) / self.step), 0, self.count - 1)
        return np.asarray(self.low + codes * self.step)


def with_input_scales(
    network: FloatNetwork, values: Mapping[str, Reals], declared: DeclaredTypes, bits: int, judge: Judge
) -> FloatNetwork:
    """The network with the features of its inputs scaled by the host, where the layers that read them can undo it.

    Args:
        network: A float network.
        values: Events by name of the input.
        declared: Types that are given; inputs that have one, or are read by a layer that has some, stay as they are.
        bits: Width of the inputs.
        judge: Compares outputs.
    """
    graph, scaled = network.graph, dict(network.scaled)
    for name, key in network.inputs.items():
        readers, layer = input_readers(graph, name), graph.layer(name)
        assert isinstance(layer, Input)
        given = key in declared.inputs or any(declared.layers.get(graph.spelled(reader)) for reader in readers)
        if not readers or given or layer.quantizer is not None:
            continue
        sensitivity = Sensitivity(network, network.results(values), judge)
        grids = _grids(sensitivity, name, np.asarray(values[name], np.float64), 1 << bits)
        fraction_bits = -round(float(np.mean([math.log2(grid.step) for grid in grids])))
        scale = _scale(grids, fraction_bits, bits)
        own = quantizer(bits, fraction_bits, True, Overflow.SAT)
        scaled[name] = DeclaredType((own,), origin=ORIGIN, scale=scale)
        graph = reading_scaled_input(graph, name, scale)
    return network if graph is network.graph else network_of(graph, network.scores, network.factors, scaled)


def _scale(grids: list[_Grid], fraction_bits: int, bits: int) -> HostScale:
    """The scale with which the numbers of the grids are those of a signed type.

    The scaled numbers are about as large as the features, so that types declared for those suit them as well.
    """
    lsb, half = 2.0**-fraction_bits, 1 << (bits - 1)
    factors = tuple(float(f"{lsb / grid.step:.{_DIGITS}g}") for grid in grids)
    offsets = tuple(lsb * (round(-grid.low / grid.step, _PLACES) - half) for grid in grids)
    return HostScale(factors, offsets)


def _grids(sensitivity: Sensitivity, name: str, values: Reals, count: int) -> list[_Grid]:
    """The grid of each feature with the least loss at the outputs, or the least error where there are too many."""
    grids = []
    for feature, column in enumerate(values.T):

        def loss(grid: _Grid, feature: int = feature) -> float:
            return sensitivity.loss(name, grid.rounded, feature)

        def error(grid: _Grid, column: Reals = column) -> float:
            return float(np.mean((grid.rounded(column) - column) ** 2))

        grids.append(_best(column, count, loss if sensitivity.bearable(values.shape[1]) else error))
    return grids


def _best(column: Reals, count: int, loss: Callable[[_Grid], float]) -> _Grid:
    """The best of the grids with all numbers of a feature, or without the largest, and then the smallest, ones."""
    lows, highs = _ends(column)
    if lows[0] == highs[0]:  # the same in all events
        step = max(abs(lows[0]), 1.0) / (count // 2)
        return _Grid(lows[0] - step * (count // 2), step, count)
    whole = _own_grid(column, count)
    if whole is not None:
        return whole
    first = min((_between(lows[0], high, count) for high in highs), key=loss)
    high = first.low + first.step * (count - 1)
    return min([first, *(_between(low, high, count) for low in lows[1:])], key=loss)


def _ends(column: Reals) -> tuple[list[float], list[float]]:
    """Where the grid may begin and end, without repetitions; first, a little beyond all events."""
    smallest = np.sort(column)[:_TAIL]
    largest = -np.sort(-column)[:_TAIL]
    lows = [2 * smallest[0] - smallest[-1], *np.quantile(column, _CLIPPED)]
    highs = [2 * largest[0] - largest[-1], *(np.quantile(column, 1 - np.array(_CLIPPED)))]
    middle = float(np.median(column))
    return (
        [float(low) for low in dict.fromkeys(lows) if low < middle or low == lows[0]],
        [float(high) for high in dict.fromkeys(highs) if high > middle or high == highs[0]],
    )


def _between(low: float, high: float, count: int) -> _Grid:
    """A grid of so many numbers that has zero among its numbers, or would have if it went on."""
    step = (high - low) / (count - 1)
    return _Grid(round(low / step) * step, step, count)


def _own_grid(column: Reals, count: int) -> _Grid | None:
    """The grid of a feature that counts something, from its smallest number on; ``None`` if it is on none."""
    numbers = np.unique(column)
    if len(numbers) > count:
        return None
    gaps = np.diff(numbers)
    spread = numbers[-1] - numbers[0]
    step = spread / round(spread / gaps.min())
    places = (numbers - numbers[0]) / step
    if places[-1] >= count or np.abs(places - np.rint(places)).max() > _EQUAL:
        return None
    step /= (count - 1) // round(places[-1])
    spare = (count - 1 - round(spread / step)) // 2  # for numbers of other events
    return _Grid(float(numbers[0] - spare * step), float(step), count)
