"""The layers of a candidate, before any framework builds them or any weights exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import DataError
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.search.candidate import Candidate

INPUT, OUTPUT, MEAN = "x", "scores", "mean"


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """Weights of a layer.

    Attributes:
        kernel: Shape (inputs, outputs), of a convolution (rows, columns, channels, filters). A dense layer after
            convolutions reads all rows of the first channel, then those of the next one.
        bias: Shape (outputs,).
    """

    kernel: Reals
    bias: Reals


Weights = Mapping[str, LayerWeights]


@dataclass(frozen=True)
class LayerPlan:
    """One dense layer or convolution.

    Attributes:
        name: Its name in every file.
        inputs: Numbers that each of its outputs is computed from.
        outputs: Numbers that it computes, or filters.
        bits: Of its weights and results.
        activation: After it; ``None`` for the last layer.
        window: Rows and columns of the kernel; 0 for a dense layer.
        image: Rows, columns and channels of what it reads; ``None`` if that is a vector.
        rows: Rows of what it reads, of which each gives its own results; 0 if that is a vector.
        averaged: Rows whose mean it reads, which has as many bits as they have; 0 if it reads no mean.
        mean_bits: Bits of that mean.
    """

    name: str
    inputs: int
    outputs: int
    bits: int
    activation: str | None
    window: int = 0
    image: tuple[int, int, int] | None = None
    rows: int = 0
    averaged: int = 0
    mean_bits: int = 0

    @property
    def activation_name(self) -> str:
        """Name of the activation after it."""
        return f"{self.name}_{self.activation}"

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """Shape of its kernel."""
        if not self.window:
            return self.inputs, self.outputs
        return self.window, self.window, self.inputs // self.window**2, self.outputs

    @property
    def result(self) -> tuple[int, int, int]:
        """Rows, columns and filters that a convolution computes."""
        assert self.image is not None
        rows, columns, _ = self.image
        return rows - self.window + 1, columns - self.window + 1, self.outputs

    @property
    def macs(self) -> int:
        """Multiplications per event, zeros included."""
        places = self.result[0] * self.result[1] if self.window else max(self.rows, 1)
        return self.inputs * self.outputs * places


def planned(candidate: Candidate, shape: tuple[int, ...], outputs: int) -> tuple[LayerPlan, ...]:
    """The layers of a candidate.

    Args:
        candidate: The network.
        shape: Shape of an event.
        outputs: Numbers that the network computes.

    Raises:
        DataError: If convolutions are to read something that is not an image, or deep sets something that is not a set.
    """
    if candidate.family == "deepsets":
        return _deep_sets(candidate, shape, outputs)
    convolutions = _convolutions(candidate, shape) if candidate.family == "cnn" else ()
    image = convolutions[-1].result if convolutions else None
    widths = () if convolutions else candidate.widths
    mirrored = slice(-2, None, -1) if candidate.family == "autoencoder" else slice(0, 0)
    sizes = (int(np.prod(image or shape)), *widths, *widths[mirrored], outputs)
    hidden = candidate.bits[len(convolutions) : -1]
    bits = (*hidden, *hidden[mirrored], candidate.bits[-1])
    last = len(sizes) - 2
    dense = [
        LayerPlan(
            OUTPUT if index == last else f"fc{index + 1}",
            sizes[index],
            sizes[index + 1],
            bits[index],
            None if index == last else candidate.activation,
            image=image if index == 0 else None,
        )
        for index in range(last + 1)
    ]
    return (*convolutions, *dense)


def _convolutions(candidate: Candidate, shape: tuple[int, ...]) -> tuple[LayerPlan, ...]:
    """Convolutions without padding; a kernel is no larger than the image that it reads."""
    if len(shape) != 3:
        problem = f"has events of shape {shape}; family cnn takes images of rows, columns and channels"
        raise DataError("x", problem)
    image, found = (shape[0], shape[1], shape[2]), []
    for index, (filters, size) in enumerate(zip(candidate.widths, candidate.kernel_sizes, strict=True)):
        window = min(size, *image[:2])
        inputs = window**2 * image[2]
        name, bits = f"conv{index + 1}", candidate.bits[index]
        found.append(LayerPlan(name, inputs, filters, bits, candidate.activation, window, image))
        image = found[-1].result
    return tuple(found)


def _deep_sets(candidate: Candidate, shape: tuple[int, ...], outputs: int) -> tuple[LayerPlan, ...]:
    """Dense layers for each constituent, and dense layers that read the mean of their results.

    Source: Zaheer et al., "Deep Sets", arXiv:1703.06114.
    """
    if len(shape) != 2:
        problem = f"has events of shape {shape}; family deepsets takes sets of constituents and their features"
        raise DataError("x", problem)
    constituents, size = shape
    alone, found = ceil_div(len(candidate.widths), 2), list[LayerPlan]()
    for index, width in enumerate((*candidate.widths, outputs)):
        last = index == len(candidate.widths)
        name, activation = (OUTPUT, None) if last else (f"fc{index + 1}", candidate.activation)
        plan = LayerPlan(name, size, width, candidate.bits[index], activation)
        if index < alone:
            plan = replace(plan, rows=constituents)
        if index == alone:
            plan = replace(plan, averaged=constituents, mean_bits=candidate.bits[index - 1])
        found.append(plan)
        size = width
    return tuple(found)


def drawn_weights(plans: tuple[LayerPlan, ...], pruning: float) -> Weights:
    """Weights as before training, with the share of zeros that a pruned network has.

    Layers of equal shape have equal weights in every network, so that an adder graph serves many proposals.

    Source: He et al., arXiv:1502.01852, for the variance.
    """
    found = {}
    for plan in plans:
        generator = np.random.default_rng(plan.kernel_shape)
        kernel = generator.normal(0, np.sqrt(2 / plan.inputs), plan.kernel_shape)
        bias = generator.normal(0, 0.1, plan.outputs)
        found[plan.name] = LayerWeights(np.where(kept_weights(kernel, pruning), kernel, 0.0), bias)
    return found


def keras_weights(plans: tuple[LayerPlan, ...], stored: Mapping[str, Sequence[NDArray[np.floating]]]) -> Weights:
    """Weights from kernel and bias of Keras, whose dense layers read an image pixel by pixel."""
    found = {}
    for plan in plans:
        kernel, bias = (part.astype(np.float64) for part in stored[plan.name])
        if plan.image is not None and not plan.window:
            kernel = kernel.reshape(*plan.image, plan.outputs).transpose(2, 0, 1, 3).reshape(plan.kernel_shape)
        found[plan.name] = LayerWeights(kernel, bias)
    return found


def kept_weights(kernel: NDArray[np.floating], pruning: float) -> NDArray[np.bool_]:
    """Which weights stay: all but the given share of the smallest ones, ties in order; one stays in any case."""
    zeros = min(round(pruning * kernel.size), kernel.size - 1)
    kept = np.ones(kernel.size, np.bool_)
    kept[np.argsort(np.abs(kernel.ravel()), kind="stable")[:zeros]] = False
    return kept.reshape(kernel.shape)


def macs(plans: tuple[LayerPlan, ...]) -> int:
    """Multiplications per event, zeros included."""
    return sum(plan.macs for plan in plans)
