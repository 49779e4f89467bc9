"""ONNX: operations that move, pick, reduce and pool elements, and matrices in other places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto

from bench.strangers.onnx_builder import Builder, Cases, Step, between

_LARGE = 2**63 - 1
_IMAGE = (2, 6, 6)


def _op(operation: str, *stored: Any, opset: int = 17, **attributes: Any) -> Step:
    """An operation whose other inputs are stored integers."""
    return lambda b, x: b.node(operation, x, *(b.constant(value, np.int64) for value in stored), **attributes)


def _then(step: Step, *weights: int) -> Step:
    """A step, then a matrix."""
    return lambda b, x: b.node("MatMul", step(b, x), b.weights(weights))


def _convolved(step: Step) -> Step:
    return lambda b, x: b.node("Conv", step(b, x), b.weights((3, 2, 2, 2)))


def _split(shape: tuple[int, ...], opset: int, *sizes: int, **attributes: Any) -> Callable[[], ModelProto]:
    def make() -> ModelProto:
        b = Builder(shape, opset=opset)
        parts = b.nodes("Split", [b.qdq("x0"), *([b.whole(*sizes)] if sizes else [])], 2, axis=1, **attributes)
        return b.model(*(b.qdq(part, 0.20634) for part in parts))

    return make


def _flattened_by_shape(b: Builder, x: str) -> str:
    """The shape arithmetic of exporters."""
    batch = b.node("Unsqueeze", b.node("Gather", b.node("Shape", x), b.constant(0, np.int64)), b.whole(0))
    return b.node("Reshape", x, b.node("Concat", batch, b.whole(-1), axis=0))


def _rows(start: Step, step: Step, *shape: int) -> Step:
    """A step on rows of an event as if they were events."""
    return lambda b, x: b.node("Reshape", step(b, start(b, x)), b.whole(*shape))


def _perceptron(b: Builder, x: str) -> str:
    """Two layers that all rows share, with the normalization of PyTorch between them."""
    x = b.node("Gemm", x, b.weights((5, 4)), b.normal(5), transB=1)
    moments = b.normal(5), b.normal(5), b.normal(5), b.constant(b.draw.uniform(0.5, 2.0, 5))
    x = b.qdq(b.node("Relu", b.node("BatchNormalization", x, *moments)), 0.0317)
    return b.node("Add", b.node("MatMul", x, b.weights((5, 2))), b.normal(2))


def _weighted(equation: str, *weights: int) -> Step:
    return lambda b, x: b.node("Einsum", x, b.weights(weights), equation=equation)


def _resized(factor: int, mode: str, nearest: str) -> Callable[[], ModelProto]:
    def step(b: Builder, x: str) -> str:
        scales = b.constant([1, 1, factor, factor])
        return b.node("Resize", x, "", scales, coordinate_transformation_mode=mode, nearest_mode=nearest)

    return between((2, 3, 4), step)


CASES: Cases = {
    **{
        f"Resize by {factor}, {mode}, {nearest}": _resized(factor, mode, nearest)
        for factor, mode, nearest in (
            (2, "asymmetric", "floor"),
            (3, "asymmetric", "round_prefer_floor"),
            (2, "half_pixel", "ceil"),
            (3, "half_pixel", "round_prefer_ceil"),
        )
    },
    "Reshape, 0 and -1": between((4, 6), _then(_op("Reshape", [0, 3, -1]), 8, 2)),
    "Reshape, -1 for the batch": between((4, 6), _then(_op("Reshape", [-1, 6, 4]), 4, 2)),
    "Reshape, allowzero": between((4, 6), _then(_op("Reshape", [-1, 6, 4], allowzero=1), 4, 2)),
    "Squeeze": between((4, 1, 6), _then(_op("Squeeze", [-2]), 6, 2)),
    "Squeeze, attribute": between((4, 1, 6), _then(_op("Squeeze", axes=[2]), 6, 2), 11),
    "Unsqueeze": between((4, 6), _then(_op("Unsqueeze", [1, 3]), 6, 2)),
    "Unsqueeze, attribute": between((4, 6), _then(_op("Unsqueeze", axes=[2]), 6, 2), 11),
    "Flatten": between((3, 4, 2), _then(_op("Flatten"), 24, 2)),
    "Flatten, axis -3": between((3, 4, 2), _then(_op("Flatten", axis=-3), 24, 2)),
    "rows as events": between((3, 4), _rows(_op("Reshape", [-1, 4]), _perceptron, -1, 3, 2)),
    "rows as events, fixed batch": between((3, 4), _rows(_op("Reshape", [3, 4]), _perceptron, 1, 3, 2)),
    "rows as events, Flatten": between((3, 4), _rows(_op("Flatten", axis=2), _perceptron, -1, 6)),
    "rows as events, Transpose": between((3, 4), _rows(_op("Reshape", [3, 4]), _op("Transpose", perm=[1, 0]), 1, 12)),
    "Flatten, axis 2": between((3, 4, 2), _op("Flatten", axis=2)),
    "shape arithmetic": between((3, 4, 2), _then(_flattened_by_shape, 24, 2)),
    "Transpose": between((3, 4, 2), _then(_op("Transpose", perm=[0, 2, 3, 1]), 3, 2)),
    "Transpose of the batch": between((3, 4), _op("Transpose", perm=[1, 0, 2])),
    "Split in two": _split((6,), 17),
    "Split, sizes": _split((6,), 17, 2, 4),
    "Split, attribute": _split((6,), 11, split=[1, 5]),
    "Split, num_outputs": _split((7,), 18, num_outputs=2),
    "Slice": between((6, 5), _op("Slice", [1], [4], [1])),
    "Slice backwards": between((6, 5), _op("Slice", [-1], [-7], [1], [-2])),
    "Slice of two axes": between((6, 5), _op("Slice", [1, 0], [_LARGE, -1], [1, 2], [2, 1])),
    "Slice backwards to the end": between((6, 5), _op("Slice", [_LARGE], [-_LARGE], [1], [-1])),
    "Gather": between((6, 5), _op("Gather", [3, 0, -1], axis=1)),
    "Gather, one": between((6, 5), _op("Gather", 2, axis=-1)),
    "Gather, matrix": between((6, 5), _op("Gather", [[0, 1], [2, 3]], axis=1)),
    "GatherElements": between((6, 5), _op("GatherElements", [[[0, 1, 2, 3, 4]]], axis=1)),
    "Concat with itself": between((6, 5), lambda b, x: b.node("Concat", x, x, axis=2)),
    "Expand": between((1, 5), _op("Expand", [1, 3, 5])),
    "Tile": between((3, 5), _op("Tile", [1, 2, 1])),
    "Pad": between((2, 4, 5), _convolved(_op("Pad", [0, 0, 1, 1, 0, 0, 0, 2]))),
    "Pad, attribute": between((2, 4, 5), _convolved(_op("Pad", pads=[0, 0, 1, 1, 0, 0, 0, 2])), 10),
    "Pad, axes": between((2, 4, 5), _convolved(lambda b, x: b.node("Pad", x, b.whole(1, 2), "", b.whole(3))), 18),
    "Pad, reflect": between((2, 4, 5), _op("Pad", [0, 0, 1, 1, 0, 0, 0, 2], mode="reflect")),
    "Pad with a number": between((2, 4, 5), lambda b, x: b.node("Pad", x, b.whole(*[0, 0, 1, 1] * 2), b.constant(0.4))),
    "DepthToSpace": between((4, 3, 3), _op("DepthToSpace", blocksize=2)),
    "DepthToSpace, CRD": between((4, 3, 3), _op("DepthToSpace", blocksize=2, mode="CRD")),
    "SpaceToDepth": between((1, 4, 4), _op("SpaceToDepth", blocksize=2)),
    "CumSum": between((5,), _op("CumSum", 1)),
    "ReduceMean": between((3, 4, 5), _op("ReduceMean", axes=[2, 3], keepdims=0), scale=0.0837),
    "ReduceMean, axis -1": between((3, 4, 5), _op("ReduceMean", axes=[-1]), scale=0.0837),
    "ReduceMean, opset 18": between((3, 4, 5), _op("ReduceMean", [1]), 18, 0.0837),
    "ReduceSum": between((3, 4, 5), _op("ReduceSum", [1, 2], keepdims=0), scale=0.377),
    "ReduceSum, attribute": between((3, 4, 5), _op("ReduceSum", axes=[1], keepdims=0), 11),
    "ReduceSum of the batch": between((3,), _op("ReduceSum", [0])),
    "ReduceMax": between((3, 4, 5), _op("ReduceMax", axes=[3], keepdims=0)),
    "ReduceMin": between((3, 4, 5), _op("ReduceMin", axes=[3], keepdims=0)),
    "ReduceL1": between((3, 4), _op("ReduceL1", axes=[2])),
    "ReduceL2": between((3, 4), _op("ReduceL2", axes=[2])),
    "ReduceSumSquare": between((3, 4), _op("ReduceSumSquare", axes=[2], keepdims=0)),
    "MaxPool": between((2, 7, 6), _op("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])),
    "MaxPool, dilations": between((2, 7, 6), _op("MaxPool", kernel_shape=[2, 2], dilations=[2, 2])),
    "MaxPool, ceil_mode": between((2, 7, 6), _op("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)),
    "AveragePool": between(_IMAGE, _op("AveragePool", kernel_shape=[3, 3], strides=[3, 3]), scale=0.0837),
    "AveragePool, padded": between(
        _IMAGE, _op("AveragePool", kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1), scale=0.0837
    ),
    "AveragePool, border not counted": between(_IMAGE, _op("AveragePool", kernel_shape=[3, 3], pads=[1] * 4)),
    "GlobalAveragePool": between((2, 6, 5), _op("GlobalAveragePool"), scale=0.0837),
    "GlobalMaxPool": between((2, 6, 5), _op("GlobalMaxPool")),
    "LpPool": between(_IMAGE, _op("LpPool", kernel_shape=[2, 2])),
    "InstanceNormalization": between(_IMAGE, lambda b, x: b.node("InstanceNormalization", x, b.normal(2), b.normal(2))),
    "Einsum, pointwise": between((3, 4), _weighted("bnc,cd->bnd", 4, 5)),
    "Einsum, over rows": between((3, 4), _weighted("bnc,nm->bmc", 3, 5)),
    "Einsum, heads": between((3, 4), _weighted("bnc,chd->bhnd", 4, 2, 5)),
    "Einsum, all summed": between((3, 4), _weighted("bnc,ncd->bd", 3, 4, 2)),
    "Einsum, groups": between((3, 4), _weighted("bnc,ncd->bnd", 3, 4, 2)),
    "Einsum, groups of positions": between((5, 3, 4), _weighted("bpnc,dnc->bdpn", 2, 3, 4)),
    "Einsum, groups, scale per channel": between(
        (3, 4), lambda b, x: b.node("Einsum", x, b.weights((3, 4, 2), 2), equation="bnc,ncd->bnd")
    ),
    "Einsum, elements": between((3, 4), _weighted("bnc,nc->bnc", 3, 4)),
    "MatMul, a matrix per head": between((3, 2, 4), lambda b, x: b.node("MatMul", x, b.weights((3, 4, 5), 0))),
    "Einsum, constant first": between(
        (3, 4), lambda b, x: b.node("Einsum", b.weights((5, 4)), x, equation="dc,bnc->bnd")
    ),
    "MatMul, weights of rank 3": between((3, 4), lambda b, x: b.node("MatMul", x, b.weights((1, 4, 2)))),
    "MatMul, weights per row": between((3, 4), lambda b, x: b.node("MatMul", x, b.weights((3, 4, 2)))),
    "MatMul, vector": between((3, 4), lambda b, x: b.node("MatMul", x, b.weights((4,)))),
    "MatMul from the left": between((3, 4), lambda b, x: b.node("MatMul", b.weights((2, 3)), x)),
    "MatMul with its transpose": between(
        (3, 4), lambda b, x: b.node("MatMul", x, b.node("Transpose", x, perm=[0, 2, 1]))
    ),
}
