"""The minimum that every design of a layer or network needs, known before any of its implementations is built.

The bounds are admissible: no design of the scheduler needs less, so a limit below a bound is refused at once. They are

    DSPs        nonzero MACs / (phases * products per DSP), unless adder graphs may be chosen
    LUTs        what a stage needs for all elements at once, shared by all phases of the interval; one bit of an adder
                for every distinct sum of an adder graph, unless DSPs may be chosen
    latency     a tree over the products of the longest sum, in addition to the fixed latency of a binding
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bxnn.compiler.cost.cost_model import cost_of
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.tensor import Int


@dataclass(frozen=True)
class Least:
    """No design needs less than this.

    Attributes:
        dsp: DSP slices.
        lut: Look-up tables; 0 if they do not count.
        latency_cycles: Latency in cycles.
    """

    dsp: int = 0
    lut: int = 0
    latency_cycles: int = 0


class _Needs(Protocol):
    @property
    def dsp(self) -> int: ...

    @property
    def latency_cycles(self) -> int: ...


@dataclass(frozen=True)
class Most:
    """What a layer may need at most, so that a design still can meet its limits; ``None`` means any number.

    Attributes:
        dsp: DSP slices.
        latency_cycles: Cycles from the last input to the result.
        unpriced: Whether LUTs do not count, though the search knows them otherwise.
    """

    dsp: int | None = None
    latency_cycles: int | None = None
    unpriced: bool = False

    def allows(self, form: _Needs) -> bool:
        """Whether a form needs no more."""
        cycles = self.latency_cycles
        return (self.dsp is None or form.dsp <= self.dsp) and (cycles is None or form.latency_cycles <= cycles)


NO_LIMITS = Most()


def least_of_network(graph: Graph, layers: Mapping[str, Least]) -> Least:
    """The sum of what the layers need, and the longest path through them.

    Args:
        graph: After the pipeline.
        layers: The bounds of each hardware layer by name.
    """
    ready = dict.fromkeys(graph.inputs, 0)
    for layer in graph.layers:
        if isinstance(layer, HardwareLayer):
            start = max((ready[name] for name in layer.inputs), default=0)
            ready[layer.name] = start + layers[layer.name].latency_cycles
    return Least(
        sum(layer.dsp for layer in layers.values()),
        sum(layer.lut for layer in layers.values()),
        max(ready[name] for name in graph.outputs),
    )


def tree_depth(terms: int) -> int:
    """Minimum number of levels of two-input adders for a sum of ``terms`` terms."""
    return ceil_log2(max(terms, 1))


def least_adders_cost(weights: Int, digits: Int) -> int:
    """LUTs of an adder graph: sums that differ by more than a sign and a shift need different adders.

    Args:
        weights: int64, shape (outputs, inputs).
        digits: int64, shape (outputs,), nonzero signed digits of each row.
    """
    rows = weights[digits > 1]
    if not rows.size:
        return 0
    together = np.bitwise_or.reduce(rows, axis=1)
    rows = rows // (together & -together)[:, np.newaxis]
    first = np.take_along_axis(rows, (rows != 0).argmax(axis=1)[:, np.newaxis], axis=1)
    return cost_of(Fabric(adder_bits=len(np.unique(rows * np.sign(first), axis=0)))).lut
