"""The ONNX part of the population, compared with onnxruntime and with the executor of qonnx."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes

from bench.strangers import onnx_functions, onnx_linear, onnx_qonnx, onnx_shapes
from bench.strangers.outcome import Array, Expected, Outcome, outcome

EVENTS = 40
_QDQ = {**onnx_linear.CASES, **onnx_functions.CASES, **onnx_shapes.CASES}


def qdq(folder: Path, names: Sequence[str] | None = None) -> Iterator[Outcome]:
    """Files of ONNX, with onnxruntime as it computes without fusions."""
    onnxruntime.set_default_logger_severity(4)
    for name, make in _QDQ.items():
        if names is None or name in names:
            model = make()
            yield _outcome(name, model, folder, _runtime(model))


def qonnx(folder: Path, names: Sequence[str] | None = None) -> Iterator[Outcome]:
    """Files of QONNX, with the executor of qonnx."""
    for name, make in onnx_qonnx.CASES.items():
        if names is None or name in names:
            model = make()
            yield _outcome(name, model, folder, _executor(model))


def _outcome(name: str, model: ModelProto, folder: Path, expected: Expected) -> Outcome:
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return outcome(name, path, _inputs(model), expected)


def _inputs(model: ModelProto) -> list[Array]:
    draw = np.random.default_rng(5)
    found = []
    for port in model.graph.input:
        shape = [size.dim_value for size in port.type.tensor_type.shape.dim][1:]
        if port.type.tensor_type.elem_type == TensorProto.INT8:
            found.append(draw.integers(-128, 128, (EVENTS, *shape)).astype(np.int8))
        else:
            found.append(draw.normal(0, 1.5, (EVENTS, *shape)).astype(np.float32))
    return found


def _runtime(model: ModelProto) -> Expected:
    def expected(inputs: Sequence[Array]) -> list[Array]:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        rows = [session.run(None, _event(model, inputs, event)) for event in range(EVENTS)]
        return [np.stack([row[output] for row in rows]) for output in range(len(rows[0]))]

    return expected


def _executor(model: ModelProto) -> Expected:
    def expected(inputs: Sequence[Array]) -> list[Array]:
        for port in model.graph.input:
            port.type.tensor_type.shape.dim[0].dim_value = EVENTS  # all at once
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wrapped = ModelWrapper(model).transform(InferShapes())
            found = execute_onnx(wrapped, {port.name: x for port, x in zip(model.graph.input, inputs, strict=True)})
        return [found[port.name] for port in model.graph.output]

    return expected


def _event(model: ModelProto, inputs: Sequence[Array], event: int) -> dict[str, Array]:
    return {port.name: array[event : event + 1] for port, array in zip(model.graph.input, inputs, strict=True)}
