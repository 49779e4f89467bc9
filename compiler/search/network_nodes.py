"""A candidate with weights as the nodes of an ONNX file: floats for a calibration, or QONNX with all quantizers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.frontend.onnx.onnx_file import OnnxModel, OnnxNode
from bxnn.compiler.frontend.onnx.onnx_tensor import StoredTensor
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.search.layer_plan import INPUT, MEAN, LayerPlan, Weights
from bxnn.compiler.search.standardization import Standardization

OPSET = 13
QONNX = "qonnx.custom_op.general"
_OPERATIONS = {"relu": "Relu", "tanh": "Tanh"}


@dataclass(frozen=True)
class LayerTypes:
    """Formats of a layer.

    Attributes:
        kernel: One for every output channel, or one for all; the weights are on these grids already.
        result: Of the activation after it; ``None`` for the last layer.
    """

    kernel: tuple[FixedQuantizer, ...]
    result: FixedQuantizer | None


@dataclass
class _Nodes:
    nodes: list[OnnxNode] = field(default_factory=list)
    constants: dict[str, StoredTensor] = field(default_factory=dict)

    def add(self, op: str, inputs: tuple[str, ...], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(OnnxNode(op, domain, inputs, (output,), attributes, 1 if domain else OPSET))
        return output

    def constant(self, name: str, values: Reals | float, kind: str = "float32") -> str:
        """A stored tensor; float32 must hold it exactly if it is not an arbitrary real number."""
        stored = np.asarray(values, np.float32 if kind == "float32" else np.int64)
        self.constants[name] = StoredTensor(stored, kind)
        return name

    def exact(self, name: str, values: Reals) -> str:
        if not np.array_equal(values.astype(np.float32).astype(np.float64), values):
            raise InternalError(name, "a quantized constant does not fit float32")
        return self.constant(name, values)

    def quantized(
        self, read: str, output: str, types: tuple[FixedQuantizer, ...], columns: tuple[int, ...] = (1, -1)
    ) -> str:
        """A `Quant` node; several types differ in their scale only, one for each output, whose axis is -1."""
        first = types[0]
        lsbs = np.array([one.format.lsb for one in types])
        scale = self.exact(f"{output}_scale", lsbs.reshape(()) if len(types) == 1 else lsbs.reshape(columns))
        zero = self.constant(f"{output}_zero_point", 0.0)
        bits = self.constant(f"{output}_bits", float(first.format.bits))
        symmetric = first.overflow is Overflow.SAT_SYM
        how = {"signed": int(first.format.signed), "narrow": int(symmetric), "rounding_mode": "ROUND"}
        return self.add("Quant", (read, scale, zero, bits), output, QONNX, **how)

    def layer(self, plan: LayerPlan, read: str, kernel: str, bias: str) -> str:
        """A convolution, or a matrix product of a vector or of each row."""
        if plan.window:
            return self.add("Conv", (read, kernel, bias), plan.name, kernel_shape=(plan.window, plan.window))
        if plan.rows:
            product = self.add("MatMul", (read, kernel), plan.name)
            return self.add("Add", (product, bias), f"{plan.name}_sum")
        flat = read if plan.image is None else self.add("Flatten", (read,), f"{plan.name}_flat", axis=1)
        return self.add("Gemm", (flat, kernel, bias), plan.name)

    def mean(self, read: str) -> str:
        """The mean over all rows."""
        return self.add("ReduceMean", (read,), MEAN, axes=(1,), keepdims=0)

    def model(self, shape: tuple[int, ...], output: str) -> OnnxModel:
        return OnnxModel(tuple(self.nodes), self.constants, {INPUT: (None, *shape)}, (output,))


def float_nodes(plans: tuple[LayerPlan, ...], weights: Weights) -> OnnxModel:
    """The float network for a calibration; it reads standardised features in a row, or images with channels first."""
    made, tensor, first = _Nodes(), INPUT, plans[0]
    shape: tuple[int, ...] = (first.inputs,)
    if first.window and first.image is not None:
        shape = (first.image[2], *first.image[:2])
    if first.rows:
        shape = (first.rows, first.inputs)
    for plan in plans:
        own = weights[plan.name]
        if plan.averaged:
            tensor = made.mean(tensor)
        kernel = made.constant(f"{plan.name}_kernel", stored_kernel(plan, own.kernel))
        tensor = made.layer(plan, tensor, kernel, made.constant(f"{plan.name}_bias", own.bias))
        if plan.activation is not None:
            tensor = made.add(_OPERATIONS[plan.activation], (tensor,), plan.activation_name)
    return made.model(shape, tensor)


def quantized_nodes(
    plans: tuple[LayerPlan, ...],
    weights: Weights,
    types: Mapping[str, LayerTypes],
    host: tuple[Standardization, FixedQuantizer],
    shape: tuple[int, ...],
) -> OnnxModel:
    """The network of the firmware, which reads raw features.

    Args:
        plans: Its layers.
        weights: On the grids of their types.
        types: By layer; that of the mean over rows, too.
        host: What the host does to features, and the format to which it rounds them.
        shape: Shape of an event.

    Source: QONNX, ``Quant`` of domain qonnx.custom_op.general, version 1.
    """
    made = _Nodes()
    standard, tensor = host[0], INPUT
    if standard.changes:
        tensor = made.add("Sub", (tensor, made.constant("means", standard.means)), "centred")
        tensor = made.add("Mul", (tensor, made.constant("factors", standard.factors)), "standardised")
    tensor = made.quantized(tensor, "quantized", (host[1],))
    if plans[0].window:
        tensor = made.add("Transpose", (tensor,), "channels_first", perm=(0, 3, 1, 2))
    elif len(shape) > 1 and not plans[0].rows:
        tensor = made.add("Flatten", (tensor,), "flat", axis=1)
    for plan in plans:
        own, chosen = weights[plan.name], types[plan.name]
        if plan.averaged:
            mean = types[MEAN].result
            assert mean is not None
            tensor = made.quantized(made.mean(tensor), f"{MEAN}_quantized", (mean,))
        stored = made.exact(f"{plan.name}_kernel", stored_kernel(plan, own.kernel))
        columns = (-1, 1, 1, 1) if plan.window else (1, -1)
        kernel = made.quantized(stored, f"{plan.name}_kernel_quantized", chosen.kernel, columns)
        tensor = made.layer(plan, tensor, kernel, made.exact(f"{plan.name}_bias", own.bias))
        if plan.activation is not None:
            assert chosen.result is not None
            smooth = made.add(_OPERATIONS[plan.activation], (tensor,), plan.activation_name)
            tensor = made.quantized(smooth, f"{plan.activation_name}_quantized", (chosen.result,))
    return made.model(shape, tensor)


def stored_kernel(plan: LayerPlan, kernel: Reals) -> Reals:
    """A kernel in the order of ONNX: filters and channels of a convolution come first."""
    return kernel.transpose(3, 2, 0, 1) if plan.window else kernel
