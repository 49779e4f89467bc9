"""What rounding a single tensor of a float network does to its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bxnn.compiler.calibration.float_network import FloatNetwork
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.integers import ceil_div

_MACS = 1 << 26  # of one evaluation
_FEWEST = 200  # events
_MOST_FEATURES = 256  # that are rounded one at a time


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The loss at the outputs when one tensor, or one feature of it, is rounded and all else is exact.

    Attributes:
        network: The network.
        real: What it computes, by layer and input; shape (events, ...).
        judge: Compares outputs.
    """

    network: FloatNetwork
    real: Mapping[str, Reals]
    judge: Judge

    def loss(self, name: str, rounding: Callable[[Reals], Reals], feature: int | None = None) -> float:
        """The loss with a tensor rounded.

        Args:
            name: Of the layer or the input.
            rounding: What rounding makes of numbers.
            feature: What is rounded, of the last axis; all of it by default.
        """
        changed = self._real[name].copy()
        part = changed if feature is None else changed[..., feature]
        part[...] = rounding(part)
        found = {name: changed}
        for step in self.network.steps:
            if any(source in found for source in step.layer.inputs):
                found[step.layer.name] = step.run([found.get(key, self._real[key]) for key in step.layer.inputs])
        return self.judge.loss(self._wanted, {key: found.get(key, self._real[key]) for key in self._wanted})

    def bearable(self, features: int) -> bool:
        """Whether features can be rounded one at a time, or are too many."""
        return features <= _MOST_FEATURES

    @property
    def _wanted(self) -> Mapping[str, Reals]:
        return {name: self._real[name] for name in self.network.graph.outputs}

    @cached_property
    def _real(self) -> Mapping[str, Reals]:
        """Some of the events."""
        count = len(next(iter(self.real.values())))
        most = max(_MACS // max(self.network.macs, 1), _FEWEST)
        step = ceil_div(count, most)
        return {name: np.asarray(values[::step]) for name, values in self.real.items()}
