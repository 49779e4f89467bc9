"""HGQ2 model files against the framework's outputs, from the file alone."""

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.processor_time import at_most

MODELS = Path(__file__).parents[2].parent / "shared/models/hgq2"
NAMES = ("mlp", "conv", "deepsets", "merges", "attention_none", "attention_qkv", "rnn")
_SECONDS = 1.0  # to read and lower one


@pytest.mark.third_party
@pytest.mark.parametrize("name", NAMES)
def test_no_output_differs(name: str) -> None:
    """All outputs of 200 events; the input quantizers of the network are the host's."""
    with at_most(_SECONDS):
        graph = run(load_model(MODELS / f"{name}.keras"), PIPELINE, PassOptions())
    with np.load(MODELS / f"{name}.npz") as stored:
        x, y = stored["x"], stored["y"].astype(np.float64)
    (outputs,) = Reference(graph).predict({graph.inputs[0]: x}).values()
    assert outputs.shape == y.shape and int((outputs != y).sum()) == 0


@pytest.mark.third_party
def test_wrapping_really_wraps() -> None:
    """The models would not reveal a missing wrap if nothing in them left its format."""
    graph = run(load_model(MODELS / "mlp.keras"), PIPELINE, PassOptions())
    x = np.load(MODELS / "mlp.npz")["x"]
    reference = Reference(graph)
    codes = reference.quantize_inputs({graph.inputs[0]: x})[graph.inputs[0]]
    tensor = reference.tensors[graph.inputs[0]]
    assert (codes * tensor.format.lsb != x).any()
    assert (np.abs(codes * tensor.format.lsb - x) > 1).any()
