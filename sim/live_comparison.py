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
from bxnn.sim.float_file import holds_hgq, holds_keras
from bxnn.sim.float_model import compare, missing
from bxnn.sim.reference import Reference


def compared(
    model: Any, reference: Reference, values: Mapping[str, NDArray[Any]], labels: NDArray[Any] | None
) -> FloatComparison:
    """Run the model in TensorFlow and compare.

    Args:
        model: A Keras file or a live Keras model.
        reference: The compiled network.
        values: Real-valued inputs by name, events first.
        labels: Classes of the events, if they are known.

    Raises:
        ModelError: If it is another kind of model.
        ToolError: If something that it needs is not installed.
    """
    with model_file(model) as path, TemporaryDirectory(prefix="bxnn-") as folder:
        if not holds_keras(path):
            raise ModelError(path.name, "is not a Keras file; only Keras models can be run for comparison")
        found = compare(path, None, reference, values, labels, Path(folder))
        if found is None:
            absent = missing(holds_hgq(path)) or "needs packages of the model that are not installed"
            raise ToolError("comparison", absent)
        return found
