"""How hls4ml names the layers of a model, before it fuses some of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def model_names(options: Mapping[str, Any]) -> list[str] | None:
    """Names of a model's layers in hls4ml's configuration; ``None`` if hls4ml has not kept the model.

    Args:
        options: hls4ml's configuration, which holds the model object that was converted.

    Source: ``converters/onnx_to_hls.py`` and ``converters/pytorch_to_hls.py`` of hls4ml 1.3.0.
    """
    keras, onnx, torch = (options.get(key) for key in ("KerasModel", "OnnxModel", "PytorchModel"))
    if hasattr(keras, "layers"):
        return [layer.name for layer in keras.layers]  # type: ignore[union-attr]
    if hasattr(onnx, "graph"):
        graph = onnx.graph  # type: ignore[union-attr]
        return [item.name.replace(".", "_") for items in (graph.input, graph.initializer, graph.node) for item in items]
    if hasattr(torch, "named_modules"):
        names = (name.replace(".", "_") for name, _ in torch.named_modules() if name)  # type: ignore[union-attr]
        return [f"_{name}" if re.match(r"\d", name) else name for name in names]
    return None
