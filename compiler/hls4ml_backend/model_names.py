"""How hls4ml names the layers of a model before it fuses some of them."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from collections.abc import Mapping
from typing import Any


def model_names(options: Mapping[str, Any]) -> list[str] | None:
    """Names of a model's layers in hls4ml's configuration; ``None`` if hls4ml has not kept the model.

    They are the names given by hls4ml's reader, including constants and layers that it leaves out.

    Args:
        options: hls4ml's configuration, which contains the model that was converted, or the name of its file.

    Source: ``converters/onnx_to_hls.py`` and ``converters/pytorch_to_hls.py`` of hls4ml 1.3.0.
    """
    keras, onnx, torch = (options.get(key) for key in ("KerasModel", "OnnxModel", "PytorchModel"))
    if hasattr(keras, "layers"):
        return [layer.name for layer in keras.layers]  # type: ignore[union-attr]
    if onnx is not None:
        model = importlib.import_module("onnx").load(onnx) if isinstance(onnx, str) else onnx
        return _read("onnx", model) + [node.name for node in model.graph.node]
    if hasattr(torch, "named_modules"):
        names = (name.replace(".", "_") for name, _ in torch.named_modules() if name)  # type: ignore[union-attr]
        left_out = [f"_{name}" if re.match(r"\d", name) else name for name in names]
        return _read("pytorch", dict(options)) + left_out
    return None


def _read(kind: str, source: Any) -> list[str]:
    """Names given by a reader of hls4ml, whose output is suppressed."""
    reader = importlib.import_module(f"hls4ml.converters.{kind}_to_hls")
    with contextlib.redirect_stdout(io.StringIO()):
        layers, _, _ = getattr(reader, f"parse_{kind}_model")(source)
    return [str(layer["name"]) for layer in layers]
