"""Every operation that the front end reads, and the messages for those that it knows but does not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bxnn.compiler.frontend.onnx import (
    constant_ops,
    copy_ops,
    einsum_ops,
    element_ops,
    final_ops,
    linear_ops,
    pair_ops,
    pool_ops,
    quantizer_ops,
    shape_ops,
    trunc_ops,
)
from bxnn.compiler.frontend.onnx.channels_last_ops import channels_last
from bxnn.compiler.frontend.onnx.event_rows import read_on_rows, reads_rows
from bxnn.compiler.frontend.onnx.node_reader import NodeReader
from bxnn.compiler.frontend.onnx.values import Constant, Value
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.host_quantizer import HostOperation
from bxnn.compiler.numeric.smooth import Curve

_Reader = Callable[[NodeReader], Value | tuple[Value, ...]]

ONNX: Mapping[str, _Reader] = MappingProxyType(
    {
        "Abs": pair_ops.absolute,
        "Add": element_ops.arithmetic(HostOperation.ADD),
        "ArgMax": final_ops.arg_max,
        "AveragePool": pool_ops.average_pool,
        "BatchNormalization": element_ops.batch_normalization,
        "Cast": constant_ops.cast,
        "Celu": element_ops.celu,
        "Clip": element_ops.clip,
        "Concat": shape_ops.concat,
        "Constant": constant_ops.constant,
        "ConstantOfShape": constant_ops.constant_of_shape,
        "Conv": linear_ops.conv,
        "DepthToSpace": copy_ops.depth_to_space,
        "DequantizeLinear": quantizer_ops.dequantize_linear,
        "Div": element_ops.arithmetic(HostOperation.DIVIDE),
        "Dropout": element_ops.identity,
        "Einsum": einsum_ops.einsum,
        "Elu": element_ops.curve(Curve.ELU),
        "Erf": element_ops.curve(Curve.ERF),
        "Expand": copy_ops.expand,
        "Exp": element_ops.curve(Curve.EXP),
        "Flatten": shape_ops.flatten,
        "Gather": shape_ops.gather,
        "Gelu": element_ops.curve(Curve.GELU),
        "Gemm": linear_ops.gemm,
        "GlobalAveragePool": pool_ops.global_pool(average=True),
        "GlobalMaxPool": pool_ops.global_pool(average=False),
        "HardSigmoid": element_ops.hard_sigmoid,
        "HardSwish": element_ops.curve(Curve.HARD_SILU),
        "Identity": element_ops.identity,
        "LeakyRelu": element_ops.leaky_relu,
        "MatMul": linear_ops.matmul,
        "Max": pair_ops.extreme(largest=True),
        "Mean": pair_ops.averaged,
        "Min": pair_ops.extreme(largest=False),
        "MaxPool": pool_ops.max_pool,
        "Mul": element_ops.arithmetic(HostOperation.MULTIPLY),
        "Neg": element_ops.negative,
        "Pad": shape_ops.pad,
        "Pow": pair_ops.power,
        "PRelu": element_ops.prelu,
        "QuantizeLinear": quantizer_ops.quantize_linear,
        "ReduceMax": pool_ops.reduced_max,
        "ReduceMean": pool_ops.reduced(average=True),
        "ReduceMin": pool_ops.reduced_min,
        "ReduceSum": pool_ops.reduced(average=False),
        "ReduceSumSquare": pool_ops.reduced(average=False, square=True),
        "Relu": element_ops.relu,
        "Reshape": shape_ops.reshape,
        "Resize": copy_ops.resize,
        "Shape": shape_ops.shape_of,
        "Selu": element_ops.curve(Curve.SELU),
        "Sigmoid": element_ops.curve(Curve.SIGMOID),
        "Slice": shape_ops.slice_,
        "LogSoftmax": final_ops.softmax,
        "Softmax": final_ops.softmax,
        "Softsign": element_ops.curve(Curve.SOFTSIGN),
        "SpaceToDepth": copy_ops.space_to_depth,
        "Softplus": element_ops.curve(Curve.SOFTPLUS),
        "Split": copy_ops.split,
        "Squeeze": shape_ops.squeeze,
        "Sub": element_ops.arithmetic(HostOperation.SUBTRACT),
        "Sum": pair_ops.summed,
        "Tanh": element_ops.curve(Curve.TANH),
        "Tile": copy_ops.tile,
        "TopK": final_ops.top_k,
        "Transpose": shape_ops.transpose,
        "Upsample": copy_ops.resize,
        "Unsqueeze": shape_ops.unsqueeze,
    }
)
QONNX: Mapping[str, _Reader] = MappingProxyType(
    {
        "BipolarQuant": quantizer_ops.bipolar_quant,
        "IntQuant": quantizer_ops.quant,
        "MultiThreshold": trunc_ops.multi_threshold,
        "Quant": quantizer_ops.quant,
        "Trunc": trunc_ops.trunc,
    }
)
# Contributed operations of onnxruntime that mean the same as those of ONNX.
_ONNXRUNTIME: Mapping[str, _Reader] = MappingProxyType(
    {name: ONNX[name] for name in ("DequantizeLinear", "Gelu", "QuantizeLinear")}
)
_CHANNELS_LAST: Mapping[str, _Reader] = MappingProxyType(
    {
        "BatchNormalization": channels_last(element_ops.batch_normalization, 1),
        "Conv": channels_last(linear_ops.conv, 2),
        "MaxPool": channels_last(pool_ops.max_pool, 1),
    }
)
_DOMAINS: Mapping[str, Mapping[str, _Reader]] = MappingProxyType(
    {
        "": ONNX,
        "com.microsoft": _ONNXRUNTIME,
        "qonnx.custom_op.channels_last": _CHANNELS_LAST,
        **dict.fromkeys(("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general"), QONNX),
    }
)
_LIKE = 0.85  # likeness of a misspelled name
_ON_INTEGERS = ("ConvInteger", "MatMulInteger", "MatMulIntegerToFloat", "QAttention", "QGemm")
# Operations with a specific way out.
_ADVICE = {
    "DynamicQuantizeLinear": "finds its scale at run time; export QDQ with static scales",
    **dict.fromkeys(("If", "Loop", "Scan"), "contains a graph; export the model without it"),
    "FloatQuant": "quantizes to floating point; use Quant with integers",
    "ConvTranspose": "is not supported; use Conv after an upsampling on the host",
    **dict.fromkeys(("LSTM", "GRU", "RNN"), "is recurrent; only Keras models may be"),
}


def read_node(node: NodeReader) -> Value | tuple[Value, ...]:
    """The value that a node writes, or those of several outputs.

    Raises:
        ModelError: If the operation, or an attribute, is not supported exactly.
    """
    operation = node.node.op
    known = _DOMAINS.get(node.node.domain)
    if known is None:
        raise node.refuse(f"domain {node.node.domain!r} is unknown; use operations of ONNX and QONNX")
    if operation.startswith("QLinear") or operation in _ON_INTEGERS:
        raise node.refuse("computes on integers; export QDQ")
    if operation in _ADVICE:
        raise node.refuse(_ADVICE[operation])
    if operation in constant_ops.FOLDED and all(isinstance(value, Constant) for value in node.values):
        return constant_ops.folded(node)
    if operation not in known:
        listed = "docs/model_files.md lists those that are"
        raise node.refuse(f"operation {unknown(operation, known, 'is not supported', _LIKE, listed)}")
    return read_on_rows(node, known[operation]) if reads_rows(node) else known[operation](node)
