"""The firmware against a model that a user has in Python or in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numpy.typing import NDArray

from bxnn.compiler.errors import ModelError, ToolError
from bxnn.compiler.live_models import model_file
from bxnn.sim.float_comparison import FloatComparison
from bxnn.sim.float_file import holds_hgq
from bxnn.sim.float_model import compare, missing, runs
from bxnn.sim.onnx_run import absent, holds_onnx
from bxnn.sim.reference import Reference


def compared(
    model: Any, reference: Reference, values: Mapping[str, NDArray[Any]], labels: NDArray[Any] | None
) -> FloatComparison:
    """Run the model in its framework and compare.

    Args:
        model: A file of Keras or ONNX, or a live Keras model.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        labels: Classes of the events, if they are known.

    Raises:
        ModelError: If it is another kind of model.
        ToolError: If something that it needs is not installed.
    """
    with model_file(model) as path, TemporaryDirectory(prefix="bxnn-") as folder:
        if not runs(path):
            raise ModelError(path.name, "is a file that no framework runs; give one of Keras or ONNX")
        found = compare(path, None, reference, values, labels, Path(folder))
        if found is None:
            wanted = absent(path) if holds_onnx(path) else missing(holds_hgq(path))
            raise ToolError("comparison", wanted or "needs packages of the model that are not installed")
        return found
