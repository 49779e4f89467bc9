"""A network with formats: its file is what is scheduled, zeros stay zeros, and the firmware computes what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler import driver
from bxnn.compiler.frontend import load_model
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import drawn_weights, planned
from bxnn.compiler.search.quantized_candidate import QuantizedCandidate, quantized_candidate
from bxnn.compiler.search.search_config import check_search
from bxnn.compiler.search.standardization import Standardization, standardization
from bxnn.compiler.sweep.point import design_of
from bxnn.sim.reference import Reference
from tests.search.records import candidate, sample

CANDIDATES = st.builds(
    lambda widths, bits, pruning, activation, out: candidate(
        *widths,
        bits=(*bits[: len(widths)], out),
        pruning=pruning,
        activation=activation,
    ),
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.lists(st.integers(3, 8), min_size=3, max_size=3),
    st.sampled_from([0.0, 0.5, 0.8]),
    st.sampled_from(["relu", "tanh"]),
    st.integers(3, 8),
)


def quantized(
    own: Candidate, by_loss: bool = True, shape: tuple[int, ...] = (4,)
) -> tuple[QuantizedCandidate, Standardization, np.ndarray]:
    x = sample(200, int(np.prod(shape))).x.reshape(200, *shape)
    standard = standardization(x, True)
    plans = planned(own, shape, 3)
    weights = drawn_weights(plans, own.pruning, np.random.default_rng(1))
    return quantized_candidate(own, plans, weights, standard, x, by_loss), standard, x


@settings(max_examples=15, deadline=None)
@given(CANDIDATES, st.booleans())
def test_the_firmware_computes_what_the_formats_say(own: Candidate, by_loss: bool) -> None:
    found, standard, x = quantized(own, by_loss)
    config = check_search({}).design("auto")
    (outputs,) = Reference(driver.lower(found.graph, config)).predict({"x": x}).values()
    constants = {name: stored.values.astype(np.float64) for name, stored in found.model.constants.items()}
    assert found.types.inputs["x"].whole.format.bits == own.input_bits

    def rounded(values: np.ndarray, name: str) -> np.ndarray:
        chosen = found.types.inputs["x"] if name == "x" else found.types.layers[name]["output"]
        own_type = chosen.whole
        return np.asarray(own_type.quantize_real(values) * own_type.format.lsb)

    tensor = rounded(standard(x).astype(np.float64), "x")
    for plan in planned(own, (4,), 3):
        kernel = constants[f"{plan.name}_kernel"]
        assert np.sum(kernel == 0) >= min(round(own.pruning * kernel.size), kernel.size - 1)
        assert {one.format.bits for one in found.types.layers[plan.name]["kernel"].quantizers} == {plan.bits}
        tensor = tensor @ kernel + constants[f"{plan.name}_bias"]
        if plan.activation is not None:
            assert found.types.layers[plan.activation_name]["output"].whole.format.bits >= plan.bits
            tensor = np.maximum(tensor, 0) if plan.activation == "relu" else np.tanh(tensor)
            tensor = rounded(tensor, plan.activation_name)
    np.testing.assert_array_equal(outputs, tensor)


@pytest.mark.parametrize("shape", [(4,), (2, 2)])
def test_the_file_is_the_network(tmp_path: Path, shape: tuple[int, ...]) -> None:
    found, _, x = quantized(candidate(6, 5, pruning=0.5), shape=shape)
    path = tmp_path / "network.onnx"
    path.write_bytes(found.onnx_file)
    config = check_search({}).design("lut")
    graphs = [driver.lower(graph, config) for graph in (found.graph, load_model(path))]
    outputs = [next(iter(Reference(graph).predict({"x": x}).values())) for graph in graphs]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert design_of(graphs[0], config) == design_of(graphs[1], config)
