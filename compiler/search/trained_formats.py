"""Formats of a network that is trained with its quantizers: they follow from its widths alone."""

from __future__ import annotations

from bxnn.compiler.calibration.chosen_format import quantizer
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import INPUT, LayerPlan, LayerWeights, Weights
from bxnn.compiler.search.network_nodes import LayerTypes, quantized_nodes
from bxnn.compiler.search.quantized_candidate import QuantizedCandidate
from bxnn.compiler.search.standardization import Standardization

INPUT_INTEGER = 3  # bits before the binary point, without the sign: standardised features up to 8
RESULT_INTEGER = 1  # of a result, which is not negative
BIAS_INTEGER, BIAS_FINER = 2, 2  # the same of a bias, and the bits that it has after those of a weight


def input_format(candidate: Candidate) -> FixedQuantizer:
    """Of a standardised feature."""
    bits = candidate.input_bits
    return quantizer(bits, bits - 1 - INPUT_INTEGER, True, Overflow.SAT)


def kernel_format(plan: LayerPlan) -> FixedQuantizer:
    """Of a weight: from -1 up to 1."""
    return quantizer(plan.bits, plan.bits - 1, True, Overflow.SAT)


def bias_format(plan: LayerPlan) -> FixedQuantizer:
    """Of a bias."""
    bits = plan.bits + BIAS_INTEGER + BIAS_FINER
    return quantizer(bits, plan.bits - 1 + BIAS_FINER, True, Overflow.SAT)


def result_format(plan: LayerPlan) -> FixedQuantizer:
    """Of a result after ReLU."""
    return quantizer(plan.bits, plan.bits - RESULT_INTEGER, False, Overflow.SAT)


def trained_candidate(
    candidate: Candidate,
    plans: tuple[LayerPlan, ...],
    weights: Weights,
    standard: Standardization,
    shape: tuple[int, ...],
) -> QuantizedCandidate:
    """The network of the firmware: exactly what QKeras computes, as far as float32 holds its sums.

    Args:
        candidate: The network.
        plans: Its layers, all dense.
        weights: Before their quantizers.
        standard: What the host does to features.
        shape: Shape of an event.
    """
    constants: dict[str, LayerWeights] = {}
    types: dict[str, LayerTypes] = {}
    declared: dict[str, dict[str, DeclaredType]] = {}
    for plan in plans:
        own = weights[plan.name]
        parts = {"kernel": DeclaredType((kernel_format(plan),)), "bias": DeclaredType((bias_format(plan),))}
        kernel = parts["kernel"].constant(plan.name, own.kernel, plan.outputs)
        bias = parts["bias"].constant(plan.name, own.bias, plan.outputs)
        constants[plan.name] = LayerWeights(kernel.values, bias.values)
        result = None if plan.activation is None else result_format(plan)
        types[plan.name] = LayerTypes((kernel_format(plan),), result)
        declared[plan.name] = parts
        if result is not None:
            declared[plan.activation_name] = {"output": DeclaredType((result,))}
    host = input_format(candidate)
    model = quantized_nodes(plans, constants, types, (standard, host), shape)
    return QuantizedCandidate(model, DeclaredTypes({INPUT: DeclaredType((host,))}, declared))
