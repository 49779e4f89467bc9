"""Float ONNX networks with their weights as floats, for which types come from a calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from bxnn.compiler.frontend.keras.qkeras_weights import ExactWeights
from bxnn.compiler.frontend.names import legal_name, printable
from bxnn.compiler.frontend.onnx.onnx_file import OnnxModel, OnnxNode
from bxnn.compiler.frontend.onnx.onnx_tensor import StoredTensor
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter, Reals
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import Rectifier
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.batchnorm import BatchNorm, ShortFraction
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.curve import CurveLayer
from bxnn.layers.dense import Dense
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape
from bxnn.layers.sigmoid import SigmoidLayer
from bxnn.layers.slope import SlopeLayer
from bxnn.layers.softmax import SoftmaxLayer

_IMAGE = 3  # axes of an image without the batch


class NotFloatError(Exception):
    """The network has something that this reader does not read."""


@dataclass
class _Reading:
    """Layers so far; inside, channels are the last axis.

    Attributes:
        model: The file.
        layers: In order.
        shapes: Shape of each layer's result.
        constants: Stored arrays by name, and other names of them.
        made: The layer of each tensor of the file.
        renames: Tensors whose layers have other names.
    """

    model: OnnxModel
    constants: dict[str, StoredTensor]
    layers: list[Layer] = field(default_factory=list)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    renames: dict[str, str] = field(default_factory=dict)

    def add(self, tensor: str, make: Callable[[str], Layer]) -> str:
        """Append the layer of a tensor."""
        name = legal_name(tensor, self.shapes)
        layer = make(name)
        self.shapes[name] = tuple(layer.output_shape([self.shapes[source] for source in layer.inputs]))
        self.layers.append(layer)
        self.made[tensor] = name
        if name != tensor:
            self.renames[name] = printable(tensor)
        return name

    def source(self, node: OnnxNode) -> str:
        """The layer that a node reads first."""
        if not node.inputs or node.inputs[0] not in self.made:
            raise NotFloatError
        return self.made[node.inputs[0]]

    def constant(self, node: OnnxNode, index: int) -> Reals:
        """A stored array that a node reads."""
        if index >= len(node.inputs) or node.inputs[index] not in self.constants:
            raise NotFloatError
        values = np.asarray(self.constants[node.inputs[index]].values)
        if values.dtype.kind != "f" or not np.isfinite(values).all():
            raise NotFloatError
        return values

    def bias(self, node: OnnxNode, outputs: int) -> Parameter | None:
        """The third input of a linear node."""
        if len(node.inputs) <= 2 or not node.inputs[2]:
            return None
        return Parameter(np.resize(self.constant(node, 2), outputs), ExactWeights(node.subject, "bias_quantizer"))


def float_onnx(name: str, model: OnnxModel) -> Graph | None:
    """The graph of a float network; ``None`` if it has quantizers or operations that this reader does not read.

    Args:
        name: Name of the graph.
        model: The file.

    Raises:
        ModelError: If shapes do not fit together.
    """
    reading = _Reading(model, dict(model.constants))
    try:
        for tensor, shape in model.inputs.items():
            sizes = tuple(size for size in shape[1:] if size)
            if len(sizes) != len(shape) - 1 or len(sizes) not in (1, _IMAGE):
                return None
            own = reading.add(tensor, lambda called, size=sizes: Input(called, (), size))  # type: ignore[misc]
            if len(sizes) == _IMAGE:
                last = legal_name(f"{tensor}_last", reading.shapes)
                reading.add(last, lambda called, read=own: Permute(called, (read,), (1, 2, 0)))  # type: ignore[misc]
                reading.made[tensor] = last
        for node in model.nodes:
            if node.domain or len(node.outputs) != 1 or node.op not in _READERS:
                return None
            _READERS[node.op](reading, node)
        if any(len(reading.shapes[reading.made[output]]) != 1 for output in model.outputs):
            return None
        outputs = tuple(reading.made[output] for output in model.outputs)
    except (NotFloatError, KeyError, IndexError, ValueError, TypeError):
        return None
    return Graph(name, tuple(reading.layers), outputs, renames=reading.renames)


def _gemm(reading: _Reading, node: OnnxNode) -> None:
    if node.attributes.get("alpha", 1.0) != 1.0 or node.attributes.get("beta", 1.0) != 1.0:
        raise NotFloatError
    kernel = reading.constant(node, 1)
    kernel = kernel.T if node.attributes.get("transB", 0) else kernel
    if node.attributes.get("transA", 0) or kernel.ndim != 2:
        raise NotFloatError
    own = Parameter(kernel, ExactWeights(node.subject, "kernel_quantizer"))
    bias = reading.bias(node, kernel.shape[1])
    reading.add(node.outputs[0], lambda name: Dense(name, (reading.source(node),), own, bias))


def _added(reading: _Reading, node: OnnxNode) -> None:
    """A constant after a matrix product is its bias."""
    layer = reading.layers[-1]
    readers = sum(node.inputs[0] in other.inputs for other in reading.model.nodes)
    if not isinstance(layer, Dense) or layer.bias is not None or layer.name != reading.source(node) or readers > 1:
        raise NotFloatError
    own = Parameter(
        np.resize(reading.constant(node, 1), layer.channels()), ExactWeights(node.subject, "bias_quantizer")
    )
    reading.layers.pop()
    del reading.shapes[layer.name]
    reading.renames.pop(layer.name, None)
    reading.add(node.outputs[0], lambda name: Dense(name, layer.inputs, layer.kernel, own))


def _window(node: OnnxNode, size: tuple[int, ...]) -> Window:
    attributes = node.attributes
    if attributes.get("auto_pad", "NOTSET") not in ("NOTSET", b"NOTSET") or attributes.get("ceil_mode", 0):
        raise NotFloatError
    strides, dilations = (tuple(attributes.get(key, (1, 1))) for key in ("strides", "dilations"))
    pads = tuple(attributes.get("pads", (0, 0, 0, 0)))
    if len(size) != 2 or tuple(attributes.get("kernel_shape", size)) != size:
        raise NotFloatError
    return Window(size, strides, dilations, pads[:2], pads[2:])


def _conv(reading: _Reading, node: OnnxNode) -> None:
    stored, groups = reading.constant(node, 1), node.attributes.get("group", 1)
    window = _window(node, stored.shape[2:])
    kernel = Parameter(np.moveaxis(stored, (0, 1), (-1, -2)), ExactWeights(node.subject, "kernel_quantizer"))
    bias = reading.bias(node, stored.shape[0])
    reading.add(node.outputs[0], lambda name: Conv2D(name, (reading.source(node),), kernel, bias, window, groups))


def _pool(reading: _Reading, node: OnnxNode) -> None:
    window = _window(node, tuple(node.attributes["kernel_shape"]))
    reading.add(node.outputs[0], lambda name: MaxPool2D(name, (reading.source(node),), window))


def _flat(reading: _Reading, node: OnnxNode) -> None:
    """The elements in the order of the file, channels first."""
    if node.attributes.get("axis", 1) != 1:
        raise NotFloatError
    source = reading.source(node)
    if len(reading.shapes[source]) == 1:
        reading.made[node.outputs[0]] = source
        return
    first = reading.add(f"{node.outputs[0]}_first", lambda name: Permute(name, (source,), (2, 0, 1)))
    size = math.prod(reading.shapes[first])
    reading.add(node.outputs[0], lambda name: Reshape(name, (first,), (size,)))


def _normalization(reading: _Reading, node: OnnxNode) -> None:
    """Source: ONNX ``BatchNormalization``: ``(x - mean) / sqrt(variance + epsilon) * scale + bias``, in float64."""
    scale, shift, mean, variance = (reading.constant(node, index).astype(np.float64) for index in range(1, 5))
    factor = scale / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
    parts = [
        Parameter(values, ShortFraction(node.subject, printable(node.outputs[0]), what))
        for what, values in (("factor", factor), ("shift", shift - mean * factor))
    ]
    reading.add(node.outputs[0], lambda name: BatchNorm(name, (reading.source(node),), *parts))


def _same(reading: _Reading, node: OnnxNode) -> None:
    """The same tensor under another name; torch stores equal arrays once and names the others so."""
    if node.inputs[0] in reading.constants:
        reading.constants[node.outputs[0]] = reading.constants[node.inputs[0]]
        return
    reading.made[node.outputs[0]] = reading.source(node)


def _element(make: Callable[[str, tuple[str, ...], OnnxNode], Layer]) -> Callable[[_Reading, OnnxNode], None]:
    return lambda reading, node: (
        reading.add(node.outputs[0], lambda name: make(name, (reading.source(node),), node)),
        None,
    )[1]


_READERS: Mapping[str, Callable[[_Reading, OnnxNode], None]] = MappingProxyType(
    {
        "Gemm": _gemm,
        "MatMul": _gemm,
        "Add": _added,
        "Conv": _conv,
        "MaxPool": _pool,
        "Flatten": _flat,
        "BatchNormalization": _normalization,
        "Identity": _same,
        "Dropout": _same,
        "Relu": _element(lambda name, inputs, _: ActivationLayer(name, inputs, Rectifier())),
        "LeakyRelu": _element(
            lambda name, inputs, node: SlopeLayer.of(name, inputs[0], np.array([node.attributes.get("alpha", 0.01)]))
        ),
        "Tanh": _element(lambda name, inputs, _: CurveLayer(name, inputs, Smooth(Curve.TANH))),
        "Softplus": _element(lambda name, inputs, _: CurveLayer(name, inputs, Smooth(Curve.SOFTPLUS))),
        "Sigmoid": _element(lambda name, inputs, _: SigmoidLayer(name, inputs)),
        "Softmax": _element(lambda name, inputs, _: SoftmaxLayer(name, inputs)),
    }
)
