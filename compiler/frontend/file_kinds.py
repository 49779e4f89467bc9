"""Model files of other kinds, and how to get from each to a build. Nothing in them is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_PICKLE = "which may execute code when it is read; export ONNX (QONNX for Brevitas), and compile that"

# What a file with this suffix is, and what to do with it.
_OTHERS: Mapping[str, str] = {
    ".tflite": "is a TensorFlow Lite model; compile the Keras model that it was made from, or export ONNX QDQ",
    ".data": "holds the weights of an ONNX model; export ONNX with the weights inside, and compile that",
    ".pb": "is a TensorFlow graph; save the Keras model as .keras or .h5, and compile that",
    **dict.fromkeys((".pt", ".pth"), f"is a PyTorch model, {_PICKLE}"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), f"is a Python pickle, {_PICKLE}"),
}


def other_kind(path: Path) -> str | None:
    """What a model file of another kind is and what to do with it, as the problem of an error; else ``None``."""
    if path.is_dir():
        if (path / "saved_model.pb").exists():
            return "is a SavedModel folder; save the Keras model as .keras or .h5, and compile that"
        return "is a folder, not a model file"
    return _OTHERS.get(path.suffix.lower())
