"""Packed DSPs computed word by word from the constants that the VHDL receives: a Python model of the firmware."""

import numpy as np

from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import Int, Tensor


def tensor_of(size: int, bits: int, signed: bool) -> Tensor:
    """An input for which all codes of the format are possible."""
    return Tensor.of_format((size,), FixedFormat(signed, bits - int(signed), 0))


def emulated(linear: LinearMap, binding: DspBinding, source: Tensor, x: Int) -> Int:
    """Sums of one event; int64, shape (outputs,).

    Every word is kept modulo ``2**sum_bits`` from its constant to its last product, as in the P register of a DSP.
    """
    packing = binding.packing
    constants = binding.constants()
    weights, bias = constants["weights"], constants["bias"]
    if isinstance(binding, Cascaded):
        groups, segments, cascade, _, _ = binding.operands.shape
        phases = binding.result.phases
        table = weights.reshape(cascade, phases, groups, segments)
        operands = np.where(binding.operands >= 0, x[binding.operands], 0)
        words = operand_words(operands, packing, source)  # (groups, segments, cascade, 1 or phases)
        words = np.broadcast_to(words, (groups, segments, cascade, phases)).transpose(2, 3, 0, 1)
        sums = bias.reshape(phases, groups, segments) + (table * words).sum(axis=0)
        lanes = unpacked(sums, packing).sum(axis=2).reshape(phases, -1)  # the trees
        elements = binding.result.elements
        result = np.zeros(linear.outputs, np.int64)
        result[elements[elements >= 0]] = lanes[:, : elements.shape[1]][elements >= 0]
        return result
    elements = binding.source.elements  # (phases, lanes)
    table = weights.reshape(len(elements), -1, elements.shape[1])
    arriving = np.where(elements >= 0, x[elements], 0)[:, np.newaxis]
    sums = bias.reshape(table.shape[1:]) + (table * arriving).sum(axis=0)
    return np.asarray(unpacked(sums, packing).sum(axis=1).reshape(-1)[: linear.outputs], np.int64)


def operand_words(codes: Int, packing: Packing, source: Tensor) -> Int:
    """Codes (last axis) as multiplied by the DSP."""
    if not packing.shares_weight:
        return codes[..., 0]
    return packing.words(codes + packing.operand_excess(source))


def unpacked(words: Int, packing: Packing) -> Int:
    """Fields of words, the highest bit of the lower ones inverted, as signed codes; lanes are the last axis."""
    shifts = packing.lane_bits * np.arange(packing.products)
    fields = (words[..., np.newaxis] >> shifts) & ((1 << packing.lane_bits) - 1)
    fields = fields ^ packing.excess()
    half = 1 << (packing.lane_bits - 1)
    return (fields ^ half) - half


def expected(linear: LinearMap, x: Int) -> Int:
    """The map itself."""
    return np.asarray(linear.weights @ x + linear.bias, np.int64)
