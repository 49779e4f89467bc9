"""Weights of Gemm, MatMul and Conv as integers on one grid."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from bxnn.compiler.frontend.onnx.node_reader import NodeReader, real
from bxnn.compiler.frontend.onnx.values import Array, Constant
from bxnn.compiler.ir.advice import give_formats
from bxnn.compiler.numeric.scaled_quantizer import exponent_of
from bxnn.compiler.numeric.tensor import FixedTensor

_WEIGHT_BITS = 18  # of a float weight that is used exactly


@dataclass(frozen=True, eq=False)
class LinearWeights:
    """A kernel as integers on one grid.

    Attributes:
        kernel: The integers and their grid.
        scales: What results of every output channel are multiplied by; one for all, or one for each.
    """

    kernel: FixedTensor
    scales: tuple[Fraction, ...]


def linear_weights(node: NodeReader, kernel: Constant, summed: tuple[int, ...]) -> LinearWeights:
    """The kernel as integers, and the scale of every output channel.

    Args:
        node: For errors.
        kernel: Quantized, or short binary fractions, or of a type declared in design.yaml.
        summed: Axes along which products are added up: the scale must not differ along them.
    """
    if "kernel" in node.types:
        own = next(axis for axis in range(kernel.values.ndim) if axis not in summed)  # of the output channels
        last = np.moveaxis(kernel.values, own, -1)
        exact = node.types["kernel"].constant(f"layers: {node.wanted}: kernel", last, last.shape[-1])
        return LinearWeights(FixedTensor(np.moveaxis(exact.codes, -1, own), exact.fraction_bits), (Fraction(1),))
    if kernel.codes is None or kernel.scales is None:
        return LinearWeights(_exact(node, kernel.values), (Fraction(1),))
    if (kernel.scales.max(axis=summed) != kernel.scales.min(axis=summed)).any():
        raise node.refuse("its weight has scales that differ along the axis that is summed; use one per output channel")
    scales = real(kernel.scales.max(axis=summed))
    exponents = [exponent_of(scale) for scale in scales]
    known = [exponent for exponent in exponents if exponent is not None]
    if len(known) == len(exponents) and max(known) - min(known) < _WEIGHT_BITS:
        least = min(known)
        shape = [1 if axis in summed else size for axis, size in enumerate(kernel.codes.shape)]
        shifts = np.array([exponent - least for exponent in known]).reshape(shape)
        return LinearWeights(FixedTensor(kernel.codes << shifts, -least), (Fraction(1),))
    return LinearWeights(FixedTensor(kernel.codes, 0), scales[:1] if len(set(scales)) == 1 else scales)


def _exact(node: NodeReader, values: Array) -> FixedTensor:
    """Float weights that are short binary fractions."""
    try:
        exact = FixedTensor.from_real(values)
        bits = exact.bits
    except OverflowError:
        bits = 63
    if bits > _WEIGHT_BITS:
        raise node.refuse(
            f"has float weights without a quantizer; {give_formats(node.wanted, 'kernel')}, "
            "or export a quantized model (QONNX or QDQ)"
        )
    return exact
