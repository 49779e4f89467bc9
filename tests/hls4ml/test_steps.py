"""Embedding, TimeDistributed and ReLUs with a threshold of hls4ml, bit for bit."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml, reads_of_steps
from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.thresholded_relu import thresholded_relu
from bxnn.sim.reference import Reference
from tests.hls.project import check_project
from tests.hls.test_emulator import built, check
from tests.hls4ml.test_recurrent import convert, outputs
from tests.layers.firmware import check_firmware, random_codes, schedule

EVENTS = 300


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keras 2, of which hls4ml reads these layers."""
    import tf_keras

    monkeypatch.setitem(sys.modules, "keras", tf_keras)
    return tf_keras


def parts(keras: Any) -> list[Any]:
    return [keras.layers.Conv2D(3, 2, name="conv"), keras.layers.MaxPooling2D(2, name="pool")]


def of_one_type(model: Any, folder: Path, backend: str, **more: str) -> Any:
    """hls4ml's C++ has one type on both sides of a marker."""
    import hls4ml
    import hls4ml.utils

    config = hls4ml.utils.config_from_keras_model(model, backend=backend, default_precision="fixed<16,6>")
    options = {"hls_config": config, "output_dir": str(folder), "project_name": "net", "backend": backend, **more}
    return hls4ml.converters.convert_from_keras_model(model, **options)


def test_every_step_is_computed_like_an_event(keras: Any, tmp_path: Path) -> None:
    """Also a model of several layers; what follows reads all steps."""
    own = parts(keras)
    single = keras.Sequential([keras.layers.Input((5, 3, 2)), *own])
    layers = [keras.layers.Input((4, 5, 3, 2)), keras.layers.TimeDistributed(keras.Sequential(own), name="steps")]
    ours = of_one_type(keras.Sequential(layers), tmp_path / "all", "bxnn")
    alone = of_one_type(single, tmp_path / "one", "bxnn")
    events = np.random.default_rng(2).uniform(-3, 3, (EVENTS, 4, 5, 3, 2)).astype(np.float32)
    found = outputs(ours, events)
    assert found.shape == (EVENTS, 4, 2, 1, 3) and len(np.unique(found)) > 500
    for step in range(4):
        assert np.array_equal(found[:, step], outputs(alone, np.ascontiguousarray(events[:, step])))


@pytest.mark.slow
def test_steps_as_in_hls4ml(keras: Any, tmp_path: Path) -> None:
    """Its C simulation, with a layer for the steps of a recurrent one; then the firmware."""
    layers, inputs = keras.layers, keras.Input((3, 4))
    states = layers.LSTM(2, return_sequences=True, name="lstm")(inputs)
    model = keras.Model(inputs, layers.TimeDistributed(layers.Dense(3), name="steps")(states))
    events = np.random.default_rng(1).uniform(-3, 3, (EVENTS, 3, 4)).astype(np.float32)
    ours, theirs = (of_one_type(model, tmp_path / backend, backend) for backend in ("bxnn", "Vitis"))
    theirs.compile()
    ours.compile()
    expected = theirs.predict(events).reshape(EVENTS, -1)
    assert np.array_equal(ours.predict(events).reshape(EVENTS, -1), expected) and len(np.unique(expected)) > 500
    report = ours.build(events=20)
    assert report["simulation"]["passed"] is True and report["simulation"]["mismatches"] == 0


def test_circles_of_hls4ml_are_refused(keras: Any, tmp_path: Path) -> None:
    """Its C++ does not compile either."""
    dense = keras.layers.TimeDistributed(keras.layers.Dense(3, name="dense"), name="dense")
    ours = of_one_type(keras.Sequential([keras.layers.Input((3, 4)), dense]), tmp_path, "bxnn")
    with pytest.raises(ModelError) as caught:
        from_hls4ml(ours, "net")
    assert str(caught.value) == (
        "dense (PointwiseConv1D): reads 'dense_end' before it is computed, in hls4ml's own graph; "
        "give a TimeDistributed another name than the layer in it"
    )


def test_steps_of_steps_are_refused() -> None:
    """hls4ml 1.3.0 does not get as far with Keras models."""
    marker = SimpleNamespace(class_name="TimeDistributed", name="inner", get_attr=lambda key: SimpleNamespace(name="d"))
    with pytest.raises(ModelError) as caught:
        reads_of_steps(marker, [("a", "b")])
    assert (
        str(caught.value) == "inner (TimeDistributed): is inside another one, which is not supported; use one of them"
    )


