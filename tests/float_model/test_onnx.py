"""ONNX files against onnxruntime and the executor of qonnx, which decide as the firmware does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

import bxnn
from bench.strangers.onnx_builder import QONNX, Builder
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.errors import ModelError, ToolError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.verification import simulate
from bxnn.sim import onnx_run
from bxnn.sim.close_decisions import CloseDecisions
from bxnn.sim.float_comparison import FloatComparison
from bxnn.sim.live_comparison import compared
from bxnn.sim.reference import Reference
from tests.onnx.test_outputs import CASES, Ends, dense

X = np.random.default_rng(0).normal(0, 2.5, (70, 6))
DESIGN = "initiation_interval: 1\n"


def saved(builder: Builder, *outputs: str, to: Path) -> Path:
    path = to / "net.onnx"
    path.write_bytes(builder.model(*outputs).SerializeToString())
    return path


def comparison(path: Path, x: np.ndarray = X, design: str = DESIGN) -> FloatComparison:
    config = parse_config(design)
    reference = Reference(lower(load_model(path, types=config.declared_types()), config))
    return compared(path, reference, {reference.graph.inputs[0]: x}, None)


@pytest.mark.parametrize("make", CASES[1::2])
def test_every_kind_of_output(make: Callable[[Builder], Ends], tmp_path: Path) -> None:
    """Scales of any value, several outputs, a softmax or a sigmoid that is left out."""
    builder = Builder((6,))
    outputs, _ = make(builder)
    found = comparison(saved(builder, *dict.fromkeys(outputs), to=tmp_path))
    assert (found.events, found.elements_differing, found.max_abs_error) == (len(X), 0, 0)
    assert found.reference.startswith("onnxruntime ")


@pytest.mark.parametrize("batch", ["", "events", 1, 32])
def test_any_number_of_events_at_a_time(batch: str | int, tmp_path: Path) -> None:
    """Files are written for one event, for any number, or for a number that their shapes insist on."""
    builder = Builder((6,))
    rows = [-1, 6] if isinstance(batch, str) else [batch, 6]
    y = builder.node(
        "MatMul", builder.node("Reshape", builder.qdq("x0"), builder.whole(*rows)), builder.weights((6, 3))
    )
    model = builder.model(y)
    axis = model.graph.input[0].type.tensor_type.shape.dim[0]
    if isinstance(batch, str):
        axis.dim_param = batch
    else:
        axis.dim_value = batch
    path = tmp_path / "net.onnx"
    onnx.save_model(model, path)
    found = comparison(path)
    assert (found.events, found.elements_differing) == (len(X), 0)


@pytest.mark.parametrize(("domain", "mode"), [(QONNX, "FLOOR"), ("finn.custom_op.general", "ROUND")])
def test_the_executor_of_qonnx(domain: str, mode: str, tmp_path: Path) -> None:
    """A quotient that is computed again from a code would be rounded down to the code below by FLOOR."""
    builder = Builder((6,))
    x = builder.quant("x0", 0.1173, rounding_mode=mode)
    y = builder.quant(builder.node("MatMul", x, builder.quant_weights(6, 3)), 0.2091, 5)
    model = builder.model(y)
    for part in (*model.graph.node, *model.opset_import):
        part.domain = domain if part.domain == QONNX else part.domain
    path = tmp_path / "net.onnx"
    onnx.save_model(model, path)
    found = comparison(path)
    assert (found.events, found.elements_differing) == (len(X), 0)
    assert found.reference.startswith("qonnx ")


def test_another_weight_is_found(tmp_path: Path) -> None:
    builder = Builder((6,))
    y = builder.qdq(dense(builder), 0.5)
    path = saved(builder, y, to=tmp_path)
    reference = Reference(lower(load_model(path), parse_config(DESIGN)))
    model = onnx.load_model(path)
    stored = next(tensor for tensor in model.graph.initializer if list(tensor.dims) == [6, 3])
    codes = onnx.numpy_helper.to_array(stored).copy()
    codes[2, 1] ^= 32
    stored.CopyFrom(onnx.numpy_helper.from_array(codes, stored.name))
    onnx.save_model(model, path)
    found = compared(path, reference, {reference.graph.inputs[0]: X}, None)
    assert found.events_differing > len(X) // 2 and found.events_undecided == 0
    told = r"event \d+, output t5, element 1: the model gives -?[\d.]+, bxnn -?[\d.]+"
    assert re.match(told, found.first_difference or "")


def test_simulate_compares(tmp_path: Path) -> None:
    builder = Builder((6,))
    path = saved(builder, builder.qdq(dense(builder), 0.5), to=tmp_path)
    bxnn.compile(path, tmp_path / "b")
    np.save(tmp_path / "x.npy", X)
    found = simulate(tmp_path / "b", tmp_path / "x.npy", None, quick=True).float_comparison
    assert found is not None and found.reference.startswith("onnxruntime ")
    assert (found.events, found.events_differing, found.unquantized_max_abs_error) == (len(X), 0, None)


@pytest.mark.parametrize(("ratio", "undecided"), [(2.0, True), (1.7, False)])
def test_ties_that_float32_decides(ratio: float, undecided: bool, tmp_path: Path) -> None:
    """With twice the scale, every other code is a tie: what onnxruntime makes of it is an accident."""
    builder = Builder((6,))
    y = builder.qdq(builder.node("Relu", builder.qdq("x0")), ratio * 0.041268, -128)
    found = comparison(saved(builder, y, to=tmp_path))
    assert (found.elements_differing, found.events_undecided > len(X) // 2) == (0, undecided)
    if not undecided:
        assert found.events_undecided == 0


@pytest.mark.parametrize("axis", [1, 2])
def test_boundaries_of_quantizers(axis: int) -> None:
    """Of scales per channel along any axis, and of modes that do not round to the nearest."""
    scale = np.array([0.5, 0.25], np.float32)
    builder = Builder((2, 2))
    x = builder.node("Relu", "x0")
    builder.qdq(x, scale, np.zeros(2), axis=axis)
    numbers = np.full((4, 2, 2), 0.1)
    places = [[event, 1, 0] if axis == 1 else [event, 0, 1] for event in range(4)]
    for (event, row, column), value in zip(places, (0.125, 0.125 + 1e-8, 0.125 + 1e-5, 0.25), strict=True):
        numbers[event, row, column] = value
    found = CloseDecisions.of(builder.model(x))
    assert found.undecided(4, {x: numbers}).tolist() == [True, True, False, False]
    for mode, expected in (("FLOOR", [False, True]), ("ROUND", [True, False])):
        builder = Builder((1,))
        x = builder.node("Relu", "x0")
        builder.quant(x, 0.25, rounding_mode=mode)
        assert CloseDecisions.of(builder.model(x)).undecided(2, {x: np.array([[0.125], [0.25]])}).tolist() == expected


@pytest.mark.parametrize("operation", ["Identity", "Softmax"])
def test_a_declared_result_is_a_loss(operation: str, tmp_path: Path) -> None:
    builder = Builder((6,))
    y = builder.node(operation, dense(builder))
    path = saved(builder, y, to=tmp_path)
    (tmp_path / "design.yaml").write_text(f'{DESIGN}layers: {{{y}: {{output: "fixed<8,4,RND_CONV,SAT>"}}}}\n')
    bxnn.compile(path, tmp_path / "b", config=tmp_path / "design.yaml")
    np.save(tmp_path / "x.npy", X)
    found = simulate(tmp_path / "b", tmp_path / "x.npy", None, quick=True).float_comparison
    assert found is not None and found.elements_differing is None
    if operation == "Softmax":  # its table is applied to the logits of both
        assert found.max_abs_error == 0
    else:
        assert found.max_abs_error > 0


@pytest.mark.parametrize(
    ("lost", "custom", "message"),
    [
        ("onnxruntime", False, 'onnxruntime not installed; install with: pip install "bxnn[onnx]"'),
        ("qonnx", True, 'qonnx not installed; install with: pip install "bxnn[onnx]"'),
        ("qonnx", False, None),
    ],
)
def test_what_has_to_be_installed(
    lost: str, custom: bool, message: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder((6,))
    x = builder.quant("x0") if custom else builder.qdq("x0")
    path = saved(builder, builder.node("Relu", x), to=tmp_path)
    monkeypatch.setattr(onnx_run, "find_spec", lambda name: None if name == lost else object())
    assert onnx_run.absent(path) == message
    if message is not None:
        with pytest.raises(ToolError) as caught:
            comparison(path)
        assert str(caught.value) == f"comparison: {message}"


def test_a_failure_is_one_telling_line(tmp_path: Path) -> None:
    builder = Builder((6,))
    path = saved(builder, dense(builder), to=tmp_path)
    config = parse_config(DESIGN)
    reference = Reference(lower(load_model(path), config))
    other = Builder((5,))
    x = other.node("MatMul", other.qdq("x0"), other.weights((5, 3)))
    path.write_bytes(other.model(x).SerializeToString())
    with pytest.raises(ToolError, match=r"^float model: onnxruntime could not run net\.onnx: \w+: .*5.*\(log: .*\)$"):
        compared(path, reference, {"x0": X}, None)


def test_a_file_that_no_framework_runs(tmp_path: Path) -> None:
    builder = Builder((6,))
    reference = Reference(lower(load_model(saved(builder, dense(builder), to=tmp_path)), parse_config(DESIGN)))
    lwtnn = tmp_path / "net.json"
    lwtnn.write_text(json.dumps({"inputs": [], "layers": []}))
    with pytest.raises(ModelError) as caught:
        compared(lwtnn, reference, {"x0": X}, None)
    assert str(caught.value) == "net.json: is a file that no framework runs; give one of Keras or ONNX"
