"""Models as written by the exporters of Brevitas and QKeras, channels first and last: every output equal."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from qonnx.core.modelwrapper import ModelWrapper

from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.hls4ml.onnx_models import convolutional, perceptron, reshaped, scaled
from tests.onnx.executor import executed

EVENTS = 20


@pytest.mark.parametrize("make", [perceptron, reshaped, convolutional, scaled])
def test_outputs_are_equal(make: Callable[[], ModelWrapper], tmp_path: Path) -> None:
    model, path = make(), tmp_path / "model.onnx"
    model.save(str(path))
    graph = run(load_model(path), PIPELINE, PassOptions())
    port = model.graph.input[0]
    shape = [size.dim_value for size in port.type.tensor_type.shape.dim]
    x = np.random.default_rng(0).normal(0, 1.5, (EVENTS, *shape[1:])).astype(np.float32)
    (ours,) = Reference(graph).predict({graph.inputs[0]: x}).values()
    theirs = executed(model, x)
    assert np.array_equal(ours.reshape(theirs.shape), theirs)
