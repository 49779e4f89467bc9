"""Small ONNX models, node by node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper

QONNX = "qonnx.custom_op.general"
Array = NDArray[Any]


@dataclass
class Model:
    """A model being built; every method returns the name of the tensor that it adds.

    Attributes:
        shape: Of the only input ``x``, without the batch axis.
        version: Of the operations of QONNX.
    """

    shape: tuple[int, ...]
    version: int = 1
    nodes: list[Any] = field(default_factory=list)
    stored: list[Any] = field(default_factory=list)

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """A stored tensor."""
        name = f"c{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def node(self, operation: str, inputs: Sequence[str], domain: str = "", name: str = "", **attributes: Any) -> str:
        """Any node with one output."""
        output = name or f"{operation.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [output], domain=domain, **attributes))
        return output

    def quant(self, x: str, scale: Any, bits: float = 4, zero: float = 0, name: str = "", **attributes: Any) -> str:
        """A QONNX quantizer."""
        stored = [self.constant(value) for value in (scale, zero, bits)]
        defaults: dict[str, Any] = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
        return self.node("Quant", [x, *stored], QONNX, name, **(defaults | attributes))

    def weights(self, values: Array, scale: Any, bits: int = 4) -> str:
        """A quantized constant."""
        return self.quant(self.constant(values), scale, bits, narrow=1)

    def encoded(self, *outputs: str) -> bytes:
        """The file."""
        return bytes(self.model(*outputs).SerializeToString())

    def model(self, *outputs: str, batch: int | str = "N") -> Any:
        """The model as an object of the onnx package."""
        ends = [helper.make_tensor_value_info(name, 1, None) for name in outputs]
        start = helper.make_tensor_value_info("x", 1, [batch, *self.shape])
        graph = helper.make_graph(self.nodes, "g", [start], ends, self.stored)
        versions = [helper.make_opsetid("", 13), helper.make_opsetid(QONNX, self.version)]
        return helper.make_model(graph, opset_imports=versions, ir_version=8)

    def save(self, folder: Path, *outputs: str) -> Path:
        """The file in a folder."""
        path = folder / "small.onnx"
        path.write_bytes(self.encoded(*outputs))
        return path


def small_mlp() -> Model:
    """Two layers whose scales are not powers of two; output ``y``."""
    rng = np.random.default_rng(1)
    model = Model((6,))
    x = model.quant("x", 0.11, 5)
    first = model.weights(rng.normal(0, 0.4, (6, 4)), rng.uniform(0.05, 0.1, 4))
    hidden = model.node("MatMul", [x, first])
    shifted = model.node("Add", [hidden, model.constant(rng.normal(0, 0.2, 4))])
    act = model.quant(model.node("Relu", [shifted]), 0.07, 3, signed=0)
    second = model.weights(rng.normal(0, 0.4, (4, 3)), 0.06)
    model.node("Gemm", [act, second, model.constant(rng.normal(0, 0.3, 3))], name="y")
    return model


def small_cnn() -> Model:
    """A convolution, a pool and a dense layer after a reshape whose shape is computed; output ``y``."""
    rng = np.random.default_rng(2)
    model = Model((2, 5, 4))
    x = model.quant("x", 0.21, 4, 3, signed=0)
    kernel = model.weights(rng.normal(0, 0.4, (3, 2, 3, 2)), rng.uniform(0.04, 0.1, (3, 1, 1, 1)))
    image = model.node("Conv", [x, kernel], kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[1, 2])
    pooled = model.node("MaxPool", [model.quant(image, 0.3019, 3)], kernel_shape=[2, 1], strides=[2, 1])
    batch = model.node("Gather", [model.node("Shape", [pooled]), model.constant(0, np.int64)], axis=0)
    sizes = [model.node("Unsqueeze", [batch, model.constant([0], np.int64)]), model.constant([-1], np.int64)]
    flat = model.node("Reshape", [pooled, model.node("Concat", sizes, axis=0)])
    dense = model.weights(rng.normal(0, 0.4, (12, 2)), 0.0519)
    model.quant(model.node("MatMul", [flat, dense]), 0.1013, 8, name="y")
    return model
