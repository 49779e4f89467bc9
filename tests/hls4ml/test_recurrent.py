"""LSTM, GRU and both directions through hls4ml: the bits of its C simulation, whatever the types."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import InputError
from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference

STEPS, FEATURES, EVENTS = 3, 2, 400


@pytest.fixture
def keras(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keras 2, whose recurrent layers of both directions hls4ml reads completely."""
    import tf_keras

    monkeypatch.setitem(sys.modules, "keras", tf_keras)
    return tf_keras


def network(keras: Any, **options: Any) -> Any:
    """Every cell after another; relu as an activation, biases everywhere."""
    layers, units = keras.layers, 3 if options else 2
    backward = layers.GRU(units, return_sequences=True, go_backwards=True)
    forward = layers.LSTM(3, return_sequences=True)
    return drawn(
        keras.Sequential(
            [
                layers.Input((STEPS, FEATURES)),
                layers.LSTM(3, return_sequences=True, name="lstm"),
                layers.Bidirectional(forward, backward_layer=backward, name="both", **options),
                layers.GRU(3, activation="relu", name="gru"),
            ]
        )
    )


def drawn(model: Any) -> Any:
    """With biases that are not zero."""
    rng = np.random.default_rng(4)
    model.set_weights([rng.uniform(-0.8, 0.8, weight.shape) for weight in model.get_weights()])
    return model


def convert(model: Any, folder: Path, backend: str, precision: str, layers: dict[str, Any]) -> Any:
    import hls4ml
    import hls4ml.utils

    config = hls4ml.utils.config_from_keras_model(
        model, granularity="name", backend=backend, default_precision=precision
    )
    for name, own in layers.items():
        types = config["LayerName"][name]["Precision"] | own.get("Precision", {})
        config["LayerName"][name] |= own | {"Precision": types}
    return hls4ml.converters.convert_from_keras_model(
        model, hls_config=copy.deepcopy(config), output_dir=str(folder / backend), project_name="net", backend=backend
    )


def outputs(ours: Any, events: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What the firmware computes, without making it."""
    reference = Reference(run(from_hls4ml(ours, "net"), PIPELINE, PassOptions()))
    (found,) = reference.predict({reference.graph.inputs[0]: events}).values()
    return found


# hls4ml's C++ compiles only if inputs, sums and states have one type; weights and tables have others
OTHER_TYPES = {
    "lstm": {"Precision": {"recurrent_weight": "fixed<6,1,RND,SAT>", "bias": "fixed<5,1>"}, "TableSize": 256},
    "both": {"Precision": {"table": "fixed<9,2,RND>", "forward_recurrent_weight": "fixed<6,1,RND,SAT>"}},
    "gru": {"Precision": {"weight": "fixed<7,2,RND,SAT>", "recurrent_bias": "fixed<4,0,RND>"}, "TableSize": 512},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "layers"), [("fixed<16,6>", {}), ("fixed<12,4,RND,WRAP>", OTHER_TYPES), ("fixed<32,16>", {})]
)
def test_bits(precision: str, layers: dict[str, Any], keras: Any, tmp_path: Path) -> None:
    model = network(keras)
    events = np.random.default_rng(1).uniform(-3, 3, (EVENTS, STEPS, FEATURES)).astype(np.float32)
    ours, theirs = (convert(model, tmp_path, backend, precision, layers) for backend in ("bxnn", "Vivado"))
    theirs.compile()
    expected, found = theirs.predict(events), outputs(ours, events)
    assert np.array_equal(found.reshape(EVENTS, -1), expected) and len(np.unique(expected, axis=0)) > 100
    if not layers:
        assert np.abs(expected - model.predict(events, verbose=0)).max() < 0.1, "gates in another order?"


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fixed<16,6>", "fixed<12,4,RND,WRAP>"])
def test_simple(precision: str, keras: Any, tmp_path: Path) -> None:
    """hls4ml's C++ for Quartus, whose tables alone are others: its Vivado and Vitis have no call for such a layer."""
    layers = [keras.layers.SimpleRNN(5, activation="relu", return_sequences=True, name="simple")]
    model = drawn(keras.Sequential([keras.layers.Input((STEPS, FEATURES)), *layers]))
    events = np.random.default_rng(1).uniform(-3, 3, (EVENTS, STEPS, FEATURES)).astype(np.float32)
    ours, theirs = (convert(model, tmp_path, backend, precision, {}) for backend in ("bxnn", "Quartus"))
    theirs.compile()
    expected, found = theirs.predict(events), outputs(ours, events)
    assert np.array_equal(found.reshape(EVENTS, -1), expected.reshape(EVENTS, -1)) and len(np.unique(expected)) > 100
    vitis = convert(model, tmp_path, "Vitis", precision, {})
    vitis.write()
    assert "nnet::simple_rnn" not in (tmp_path / "Vitis" / "firmware" / "net.cpp").read_text()


def test_firmware(keras: Any, tmp_path: Path) -> None:
    """From the model to VHDL in GHDL, one layer with the strategy of its name."""
    layers = keras.layers
    model = drawn(keras.Sequential([layers.Input((2, 2)), layers.GRU(2, name="gru")]))
    own = {"gru": {"TableSize": 64, "ReuseFactor": 2}}
    ours = convert(model, tmp_path, "bxnn", "fixed<8,3>", own)
    ours.compile()
    report = ours.build(events=20)
    assert report["simulation"]["passed"] is True and report["simulation"]["mismatches"] == 0
    assert report["initiation_interval"] == 2


@pytest.mark.parametrize(
    ("changed", "layers", "expected"),
    [
        (
            {"merge_mode": "sum"},
            {},
            "both (Bidirectional): merge_mode 'sum' is not supported; hls4ml computes 'concat'",
        ),
        (
            {},
            {"lstm": {"Precision": {"accum": "fixed<6,1,TRN,SAT>"}}},
            "lstm (LSTM): accum fixed<6,1> can saturate on the way, which depends on the order of its terms; "
            "give Precision: {accum: auto}",
        ),
        (
            {},
            {"gru": {"TableSize": 100}},
            "gru (GRU): table_size 100 is not supported; use a power of two from 16 to 16384",
        ),
    ],
)
def test_refused(changed: dict[str, Any], layers: dict[str, Any], expected: str, keras: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        from_hls4ml(convert(network(keras, **changed), tmp_path, "bxnn", "fixed<16,6>", layers), "net")
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"reset_after": False},
            "gru (GRU): reset_after=False is computed by hls4ml as if it were True; train with reset_after=True",
        ),
        (
            {"activation": "elu"},
            "gru (GRU): activation 'elu' is not supported; hls4ml has relu, sigmoid, tanh there",
        ),
    ],
)
def test_cell_refused(options: dict[str, Any], expected: str, keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.layers.Input((2, 2)), keras.layers.GRU(2, name="gru", **options)])
    with pytest.raises(InputError) as caught:
        from_hls4ml(convert(model, tmp_path, "bxnn", "fixed<16,6>", {}), "net")
    assert str(caught.value) == expected


