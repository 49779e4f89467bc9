"""The result of reading an ONNX file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bxnn.compiler.frontend.onnx.values import Wire
from bxnn.compiler.ir.graph import Graph


@dataclass(frozen=True, eq=False)
class OnnxReading:
    """The result of reading a file.

    Attributes:
        graph: The network.
        wires: The value of every tensor that the network computes, by its name in the file.
    """

    graph: Graph
    wires: Mapping[str, Wire]