@pytest.mark.slow
def test_the_slope_of_a_streamed_selu(keras: Any, tmp_path: Path) -> None:
    """It has the type of the input there, and its own in the C++ of whole events."""
    model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Activation("selu", name="act")])
    events = np.random.default_rng(1).uniform(-3, 3, (EVENTS, 8)).astype(np.float32)
    results = []
    for io_type in ("io_stream", "io_parallel"):
        found = []
        for backend in ("bxnn", "Vitis"):
            project = of_one_type(model, tmp_path / f"{io_type}_{backend}", backend, io_type=io_type)
            project.compile()
            found.append(project.predict(events))
        assert np.array_equal(*found)
        results.append(found[0])
    assert not np.array_equal(*results)


def test_embedding(keras: Any, tmp_path: Path) -> None:
    """A row for every code; codes without a row give zeros."""
    layer = keras.layers.Embedding(13, 4, input_length=6, name="table")
    model = keras.Sequential([keras.layers.Input((6,), name="x"), layer])
    table = np.random.default_rng(3).integers(-99, 99, (13, 4)) / 64
    layer.set_weights([table])
    codes = np.random.default_rng(4).integers(0, 16, (EVENTS, 6))
    ours = convert(model, tmp_path, "bxnn", "fixed<12,5>", {"x": {"Precision": {"result": "uint<4>"}}})
    found = outputs(ours, codes.astype(np.float32))
    assert np.array_equal(found, np.vstack([table, np.zeros((3, 4))])[codes]) and (codes > 12).any()
    with pytest.raises(ModelError) as caught:
        wide = convert(model, tmp_path, "bxnn", "fixed<12,5>", {"x": {"Precision": {"result": "uint<15>"}}})
        outputs(wide, codes)
    assert str(caught.value) == (
        "table (Embedding): reads ufixed<15,15>, but a table has codes of at most 14 bits; give its input uint<14>"
    )


class Node(NodeLayers):
    """A node that reads one tensor of all codes."""

    subject = "act (ParametrizedActivation)"

    def __init__(self, own: FixedFormat) -> None:
        source = Tensor.of_format((3,), own)
        super().__init__(None, "y", ("x",), (source,), lambda text: f"{text}{len(self.layers)}")

    def graph(self) -> Graph:
        port = Input("x", (), (3,), FixedQuantizer(self.sources[0].format, Rounding.TRN, Overflow.WRAP))
        return Graph("net", (port, *self.layers), (self.layers[-1].name,))


@settings(max_examples=80, deadline=None)
@given(st.booleans(), st.integers(2, 9), st.integers(-2, 9), st.integers(0, 300), st.integers(-2, 9))
def test_thresholds(signed: bool, bits: int, fraction_bits: int, code: int, threshold_bits: int) -> None:
    """Every code of the input; a threshold on any grid."""
    node = Node(FixedFormat(signed, bits - fraction_bits - signed, fraction_bits))
    own, threshold = node.sources[0].format, code * 2.0**-threshold_bits
    if threshold >= own.high * own.lsb:
        with pytest.raises(ModelError) as caught:
            thresholded_relu(node, code, threshold_bits)
        expected = f"is above all its inputs, of {own}, so that the result is 0; use a smaller one"
        assert str(caught.value) == f"act (ParametrizedActivation): threshold {threshold} {expected}"
        return
    thresholded_relu(node, code, threshold_bits)
    x = np.resize(np.arange(own.low, own.high + 1), (ceil_div(1 << bits, 3), 3))
    (found,) = Reference(node.graph()).output_codes({"x": x}).values()
    assert np.array_equal(found, np.where(x * own.lsb > threshold, x, 0))
    assert (int(node.tensor.low.min()), int(node.tensor.high.max())) == (0, own.high)


def test_a_threshold_in_the_firmware(tmp_path: Path) -> None:
    node = Node(FixedFormat(True, 5, 20))
    thresholded_relu(node, 3, 2)
    chosen = schedule(node.graph(), 1)
    assert sum(step.binding.dsp for step in chosen.steps) == 0
    check_firmware(node.graph(), chosen, tmp_path, events=20)
    check_project(node.graph(), chosen, tmp_path)
    check(built(node.graph(), tmp_path), random_codes(node.graph(), 40, 1))


def test_too_fine_thresholds_are_refused() -> None:
    with pytest.raises(ModelError) as caught:
        thresholded_relu(Node(FixedFormat(True, 9, 30)), 5, 0)
    assert str(caught.value) == (
        "act (ParametrizedActivation): threshold 5.0 has more than 31 bits in codes of fixed<40,10>; "
        "give its input a coarser type"
    )
