"""The graph verifier, run around every pass."""

from __future__ import annotations

import re

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.graph import Graph

IDENTIFIER = re.compile(r"[A-Za-z](_?[A-Za-z0-9])*")


def verify(graph: Graph, after: str) -> None:
    """Check names, order and shapes of a graph.

    Args:
        graph: The graph.
        after: The pass that made it, named in error messages.

    Raises:
        InternalError: If the pass broke the graph.
        ModelError: If shapes do not fit together.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in graph.layers:
        subject = f"{layer.describe()} after pass {after}"
        if not IDENTIFIER.fullmatch(layer.name):
            raise InternalError(subject, "name is not a legal identifier")
        if layer.name.lower() in {name.lower() for name in shapes}:
            raise InternalError(subject, "name is not unique")
        for name in layer.inputs:
            if name not in shapes:
                raise InternalError(subject, f"reads {name!r}, which no earlier layer writes")
        shapes[layer.name] = layer.output_shape([shapes[name] for name in layer.inputs])
    if not graph.outputs:
        raise InternalError(f"{graph.name} after pass {after}", "has no output")
    if len(set(graph.outputs)) != len(graph.outputs):
        raise InternalError(f"{graph.name} after pass {after}", "has the same tensor as two outputs")
    for name in graph.outputs:
        if name not in shapes:
            raise InternalError(f"{graph.name} after pass {after}", f"output {name!r} is not a layer")
