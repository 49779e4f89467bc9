"""Chooses the reader of a model file."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend.keras.archive import parse_json
from bxnn.compiler.frontend.keras.keras_model import load_keras
from bxnn.compiler.frontend.lwtnn.lwtnn_file import is_lwtnn
from bxnn.compiler.frontend.lwtnn.lwtnn_model import load_lwtnn
from bxnn.compiler.frontend.model_file import read_model_file
from bxnn.compiler.frontend.names import is_legal_top
from bxnn.compiler.frontend.onnx.onnx_model import load_onnx
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredTypes

_ONNX = (".onnx", ".qonnx")


def load_model(
    path: Path,
    weights: Path | None = None,
    name: str | None = None,
    build_name: str | None = None,
    types: DeclaredTypes = NO_TYPES,
    floats: bool = False,
) -> Graph:
    """Read a model file; nothing in it is executed.

    Args:
        path: ``.keras``, ``.h5`` or ``.json`` of Keras, ``.json`` of lwtnn, or ``.onnx``.
        weights: Weights file of a ``.json`` model.
        name: Name of the graph and of the top entity; by default derived from the file's, unless that is a generic one.
        build_name: Name of the build, for files called model and the like.
        types: Formats declared in design.yaml where the file has none.
        floats: Whether the weights of a float ONNX file stay floats, for a calibration or for its result.

    Returns:
        The graph, with weights not yet quantized. Layers are renamed where VHDL or C++ need it.

    Raises:
        ModelError: If a file is damaged or asks for something that is not supported exactly.
        ConfigError: If ``name`` is not a legal identifier.
    """
    if name is not None and not is_legal_top(name):
        raise ConfigError(f"name {name!r}", "is not a legal identifier in VHDL, Verilog and C++, or is reserved")
    path = Path(path)
    if path.suffix.lower() in _ONNX and not path.is_dir():
        if weights is not None:
            raise ModelError(path.name, "contains its weights; --weights is for .json files only")
        return load_onnx(path, name, build_name, types, floats)
    if path.suffix.lower() == ".json" and weights is None and path.is_file():
        description = parse_json(path.name, read_model_file(path))
        if is_lwtnn(description):
            return load_lwtnn(path, description, name, build_name, types)
    return load_keras(path, weights, name, build_name)
