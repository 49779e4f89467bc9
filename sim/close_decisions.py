"""Which events a framework decides by the rounding of its float32.

A quantizer of the file then reads a number that is closer to the boundary between two codes than float32 resolves. The
firmware decides such events by exact arithmetic, so they may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_RESOLVED = 2.0**-20  # of the largest number of an event: sums of float32 are not closer to the exact ones
_BETWEEN = ("FLOOR", "CEIL", "UP", "DOWN")  # modes of QONNX whose boundaries are integers, not halves


@dataclass(frozen=True)
class CloseDecisions:
    """The quantizers of a model.

    Attributes:
        places: For the tensor that each reads, the distances of its elements to boundaries, in units of codes.
    """

    places: Mapping[str, tuple[Callable[[Array], Array], ...]]

    @classmethod
    def of(cls, model: Any) -> CloseDecisions:
        """Of an ONNX model, without those that read an input: the host computes what they do, in the same float32."""
        onnx, stored = import_module("onnx"), dict[str, Array]()
        for tensor in model.graph.initializer:
            stored[tensor.name] = onnx.numpy_helper.to_array(tensor)
        for node in model.graph.node:
            if node.op_type == "Constant" and node.attribute[0].name == "value":
                stored[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)
        inputs = {port.name for port in model.graph.input} - set(stored)
        computed, places = set[str](), dict[str, list[Callable[[Array], Array]]]()
        for node in model.graph.node:  # in order
            if not computed.union(inputs).isdisjoint(node.input):
                computed |= set(node.output)
            found = _distance(onnx, node, stored) if computed.intersection(node.input[:1]) else None
            if found is not None:
                places.setdefault(node.input[0], []).append(found)
        return cls({name: tuple(distances) for name, distances in places.items()})

    def undecided(self, events: int, tensors: Mapping[str, Array]) -> NDArray[np.bool_]:
        """The events of which any number is at a boundary.

        Args:
            events: How many there are.
            tensors: Those that ``places`` names, events first.
        """
        found = np.zeros(events, bool)
        for name, distances in self.places.items():
            for distance in distances:
                found |= distance(tensors[name].astype(np.float64)).reshape(events, -1).any(axis=1)
        return found


def _distance(onnx: Any, node: Any, stored: Mapping[str, Array]) -> Callable[[Array], Array] | None:
    """Whether the elements of a tensor are close to a boundary of a quantizer; ``None`` for another node."""
    constants = [stored.get(name) for name in node.input[1:]]
    if node.op_type == "BipolarQuant":
        return _close_to_zero
    if node.op_type not in ("QuantizeLinear", "Quant", "IntQuant") or not constants or constants[0] is None:
        return None
    attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    mode = attributes.get("rounding_mode", b"ROUND").decode().upper()
    half = 0.0 if mode in _BETWEEN else 0.5
    scale = constants[0].astype(np.float64)
    along = attributes.get("axis", 1) if node.op_type == "QuantizeLinear" and scale.size > 1 else None

    def close(numbers: Array) -> Array:
        steps = scale.reshape(-1) if scale.size == 1 else scale
        if along is not None:
            steps = scale.reshape([-1 if axis == along % numbers.ndim else 1 for axis in range(numbers.ndim)])
        codes = numbers / steps
        largest = np.abs(codes).reshape(len(codes), -1).max(axis=1, initial=1)
        distance = np.abs(codes - half - np.rint(codes - half))
        return np.asarray(distance <= _RESOLVED * largest.reshape(-1, *[1] * (codes.ndim - 1)))

    return close


def _close_to_zero(numbers: Array) -> Array:
    largest = np.abs(numbers).reshape(len(numbers), -1).max(axis=1, initial=0)
    return np.asarray(np.abs(numbers) <= _RESOLVED * largest.reshape(-1, *[1] * (numbers.ndim - 1)))
