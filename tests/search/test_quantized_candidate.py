"""A network with formats: its file is what is scheduled, zeros stay zeros, and the firmware computes what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler import driver
from bxnn.compiler.calibration.float_network import network_of
from bxnn.compiler.errors import DataError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.frontend.keras.qkeras import parse_activation
from bxnn.compiler.frontend.onnx.node_network import read_nodes
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredType
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import OUTPUT, drawn_weights, keras_weights, planned
from bxnn.compiler.search.network_nodes import float_nodes
from bxnn.compiler.search.qkeras_description import qkeras_description
from bxnn.compiler.search.quantized_candidate import QuantizedCandidate, quantized_candidate
from bxnn.compiler.search.search_config import check_search
from bxnn.compiler.search.standardization import Standardization, standardization
from bxnn.compiler.search.trained_formats import trained_candidate
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


def test_the_plan_of_an_autoencoder_is_a_mirror() -> None:
    plans = planned(candidate(8, 3, family="autoencoder", bits=(4, 5, 6)), (9,), 9)
    assert [(plan.inputs, plan.outputs, plan.bits) for plan in plans] == [(9, 8, 4), (8, 3, 5), (3, 8, 4), (8, 9, 6)]


def test_convolutions_need_an_image() -> None:
    with pytest.raises(DataError) as caught:
        planned(candidate(2, family="cnn", kernel_sizes=(2,)), (4, 4), 1)
    assert str(caught.value) == "x: has events of shape (4, 4); family cnn takes images of rows, columns and channels"


def test_the_plan_of_deep_sets() -> None:
    plans = planned(candidate(8, 6, 4, family="deepsets", bits=(4, 5, 6, 7)), (9, 3), 2)
    assert [(plan.inputs, plan.outputs, plan.rows, plan.averaged) for plan in plans] == [
        (3, 8, 9, 0),
        (8, 6, 9, 0),
        (6, 4, 0, 9),
        (4, 2, 0, 0),
    ]
    assert plans[2].mean_bits == 5


def test_deep_sets_need_a_set() -> None:
    with pytest.raises(DataError) as caught:
        planned(candidate(2, family="deepsets"), (4, 4, 2), 1)
    assert str(caught.value) == (
        "x: has events of shape (4, 4, 2); family deepsets takes sets of constituents and their features"
    )


def test_equal_layers_of_different_networks_have_the_same_drawn_weights() -> None:
    first, second = (drawn_weights(planned(candidate(*widths), (4,), 3), 0.5) for widths in ((8, 5, 5), (6, 8, 5)))
    np.testing.assert_array_equal(first["fc2"].kernel, second["fc3"].kernel)
    np.testing.assert_array_equal(first[OUTPUT].bias, second[OUTPUT].bias)


def test_weights_of_keras_compute_the_same() -> None:
    """A convolution and a dense layer, added up pixel by pixel in the order of Keras."""
    own, generator = candidate(3, family="cnn", kernel_sizes=(2,)), np.random.default_rng(1)
    plans = planned(own, (4, 3, 2), 2)
    stored = {
        "conv1": (generator.normal(size=(2, 2, 2, 3)), generator.normal(size=3)),
        "scores": (generator.normal(size=(3 * 2 * 3, 2)), generator.normal(size=2)),
    }
    x = generator.normal(size=(4, 3, 2)).astype(np.float32)
    pixels = [
        np.maximum(np.tensordot(x[row : row + 2, column : column + 2], stored["conv1"][0], 3) + stored["conv1"][1], 0)
        for row in range(3)
        for column in range(2)
    ]
    wanted = np.concatenate(pixels) @ stored["scores"][0] + stored["scores"][1]
    nodes = float_nodes(plans, keras_weights(plans, stored))
    network = network_of(read_nodes(Path("network"), nodes, "network", None, NO_TYPES, floats=True).graph, scores=True)
    (found,) = network.outputs({"x": np.moveaxis(x, -1, 0)[np.newaxis].astype(np.float64)}).values()
    assert found[0] == pytest.approx(wanted, rel=1e-5)


def quantized(
    own: Candidate, by_loss: bool = True, shape: tuple[int, ...] = (4,)
) -> tuple[QuantizedCandidate, Standardization, np.ndarray]:
    x = sample(200, int(np.prod(shape))).x.reshape(200, *shape)
    standard = standardization(x, True)
    plans = planned(own, shape, int(np.prod(shape)) if own.family == "autoencoder" else 3)
    weights = drawn_weights(plans, own.pruning)
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


@settings(max_examples=10, deadline=None)
@given(CANDIDATES)
def test_formats_of_qkeras_follow_from_the_widths(own: Candidate) -> None:
    """The description that QKeras gets and the firmware's network have the same quantizers."""
    own = own.model_copy(update={"activation": "relu"})
    plans = planned(own, (4,), 3)
    weights = drawn_weights(plans, own.pruning)
    found = trained_candidate(own, plans, weights, standardization(sample(200, 4).x, True), (4,))
    layers = {
        each["config"]["name"]: each["config"] for each in qkeras_description(own, plans, (4,))["config"]["layers"]
    }
    spelled = {"x": layers["quantized"]["activation"]}
    for plan in plans:
        spelled[f"{plan.name} kernel"] = layers[plan.name]["kernel_quantizer"]
        spelled[f"{plan.name} bias"] = layers[plan.name]["bias_quantizer"]
        if plan.activation is not None:
            spelled[plan.activation_name] = layers[plan.activation_name]["activation"]
    for name, text in spelled.items():
        key, _, part = name.partition(" ")
        types = found.types.inputs if key == "x" else found.types.layers[key]
        chosen = types[part or ("x" if key == "x" else "output")]
        assert isinstance(chosen, DeclaredType)
        assert parse_activation("q", "activation", text) == chosen.whole


@pytest.mark.parametrize(
    ("own", "shape"),
    [
        (candidate(6, 5, pruning=0.5), (4,)),
        (candidate(6, 5), (2, 2)),
        (candidate(5, 2, family="autoencoder"), (4,)),
        (candidate(2, 3, family="cnn", kernel_sizes=(2, 5)), (5, 4, 2)),
        (candidate(5, 4, 3, family="deepsets", pruning=0.5), (6, 3)),
        (candidate(5, family="deepsets"), (3, 2)),
    ],
    ids=["vector", "matrix", "autoencoder", "image", "set", "set of one layer"],
)
def test_the_file_is_the_network(tmp_path: Path, own: Candidate, shape: tuple[int, ...]) -> None:
    found, _, x = quantized(own, shape=shape)
    path = tmp_path / "network.onnx"
    path.write_bytes(found.onnx_file)
    config = check_search({}).design("lut")
    graphs = [driver.lower(graph, config) for graph in (found.graph, load_model(path))]
    outputs = [next(iter(Reference(graph).predict({"x": x}).values())) for graph in graphs]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert design_of(graphs[0], config) == design_of(graphs[1], config)
