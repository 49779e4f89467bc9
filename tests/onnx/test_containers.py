"""One network in files as different producers write them: the same codes of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.onnx.onnx_model import load_onnx
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.onnx.handmade import QONNX, Array, Model, small_cnn

X = np.random.default_rng(7).normal(0, 1, (40, *small_cnn().shape))


def codes(path: Path) -> Array:
    graph = run(load_onnx(path), PIPELINE, PassOptions())
    (found,) = Reference(graph).output_codes({graph.inputs[0]: X}).values()
    return found


def saved(model: Any, folder: Path) -> Path:
    path = folder / "m.onnx"
    path.write_bytes(model.SerializeToString())
    return path


@cache
def expected(folder: Path) -> Array:
    return codes(saved(small_cnn().model("y"), folder))


def other_domain(name: str) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        for one in (*model.graph.node, *model.opset_import):
            one.domain = name if one.domain == QONNX else one.domain

    return change


def batch(size: int | None) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        axis = model.graph.input[0].type.tensor_type.shape.dim[0]
        axis.Clear()
        if size is not None:
            axis.dim_value = size

    return change


def listed(model: Any) -> None:
    """Constants are inputs, too, as before ir_version 4."""
    model.ir_version = 3
    for one in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(one.name, one.data_type, one.dims))


def constant_nodes(model: Any) -> None:
    for one in reversed(model.graph.initializer):
        model.graph.node.insert(0, helper.make_node("Constant", [], [one.name], value=one))
    del model.graph.initializer[:]


def typed_data(model: Any) -> None:
    """Numbers in the fields of their types instead of bytes."""
    for one in model.graph.initializer:
        values = numpy_helper.to_array(one)
        one.CopyFrom(helper.make_tensor(one.name, one.data_type, one.dims, values.flatten().tolist()))


def opset_named(model: Any) -> None:
    for one in model.opset_import:
        one.domain = one.domain or "ai.onnx"


CHANGES: Mapping[str, Callable[[Any], None]] = {
    "onnx.brevitas": other_domain("onnx.brevitas"),
    "finn.custom_op.general": other_domain("finn.custom_op.general"),
    "batch 1": batch(1),
    "batch 789444": batch(789444),
    "batch without size": batch(None),
    "constants among inputs": listed,
    "Constant nodes": constant_nodes,
    "typed data": typed_data,
    "ai.onnx": opset_named,
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_codes(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = small_cnn().model("y")
    CHANGES[name](model)
    assert np.array_equal(codes(saved(model, tmp_path)), expected(tmp_path_factory.getbasetemp()))


def test_a_batch_that_is_part_of_a_shape(tmp_path: Path) -> None:
    """As torch writes ``x.view(x.size(0), -1)`` for a batch of 64."""

    def made(*shape: int) -> Model:
        model = Model((2, 3))
        flat = model.node("Reshape", [model.quant("x", 0.13, 5), model.constant(shape, np.int64)])
        model.quant(model.node("MatMul", [flat, model.weights(np.eye(6)[:, :4], 0.2)]), 0.17, 5, name="y")
        return model

    x = np.random.default_rng(7).normal(0, 1, (20, 2, 3))
    found = [
        Reference(run(load_onnx(saved(made(*shape).model("y", batch=size), tmp_path)), PIPELINE, PassOptions()))
        for shape, size in (((64, 6), 64), ((64, -1), 64), ((1, -1), 1))
    ]
    first, *others = [one.output_codes({"x": x})["y"] for one in found]
    assert first.any() and all(np.array_equal(first, other) for other in others)
    with pytest.raises(ModelError) as caught:
        load_onnx(saved(made(32, 12).model("y", batch=64), tmp_path))
    problem = "does not fit its input (cannot reshape array of size 6 into shape (32,12))"
    assert str(caught.value) == f"reshape1 (Reshape): {problem}"


def test_an_unknown_domain(tmp_path: Path) -> None:
    model = small_cnn().model("y")
    other_domain("my.operations")(model)
    with pytest.raises(ModelError) as caught:
        load_onnx(saved(model, tmp_path))
    problem = "(Quant): domain 'my.operations' is unknown; use operations of ONNX and QONNX"
    assert all(line.endswith(problem) for line in str(caught.value).split("\n"))
