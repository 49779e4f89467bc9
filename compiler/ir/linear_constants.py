"""Weights and biases of a linear map in the order in which its hardware reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compiler.errors import InternalError
from compiler.ir.binding import Binding
from compiler.ir.linear import LinearMap


def linear_constants(linear: LinearMap, binding: Binding) -> Mapping[str, Any]:
    """Rows of the weight ROMs and of the bias, row 0 at the least significant end, and a comment for each.

    Returns:
        ``weights``, ``bias`` (int64, rows first), ``weight_comments``, ``bias_comments``.
    """
    if binding.name in ("output_serial", "output_switched"):
        return _output_serial(linear, binding)
    if binding.name == "input_serial":
        return _input_serial(linear, binding)
    raise InternalError(binding.name, "is no binding of a linear map")


def _output_serial(linear: LinearMap, binding: Binding) -> Mapping[str, Any]:
    """Row (position, phase) holds the weights of all (lane, cascade) pairs."""
    assert binding.operands is not None
    lanes, segments, cascade = binding.operands.shape[:3]
    outputs = binding.result.elements  # (phases, lanes)
    phases = len(outputs)
    per_phase = binding.operands.reshape(lanes, segments, cascade, -1)
    operands = per_phase.transpose(2, 3, 0, 1)  # (cascade, 1 or phases, lanes, segments)
    targets = np.broadcast_to(outputs[np.newaxis, :, :, np.newaxis], (cascade, phases, lanes, segments))
    sources = np.broadcast_to(operands, targets.shape)
    used = (targets >= 0) & (sources >= 0)
    weights = np.where(used, linear.weights[targets, sources], 0)
    return {
        "weights": weights.reshape(cascade * phases, lanes * segments),
        "bias": np.where(outputs >= 0, linear.bias[outputs], 0),
        "weight_comments": [f"position {k}, phase {p}" for k in range(cascade) for p in range(phases)],
        "bias_comments": [f"phase {p}" for p in range(phases)],
    }


def _input_serial(linear: LinearMap, binding: Binding) -> Mapping[str, Any]:
    """Row (phase) holds the weights of all (output, lane) pairs."""
    elements = binding.source.elements  # (phases, lanes)
    weights = np.where(elements >= 0, linear.weights[:, elements], 0).transpose(1, 0, 2)
    return {
        "weights": weights.reshape(len(elements), -1),
        "bias": linear.bias[np.newaxis],
        "weight_comments": [f"phase {p}" for p in range(len(elements))],
        "bias_comments": ["all outputs"],
    }
