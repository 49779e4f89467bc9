"""From an ONNX file to a graph."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.frontend.model_file import read_model_file
from bxnn.compiler.frontend.names import graph_name
from bxnn.compiler.frontend.onnx.float_onnx import float_onnx
from bxnn.compiler.frontend.onnx.node_network import OnnxReading, read_nodes
from bxnn.compiler.frontend.onnx.onnx_file import parse_onnx
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredTypes


def load_onnx(
    path: Path,
    name: str | None = None,
    build_name: str | None = None,
    types: DeclaredTypes = NO_TYPES,
    floats: bool = False,
) -> Graph:
    """Read a QONNX or QDQ model.

    Args:
        path: ``.onnx``.
        name: Name of the graph; by default derived from the file's.
        build_name: Name of the build, for files called model and the like.
        types: Formats of inputs, float weights and results, where the file has none.
        floats: Whether to leave the weights of a float network floats, if every operation in it allows that.

    Raises:
        ModelError: If the file is damaged or uses something that is not supported exactly; several problems that
            do not follow from each other are reported together.
    """
    if floats:
        model = parse_onnx(path.name, read_model_file(path))
        found = float_onnx(name or graph_name(path, build_name, list(model.inputs)), model)
        if found is not None:
            return found
    return read_onnx(path, name, build_name, types).graph


def read_onnx(
    path: Path, name: str | None = None, build_name: str | None = None, types: DeclaredTypes = NO_TYPES
) -> OnnxReading:
    """Like ``load_onnx``, with the value of every tensor of the file."""
    return read_nodes(path, parse_onnx(path.name, read_model_file(path)), name, build_name, types)
