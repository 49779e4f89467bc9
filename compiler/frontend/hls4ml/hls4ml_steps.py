"""hls4ml's ``TimeDistributed``: two markers, between which the same nodes compute every step of an event."""

from __future__ import annotations

from typing import Any

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.numeric.tensor import Int
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.gather import Gather
from bxnn.layers.reshape import Reshape

STEPS = "TimeDistributed"


def begins_steps(node: Any) -> bool:
    """Whether a node is the first of the two markers, after which every step has separate layers."""
    return bool(node.class_name == STEPS) and not ends_steps(node)


def ends_steps(node: Any) -> bool:
    """Whether a node is the second marker; hls4ml names it after the first."""
    return bool(node.class_name == STEPS and node.name == f"{node.get_attr('wrapped_layer').name}_end")


def read_steps(made: NodeLayers) -> None:
    """Append a layer for every step of the input of the first marker, or one that joins those of the second.

    Raises:
        ModelError: If one such layer is inside another.
    """
    if ends_steps(made.node):
        _join(made)
        return
    shape = made.sources[0].shape
    places: Int = np.arange(made.sources[0].size).reshape(shape)
    for step in range(shape[0]):
        made.role = f"step{step}"
        own = places[step]
        made.append(lambda name, inputs, own=own: Gather.of(name, inputs[0], own), made.inputs)


def _join(made: NodeLayers) -> None:
    """The steps as rows of one tensor."""
    made.role = "row"
    rows = [made.append(Reshape, (name,), (1, *made.node_tensor(name).shape)).name for name in made.inputs]
    made.role = "sequence"
    if len(rows) > 1:
        made.append(Concatenate, rows, 0)