@pytest.mark.pytorch
@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_pytorch(cell: str, tmp_path: Path) -> None:
    """Its order of gates, both of its biases, and a state that comes from outside."""
    import torch

    model, states = recurrent(cell, torch)
    shapes: list[tuple[int, ...]] = [(STEPS, FEATURES), *[(1, 3)] * states]
    rng = np.random.default_rng(2)
    events = [rng.uniform(-2, 2, (EVENTS, *shape)).astype(np.float32) for shape in shapes]
    ours, theirs = (convert_torch(model, shapes, tmp_path, backend) for backend in ("bxnn", "Vivado"))
    ours.compile()
    theirs.compile()
    expected, found = theirs.predict(events), ours.predict(events)
    assert np.array_equal(found, expected) and len(np.unique(expected)) > 100
    exact = model(torch.tensor(events[0]), *(torch.tensor(state).transpose(0, 1) for state in events[1:]))
    assert np.abs(found.reshape(EVENTS, -1) - exact[:, -1].detach().numpy()).max() < 0.1, "gates in another order?"


def recurrent(cell: str, torch: Any) -> tuple[Any, int]:
    """A network of one cell, and how many states it reads."""

    class Gated(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.rnn = torch.nn.GRU(FEATURES, 3, batch_first=True)

        def forward(self, x: Any, h: Any) -> Any:
            return self.rnn(x, h)[0]

    class Memory(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.rnn = torch.nn.LSTM(FEATURES, 3, batch_first=True)

        def forward(self, x: Any, h: Any, c: Any) -> Any:
            return self.rnn(x, (h, c))[0]

    torch.manual_seed(1)
    return (Gated().eval(), 1) if cell == "GRU" else (Memory().eval(), 2)


def convert_torch(model: Any, shapes: list[tuple[int, ...]], folder: Path, backend: str) -> Any:
    from hls4ml.converters import convert_from_pytorch_model
    from hls4ml.utils import config_from_pytorch_model

    options = {"channels_last_conversion": "off", "transpose_outputs": False, "default_precision": "fixed<16,6>"}
    config = config_from_pytorch_model(model, [(None, *shape) for shape in shapes], backend=backend, **options)
    arguments = {"hls_config": config, "output_dir": str(folder / backend), "backend": backend}
    return convert_from_pytorch_model(model, io_type="io_parallel", **arguments)
