"""QONNX through hls4ml's reader: the bits of hls4ml's own C simulation, and those of qonnx's interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ConfigError
from tests.hls4ml import onnx_models
from tests.onnx.executor import executed

WIDE = "fixed<32,16>"  # of tensors without a quantizer; exact for these networks
NETWORKS = {"perceptron": ((16,), onnx_models.perceptron), "convolutional": ((8, 8, 2), onnx_models.convolutional)}


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A model, and a thousand events with ties and values outside the range."""
    shape, make = NETWORKS[request.param]
    events = np.random.default_rng(1).integers(-160, 160, (1000, *shape)) / 32
    events[::50] *= 3
    return make(), events.astype(np.float32)


def convert(model: Any, folder: Path, backend: str, precision: str = WIDE, **layers: Any) -> Any:
    from hls4ml.converters import convert_from_onnx_model
    from hls4ml.utils import config_from_onnx_model

    config = config_from_onnx_model(model, granularity="name", backend=backend, default_precision=precision)
    config["LayerName"] |= layers
    return convert_from_onnx_model(
        model, output_dir=str(folder), project_name="net", backend=backend, hls_config=config
    )


def test_bits(network: tuple[Any, Any], tmp_path: Path) -> None:
    model, events = network
    ours, theirs = (convert(model, tmp_path / backend, backend) for backend in ("bxnn", "Vivado"))
    ours.compile()
    theirs.compile()
    expected, found = theirs.predict(events), ours.predict(events)
    assert np.array_equal(found, expected) and len(np.unique(found)) > 100
    assert np.array_equal(found[:40], executed(model, events[:40]))


def test_reshape(tmp_path: Path) -> None:
    """hls4ml leaves an empty name in place of the input that held the shape."""
    model = onnx_models.reshaped()
    events = (np.random.default_rng(1).integers(-160, 160, (200, 16)) / 32).astype(np.float32)
    ours = convert(model, tmp_path, "bxnn")
    assert [node.inputs[1:] for node in ours.get_layers() if node.class_name == "Reshape"] == [[""], [""]]
    ours.compile()
    found = ours.predict(events)
    assert np.array_equal(found[:40], executed(model, events[:40])) and len(np.unique(found)) > 100


@pytest.mark.slow
def test_a_scale_for_each_channel(tmp_path: Path) -> None:
    model = onnx_models.scaled()
    events = np.random.default_rng(1).normal(0, 3, (1000, 6, 6, 2)).astype(np.float32)
    ours, theirs = (convert(model, tmp_path / backend, backend, "fixed<16,6>") for backend in ("bxnn", "Vivado"))
    ours.compile()
    theirs.compile()
    expected, found = theirs.predict(events), ours.predict(events)
    assert np.array_equal(found, expected) and len(np.unique(found)) > 1000


def test_vhdl(tmp_path: Path) -> None:
    ours = convert(onnx_models.perceptron(), tmp_path / "build", "bxnn")
    ours.compile()
    report = ours.build(events=20)
    assert report["simulation"]["passed"] is True and report["simulation"]["mismatches"] == 0


def test_a_misspelled_layer(tmp_path: Path) -> None:
    model = convert(onnx_models.perceptron(), tmp_path / "build", "bxnn", MatMull_0={"ReuseFactor": 2})
    with pytest.raises(ConfigError) as caught:
        model.compile()
    problem = "HLSConfig: LayerName: MatMull_0: is not a layer of the model; did you mean 'MatMul_0'?"
    assert str(caught.value) == problem
    assert not (tmp_path / "build" / "vhdl").exists()
