"""Models that live in the user's Python: saved to a file by their own framework, in the user's process."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bxnn.compiler.errors import InputError, ModelError

_SUFFIX = {"keras": ".keras", "tf_keras": ".h5", "tensorflow": ".h5"}  # by the package that a class comes from


@contextmanager
def model_file(model: Any, example: Any = None) -> Iterator[Path]:
    """The file of a model: its path, or a temporary one to which its framework has saved it.

    Args:
        model: A path, a Keras model (2 or 3, with layers of QKeras or HGQ2) or a torch module.
        example: A batch of inputs, which torch needs to export a module.

    Raises:
        InputError: If it is neither, or cannot be saved.
    """
    if isinstance(model, str | PathLike):
        yield Path(model)
        return
    packages = {cls.__module__.partition(".")[0] for cls in type(model).__mro__}
    suffix = next((suffix for package, suffix in _SUFFIX.items() if package in packages), None)
    with TemporaryDirectory(prefix="bxnn-") as folder:
        stem = re.sub(r"\W+", "_", str(getattr(model, "name", "") or type(model).__name__))
        if "torch" in packages:
            path = Path(folder) / f"{stem}.onnx"
            _export(model, example, path)
        elif suffix is not None:
            path = Path(folder) / f"{stem}{suffix}"
            _save(model, path)
        else:
            kind = f"{type(model).__module__}.{type(model).__qualname__}"
            raise InputError(f"model of type {kind}", "is neither a path nor a model of Keras or torch")
        yield path


def _save(model: Any, path: Path) -> None:
    try:
        model.save(path)
    except Exception as error:  # anything that a framework may raise
        raise ModelError(path.stem, f"cannot be saved by Keras: {error}") from error


def _export(model: Any, example: Any, path: Path) -> None:
    """``torch.onnx.export`` with a free batch axis and all weights in the file."""
    if example is None:
        raise InputError(f"torch module {type(model).__name__}", "needs a batch of inputs; give one with example=")
    torch = sys.modules["torch"]
    try:
        batch = torch.as_tensor(example, dtype=torch.float32)
        model.eval()
        names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "batch"}, "y": {0: "batch"}}}
        torch.onnx.export(model, (batch,), str(path), dynamo=False, **names)
    except Exception as error:
        raise ModelError(type(model).__name__, f"cannot be exported by torch.onnx.export: {error}") from error
