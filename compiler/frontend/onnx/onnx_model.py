"""From an ONNX file to a graph."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.model_file import read_model_file
from bxnn.compiler.frontend.onnx.node_network import read_nodes
from bxnn.compiler.frontend.onnx.onnx_file import parse_onnx
from bxnn.compiler.frontend.onnx.onnx_reading import OnnxReading
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredTypes

_QUANTIZERS = ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear")


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
    model = parse_onnx(path.name, read_model_file(path))
    if not floats or any(node.domain or node.op in _QUANTIZERS for node in model.nodes):
        return read_nodes(path, model, name, build_name, types).graph
    try:
        return read_nodes(path, model, name, build_name, NO_TYPES, floats=True).graph
    except ModelError as refused:
        try:  # weights that are short binary fractions need no types
            return read_nodes(path, model, name, build_name, types).graph
        except ModelError:
            raise refused from None


def read_onnx(
    path: Path, name: str | None = None, build_name: str | None = None, types: DeclaredTypes = NO_TYPES
) -> OnnxReading:
    """Like ``load_onnx``, with the value of every tensor of the file."""
    return read_nodes(path, parse_onnx(path.name, read_model_file(path)), name, build_name, types)
