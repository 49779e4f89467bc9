"""The layers of a candidate, before any framework builds them or any weights exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.ir.source import Reals
from bxnn.compiler.search.candidate import Candidate

INPUT, OUTPUT = "x", "scores"


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """Weights of a layer.

    Attributes:
        kernel: Shape (inputs, outputs).
        bias: Shape (outputs,).
    """

    kernel: Reals
    bias: Reals


Weights = Mapping[str, LayerWeights]


@dataclass(frozen=True)
class LayerPlan:
    """One dense layer.

    Attributes:
        name: Its name in every file.
        inputs: Numbers that it reads.
        outputs: Numbers that it computes.
        bits: Of its weights and results.
        activation: After it; ``None`` for the last layer.
    """

    name: str
    inputs: int
    outputs: int
    bits: int
    activation: str | None

    @property
    def activation_name(self) -> str:
        """Name of the activation after it."""
        return f"{self.name}_{self.activation}"


def planned(candidate: Candidate, shape: tuple[int, ...], outputs: int) -> tuple[LayerPlan, ...]:
    """The dense layers of a candidate.

    Args:
        candidate: The network.
        shape: Shape of an event.
        outputs: Numbers that the network computes.
    """
    sizes = (int(np.prod(shape)), *candidate.widths, outputs)
    last = len(sizes) - 2
    return tuple(
        LayerPlan(
            OUTPUT if index == last else f"fc{index + 1}",
            sizes[index],
            sizes[index + 1],
            candidate.bits[index],
            None if index == last else candidate.activation,
        )
        for index in range(last + 1)
    )


def drawn_weights(plans: tuple[LayerPlan, ...], pruning: float, generator: np.random.Generator) -> Weights:
    """Weights as before training, with the share of zeros that a pruned network has.

    Source: He et al., arXiv:1502.01852, for the variance.
    """
    found = {}
    for plan in plans:
        kernel = generator.normal(0, np.sqrt(2 / plan.inputs), (plan.inputs, plan.outputs))
        bias = generator.normal(0, 0.1, plan.outputs)
        found[plan.name] = LayerWeights(np.where(kept_weights(kernel, pruning), kernel, 0.0), bias)
    return found


def kept_weights(kernel: NDArray[np.floating], pruning: float) -> NDArray[np.bool_]:
    """Which weights stay: all but the given share of the smallest ones, ties in order; one stays in any case."""
    zeros = min(round(pruning * kernel.size), kernel.size - 1)
    kept = np.ones(kernel.size, np.bool_)
    kept[np.argsort(np.abs(kernel.ravel()), kind="stable")[:zeros]] = False
    return kept.reshape(kernel.shape)


def macs(plans: tuple[LayerPlan, ...]) -> int:
    """Multiplications per event, zeros included."""
    return sum(plan.inputs * plan.outputs for plan in plans)
