"""Weights and biases of a linear map in the order in which its hardware reads them, packed as DSPs multiply them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compiler.errors import InternalError
from compiler.ir.binding import Binding
from compiler.ir.linear import LinearMap
from compiler.ir.tensor import Int, Tensor


def linear_constants(linear: LinearMap, binding: Binding, source: Tensor) -> Mapping[str, Any]:
    """Rows of the weight ROMs and of the constants that start the sums, row 0 at the least significant end.

    Returns:
        ``weights``, ``bias`` (int64, rows first), and a comment for each row: ``weight_comments``, ``bias_comments``.
    """
    if binding.name in ("output_serial", "output_switched"):
        return _output_serial(linear, binding, source)
    if binding.name == "input_serial":
        return _input_serial(linear, binding, source)
    raise InternalError(binding.name, "is no binding of a linear map")


def _output_serial(linear: LinearMap, binding: Binding, source: Tensor) -> Mapping[str, Any]:
    """Row (position, phase) holds the weights of all columns, a column being a (group, cascade) pair."""
    assert binding.operands is not None and binding.packing is not None and binding.slots is not None
    products = binding.packing.products
    outputs = _in_groups(binding.result.elements, products)  # (phases, groups, products)
    phases = len(outputs)
    groups, segments, cascade = binding.operands.shape[:3]
    slots = binding.slots
    group, segment, position = np.nonzero((binding.operands >= 0).any(axis=(3, 4)))  # of every DSP
    codes = np.zeros((cascade, phases, groups, segments, products), np.int64)
    place = position[slots.dsp], slots.phase, group[slots.dsp], segment[slots.dsp], slots.lane
    codes[place] = linear.weights[slots.output, slots.operand]
    weights = _multiplied(binding, codes)
    columns = np.arange(groups * segments).reshape(groups, segments)
    entered = np.where(outputs >= 0, binding.bias_chain()[outputs], -1)
    bias = np.where(entered[:, :, np.newaxis] == columns[..., np.newaxis], _bias(linear, outputs)[:, :, np.newaxis], 0)
    constants = _started(binding, source, bias, weights.sum(axis=0))
    return {
        "weights": weights.reshape(cascade * phases, groups * segments),
        "bias": constants.reshape(phases, groups * segments),
        "weight_comments": [f"position {k}, phase {p}" for k in range(cascade) for p in range(phases)],
        "bias_comments": [f"phase {p}" for p in range(phases)],
    }


def _input_serial(linear: LinearMap, binding: Binding, source: Tensor) -> Mapping[str, Any]:
    """Row (phase) holds the weights of all (group of outputs, lane) pairs."""
    assert binding.present is not None and binding.packing is not None and binding.slots is not None
    elements = binding.source.elements  # (phases, lanes)
    outputs = _in_groups(np.arange(linear.outputs)[np.newaxis], binding.packing.products)[0]  # (groups, products)
    slots = binding.slots
    group, lane = np.nonzero(binding.present)  # of every DSP
    codes = np.zeros((len(elements), len(outputs), binding.source.lanes, binding.packing.products), np.int64)
    place = slots.phase, group[slots.dsp], lane[slots.dsp], slots.lane
    codes[place] = linear.weights[slots.output, slots.operand]
    weights = _multiplied(binding, codes)
    slices = np.arange(len(outputs) * binding.source.lanes).reshape(len(outputs), -1)
    entered = np.where(outputs >= 0, binding.bias_chain()[outputs], -1)
    bias = np.where(entered[:, np.newaxis] == slices[..., np.newaxis], _bias(linear, outputs)[:, np.newaxis], 0)
    constants = _started(binding, source, bias, weights.sum(axis=0))
    return {
        "weights": weights.reshape(len(elements), -1),
        "bias": constants.reshape(1, -1),
        "weight_comments": [f"phase {p}" for p in range(len(elements))],
        "bias_comments": ["all slices"],
    }


def _in_groups(outputs: Int, products: int) -> Int:
    """Rows of lanes cut into groups, the last one filled up with -1; shape (rows, groups, products)."""
    missing = -outputs.shape[1] % products
    padded = np.pad(outputs, ((0, 0), (0, missing)), constant_values=-1)
    return padded.reshape(len(outputs), -1, products)


def _bias(linear: LinearMap, outputs: Int) -> Int:
    return np.asarray(np.where(outputs >= 0, linear.bias[outputs], 0), np.int64)


def _multiplied(binding: Binding, codes: Int) -> Int:
    """What the DSPs multiply by: words of the codes of all lanes (last axis), or the code that all lanes share."""
    assert binding.packing is not None
    if binding.packing.shares == "operand":
        words = binding.packing.words(codes)
    else:
        words = np.where((codes < 0).any(axis=-1), codes.min(axis=-1), codes.max(axis=-1))
    binding.packing.verify_words(binding.name, words)
    return words


def _started(binding: Binding, source: Tensor, bias: Int, weights: Int) -> Int:
    """The constants that start the sums.

    Args:
        binding: The binding.
        source: Tensor of the input.
        bias: What enters each lane of a sum, lanes last.
        weights: The sum of all weights that are multiplied for it: lanes whose operands are too high are too high by
            as often that excess.
    """
    assert binding.packing is not None
    packing = binding.packing
    too_high = weights[..., np.newaxis] * packing.operand_excess(source)
    return packing.words(bias + packing.excess() - too_high)
