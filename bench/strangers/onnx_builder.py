"""Small quantized ONNX models, node by node, with scales of which no two have a simple ratio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

Array = NDArray[Any]
QONNX, ONNXRUNTIME = "qonnx.custom_op.general", "com.microsoft"
SCALE = 0.041268  # of inputs
_WEIGHT_SCALE = 0.019426
_SPREAD = 60  # of weight codes


class Builder:
    """A model being built; every method returns the name of the tensor that it adds.

    Args:
        shapes: Of the inputs ``x0``, ``x1``, ... without the batch axis.
        opset: Version of ONNX.
        kind: Type of the inputs.
    """

    def __init__(self, *shapes: tuple[int, ...], opset: int = 17, kind: int = TensorProto.FLOAT) -> None:
        self.opset, self.draw = opset, np.random.default_rng(3)
        self._shapes, self._kind = shapes, kind
        self._nodes: list[Any] = []
        self._stored: list[Any] = []

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        """A stored tensor."""
        name = f"c{len(self._stored)}"
        self._stored.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def whole(self, *values: int) -> str:
        """A stored list of int64."""
        return self.constant(values, np.int64)

    def nodes(
        self, operation: str, inputs: Sequence[str], count: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """A node with several outputs."""
        names = [f"t{len(self._nodes)}_{number}" if count > 1 else f"t{len(self._nodes)}" for number in range(count)]
        self._nodes.append(helper.make_node(operation, inputs, names, domain=domain, **attributes))
        return names

    def node(self, operation: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        return self.nodes(operation, inputs, 1, domain, **attributes)[0]

    def qdq(
        self, x: str, scale: Any = SCALE, zero: Any = 0, dtype: Any = np.int8, domain: str = "", **attributes: Any
    ) -> str:
        """QuantizeLinear and DequantizeLinear."""
        own = self.constant(scale), self.constant(zero, dtype)
        codes = self.node("QuantizeLinear", x, *own, domain=domain, **attributes)
        return self.node("DequantizeLinear", codes, *own, domain=domain, **attributes)

    def weights(self, shape: tuple[int, ...], axis: int | None = None, dtype: Any = np.int8, zero: int = 0) -> str:
        """Stored integers and their scale, or a scale for every place along an axis."""
        codes = self.draw.integers(zero - _SPREAD, zero + _SPREAD, shape)
        if axis is None:
            scale: Any = _WEIGHT_SCALE
            attributes: dict[str, Any] = {}
        else:
            scale, attributes = self.draw.uniform(0.5, 1.5, shape[axis]) * _WEIGHT_SCALE, {"axis": axis}
        zeros = self.constant(np.full(np.shape(scale), zero), dtype)
        return self.node("DequantizeLinear", self.constant(codes, dtype), self.constant(scale), zeros, **attributes)

    def normal(self, *shape: int, spread: float = 1.0) -> str:
        """Stored floats."""
        return self.constant(self.draw.normal(0, spread, shape))

    def quant(self, x: str, scale: Any = 0.125, bits: Any = 6, zero: float = 0, **attributes: Any) -> str:
        """A quantizer of QONNX."""
        stored = [self.constant(value) for value in (scale, zero, bits)]
        defaults: dict[str, Any] = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
        return self.node("Quant", x, *stored, domain=QONNX, **(defaults | attributes))

    def quant_weights(self, *shape: int, scale: Any = 0.0617) -> str:
        """Weights after a quantizer of QONNX."""
        return self.quant(self.normal(*shape, spread=0.5), scale, 5, narrow=1)

    def model(self, *outputs: str) -> ModelProto:
        """The model, of one event."""
        starts = [
            helper.make_tensor_value_info(f"x{number}", self._kind, [1, *shape])
            for number, shape in enumerate(self._shapes)
        ]
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(self._nodes, "g", starts, ends, self._stored)
        versions = [helper.make_opsetid(*pair) for pair in (("", self.opset), (QONNX, 1), (ONNXRUNTIME, 1))]
        return helper.make_model(graph, opset_imports=versions, ir_version=8)


Step = Callable[[Builder, str], str]
Cases = Mapping[str, Callable[[], ModelProto]]


def between(shape: tuple[int, ...], step: Step, opset: int = 17, scale: float = 0.20634) -> Callable[[], ModelProto]:
    """A step between a quantizer of the input and one of the result."""

    def make() -> ModelProto:
        builder = Builder(shape, opset=opset)
        return builder.model(builder.qdq(step(builder, builder.qdq("x0")), scale))

    return make


def of_two(
    step: Callable[[Builder, str, str], str],
    shapes: tuple[tuple[int, ...], tuple[int, ...]] = ((6,), (6,)),
    scales: tuple[float, float] = (SCALE, SCALE),
    zeros: tuple[int, int] = (0, 0),
) -> Callable[[], ModelProto]:
    """A step of two quantized inputs."""

    def make() -> ModelProto:
        builder = Builder(*shapes)
        pair = [builder.qdq(f"x{n}", scales[n], zeros[n]) for n in range(2)]
        return builder.model(builder.qdq(step(builder, *pair), 0.10317))

    return make
