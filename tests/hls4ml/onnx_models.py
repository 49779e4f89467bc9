"""QONNX models as written by brevitas and QKeras exporters: quantizers are nodes, images are channels first."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
from qonnx.util.cleanup import cleanup_model

_OPSETS = [helper.make_opsetid("", 13), helper.make_opsetid("qonnx.custom_op.general", 1)]
_UNIT: dict[str, Any] = {"strides": [1, 1], "pads": [0, 0, 0, 0], "dilations": [1, 1], "group": 1}


class QonnxBuilder:
    """A chain of nodes under construction; each method returns the name of its output."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, values: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=f"{kind}_{output}", domain=domain, **attributes)
        )
        return output

    def quant(self, source: str, output: str, scale: Any, bits: int, signed: bool, narrow: bool = False) -> str:
        roles = (("scale", scale), ("zero", 0.0), ("bits", float(bits)))
        inputs = [source, *(self.constant(f"{output}_{role}", value) for role, value in roles)]
        mode = {"signed": int(signed), "narrow": int(narrow), "rounding_mode": "ROUND"}
        return self.node("Quant", inputs, output, "qonnx.custom_op.general", **mode)

    def weight(self, name: str, *shape: int) -> str:
        values = self.constant(f"{name}_float", self.rng.normal(0, 0.5, shape))
        return self.quant(values, name, 2**-4, 5, signed=True, narrow=True)

    def dense(self, source: str, output: str, inputs: int, units: int) -> str:
        product = self.node("MatMul", [source, self.weight(f"{output}_w", inputs, units)], f"{output}_product")
        return self.node("Add", [product, self.weight(f"{output}_b", units)], output)

    def convolution(self, source: str, output: str, channels: int, filters: int, **more: Any) -> str:
        kernel = self.weight(f"{output}_w", filters, channels, 3, 3)
        bias = self.weight(f"{output}_b", filters)
        return self.node("Conv", [source, kernel, bias], output, kernel_shape=[3, 3], **(_UNIT | more))

    def relu(self, source: str, output: str) -> str:
        return self.quant(self.node("Relu", [source], f"{output}_relu"), output, 2**-3, 6, signed=False)

    def model(self, shape: list[int], output: str, units: int, channels_last: bool = False) -> ModelWrapper:
        """The model with inferred shapes, cleaned up as hls4ml requires."""
        ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in
                 (("x", [1, *shape]), (output, [1, units]))]  # fmt: skip
        graph = helper.make_graph(self.nodes, "net", ports[:1], ports[1:], self.constants)
        model = cleanup_model(ModelWrapper(helper.make_model(graph, opset_imports=_OPSETS)))
        if channels_last:
            model = cleanup_model(model.transform(ConvertToChannelsLastAndClean(make_input_channels_last=True)))
        return model


def perceptron() -> ModelWrapper:
    """Dense layers with quantized weights, quantized activations, a quantized output."""
    net = QonnxBuilder(3)
    x = net.quant("x", "x_q", 2**-4, 8, signed=True)
    for number, (inputs, units) in enumerate(((16, 20), (20, 12)), 1):
        x = net.relu(net.dense(x, f"fc{number}", inputs, units), f"a{number}")
    net.quant(net.dense(x, "fc3", 12, 5), "y", 2**-4, 10, signed=True)
    return net.model([16], "y", 5)


def reshaped() -> ModelWrapper:
    """Two reshapes, whose shape is a second input, around an activation."""
    net = QonnxBuilder(6)
    for name, shape in (("to_image", [1, 4, 4]), ("to_row", [1, 16])):
        net.constants.append(numpy_helper.from_array(np.array(shape, np.int64), name))
    x = net.quant("x", "x_q", 2**-4, 8, signed=True)
    x = net.relu(net.node("Reshape", [x, "to_image"], "image"), "a1")
    net.dense(net.node("Reshape", [x, "to_row"], "row"), "y", 16, 3)
    return net.model([16], "y", 3)


def convolutional() -> ModelWrapper:
    """Two convolutions, a pool, a skip connection and a dense layer; images are channels last, as in hls4ml."""
    net = QonnxBuilder(4)
    x = net.quant("x", "x_q", 2**-4, 8, signed=True)
    x = net.relu(net.convolution(x, "c1", 2, 4), "a1")
    x = net.node("MaxPool", [x], "p", kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0])
    more = net.relu(net.convolution(x, "c2", 4, 4, pads=[1, 1, 1, 1]), "a2")
    x = net.quant(net.node("Add", [x, more], "skip"), "a3", 2**-2, 6, signed=False)
    net.dense(net.node("Flatten", [x], "flat"), "y", 36, 3)
    return net.model([2, 8, 8], "y", 3, channels_last=True)


def scaled() -> ModelWrapper:
    """Weights with a scale for each channel, which hls4ml turns into a factor for each element of the image."""
    net = QonnxBuilder(5)
    x = net.quant("x", "x_q", 2**-4, 8, signed=True)
    values = net.constant("w_float", net.rng.normal(0, 0.4, (4, 2, 3, 3)))
    kernel = net.quant(values, "w", net.rng.uniform(0.05, 0.2, (4, 1, 1, 1)), 4, signed=True, narrow=True)
    x = net.relu(net.node("Conv", [x, kernel], "c", kernel_shape=[3, 3], **_UNIT), "a")
    net.node("MatMul", [net.node("Flatten", [x], "flat"), net.weight("fc_w", 64, 3)], "y")
    return net.model([2, 6, 6], "y", 3, channels_last=True)
