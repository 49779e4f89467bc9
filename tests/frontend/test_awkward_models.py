"""Model files with all kinds of layer names, and Dense layers on inputs of any rank."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bxnn.compiler.driver import compile_model
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.verification import csim, simulate
from bxnn.sim.reference import Reference
from tests.frontend import handmade as hand
from tests.frontend.handmade import dense, sequential, weights
from tests.ir.networks import sat

CONFIG = 'board: xcvu9p\nclock_mhz: 320\ninitiation_interval: 4\ninputs: {x: "fixed<8,4,RND_CONV,SAT>"}\n'
NAMES = ["valid_x", "x_valid", "層", "Signal", "signal", "pkg", "x" * 200, "x_to_valid_x_hold", "a/b", "a__b_"]


def step(name: str) -> dict[str, Any]:
    return {"class_name": "QActivation", "config": {"name": name, "activation": "quantized_bits(6,2)"}}


def test_layer_names_of_all_kinds_reach_every_engine(tmp_path: Path) -> None:
    model, arrays = tmp_path / "m.json", tmp_path / "w.h5"
    model.write_text(json.dumps(sequential(*(dense(name, 3) for name in NAMES), step("\ud800"))))
    with h5py.File(arrays, "w") as file:
        for name in NAMES:
            file.create_dataset(f"{name}/l/kernel:0", data=np.eye(3, dtype="f4") / 2)
            file.create_dataset(f"{name}/l/bias:0", data=np.zeros(3, "f4"))
    (tmp_path / "design.yaml").write_text(CONFIG)
    report = compile_model(model, arrays, tmp_path / "design.yaml", tmp_path / "b")
    assert sorted(report.renames.values()) == sorted([*(set(NAMES) - {"x_to_valid_x_hold"}), "\\ud800"])
    simulation, c = simulate(tmp_path / "b", None, 20).simulation, csim(tmp_path / "b", None, 20).csim
    assert simulation is not None and (simulation.passed, simulation.mismatches) == (True, 0)
    assert c is not None and (c.passed, c.mismatches) == (True, 0)


def test_a_refusal_names_the_layer_as_the_user_does(tmp_path: Path) -> None:
    model, arrays = tmp_path / "m.json", tmp_path / "w.h5"
    own = {"kernel": np.eye(3), "bias": np.zeros(3)}
    arrays.write_bytes(weights(fc1__kernel=own["kernel"], fc1__bias=own["bias"]))
    model.write_text(json.dumps(sequential(dense("fc1", 3), dense("größe/1", 0))))
    with pytest.raises(ModelError) as caught:
        load_model(model, arrays)
    assert str(caught.value) == "größe/1 (QDense): units 0 is not a positive integer; the model file is damaged"
    soft = {"class_name": "Softmax", "config": {"name": "größe/1"}}
    model.write_text(json.dumps(sequential(dense("fc1", 3), soft, dense("end", 3))))
    both = {f"{layer}__{part}": value for layer in ("fc1", "end") for part, value in own.items()}
    arrays.write_bytes(weights(**both))
    with pytest.raises(ModelError) as caught:
        run(load_model(model, arrays), PIPELINE, PassOptions(inputs={"x": sat(True, 3, 4)}))
    assert str(caught.value) == (
        "größe/1 (softmax): softmax is supported as the last layer, where it is left out, and with a quantizer right "
        "after it; add one, or declare its result in design.yaml: "
        'layers: {groe_1: {output: "fixed<W,I,RND_CONV,SAT>"}}'
    )


@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3), (2, 3, 2, 3), (2, 1, 2, 2, 3)])
@pytest.mark.parametrize("activation", ["linear", "quantized_relu(4,2)"])
def test_dense_acts_on_the_last_axis(shape: tuple[int, ...], activation: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(len(shape))
    kernel, bias = rng.integers(-7, 8, (3, 2)) / 8, rng.integers(-7, 8, 2) / 8
    model, arrays = tmp_path / "m.json", tmp_path / "w.h5"
    model.write_text(json.dumps(sequential(dense("phi", 2, activation=activation), shape=(None, *shape))))
    arrays.write_bytes(weights(phi__kernel=kernel, phi__bias=bias))
    graph = run(load_model(model, arrays), PIPELINE, PassOptions(inputs={"x": sat(True, 3, 4)}))
    x = rng.integers(-128, 128, (50, *shape)) / 16
    expected = x @ kernel + bias
    if activation != "linear":
        expected = np.clip(np.rint(expected * 4), 0, 15) / 4
    assert np.array_equal(Reference(graph).predict({"x": x})[graph.outputs[0]], expected)


@pytest.mark.parametrize("units", [3, 2])
def test_a_model_inside_two_models_stores_its_weights_once(units: int, tmp_path: Path) -> None:
    """What only has its name does not take them."""

    def inner(size: int) -> hand.Json:
        return {"class_name": "Sequential", "config": {"name": "enc", "layers": [hand.dense("d1", size)]}}

    middle = {"class_name": "Sequential", "config": {"name": "mid", "layers": [inner(units)]}}
    arrays: dict[str, Any] = {"enc/d1__kernel": np.eye(3) / 2, "enc/d1__bias": [0.5, 0.25, 0]}
    files = hand.write(tmp_path, hand.sequential(inner(3), middle), hand.weights(**arrays))
    if units == 3:
        layers = [layer.quantized() for layer in load_model(*files).layers if layer.kind == "dense"]
        assert [layer.kernel.values.tolist() for layer in layers] == [(np.eye(3) / 2).tolist()] * 2  # type: ignore[attr-defined]
        return
    with pytest.raises(ModelError) as caught:
        load_model(*files)
    assert str(caught.value) == "mid/enc/d1 (QDense): weight 'kernel' is missing from the weights file"
