"""Models of HGQ2, each around one layer or one way of connecting layers."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


class Names:
    """The layers of HGQ2, and those of Keras that HGQ2 does not have, by name; and models of them."""

    def __init__(self) -> None:
        self._places = [importlib.import_module(name) for name in ("hgq.layers", "keras.layers")]
        self._keras, self._config = importlib.import_module("keras"), importlib.import_module("hgq.config")

    def __getattr__(self, name: str) -> Any:
        return next(getattr(place, name) for place in self._places if hasattr(place, name))

    def chain(self, shape: tuple[int, ...], *layers: Any) -> Any:
        """A Sequential model."""
        return self._keras.Sequential([self.Input(shape), *layers])

    def model(self, function: Callable[..., Any], *shapes: tuple[int, ...]) -> Any:
        """A functional model."""
        inputs = [self.Input(shape, name=f"in{number}") for number, shape in enumerate(shapes)]
        return self._keras.Model(inputs if len(inputs) > 1 else inputs[0], function(*inputs))

    def rounded(self, x: Any) -> Any:
        """A tensor after a quantizer."""
        return self.Quantizer(self._config.QuantizerConfig(place="datalane"))(x)

    def end(self, x: Any) -> Any:
        """A dense layer of all elements."""
        return self.QDense(3)(self.Flatten()(x))


Case = Callable[[Names], Any]


def _between(shape: tuple[int, ...], make: Callable[[Names], Any]) -> Case:
    """One layer, or a list of them, and a dense layer."""

    def case(h: Names) -> Any:
        made = make(h)
        return h.chain(shape, *(made if isinstance(made, list) else [made]), h.Flatten(), h.QDense(3))

    return case


def _after_dense(make: Callable[[Names], Any]) -> Case:
    return _between((8,), lambda h: [h.QDense(6), *(m if isinstance(m := make(h), list) else [m])])


def _tabulated(name: str) -> Case:
    return _after_dense(lambda h: h.QUnaryFunctionLUT(name))


def _einsum(equation: str, output: Any, bias: str | None = None, **more: Any) -> Case:
    kind = "QEinsumDenseBatchnorm" if more.pop("normalized", False) else "QEinsumDense"
    return _between((5, 4), lambda h: getattr(h, kind)(equation, output, bias_axes=bias, **more))


def _pair(kind: str, **more: Any) -> Case:
    """A merge of two branches."""
    return lambda h: h.model(
        lambda x: h.end(getattr(h, kind)(**more)([h.QDense(5, activation="relu")(x), h.QDense(5)(x)])), (6,)
    )


def _conv(rank: int, **more: Any) -> Case:
    shape = (9, 4) if rank == 1 else (7, 6, 4)
    return _between(shape, lambda h: getattr(h, f"QConv{rank}D")(4, 3, activation="relu", **more))


def _shared(h: Names) -> Any:
    layer = h.QDense(4, activation="relu")
    return h.model(lambda x, y: h.end(h.QAdd()([layer(x), layer(y)])), (5,), (5,))


def _nested(h: Names) -> Any:
    inner = h.model(lambda x: h.QDense(4)(h.QDense(4, activation="relu")(x)), (5,))
    return h.model(lambda x, y: h.end(h.QAdd()([inner(x), inner(y)])), (5,), (5,))


CASES: Mapping[str, Case] = {
    "QDense": _after_dense(lambda h: h.ReLU()),
    "QDense, no bias": _between((8,), lambda h: h.QDense(6, use_bias=False, activation="relu")),
    "QDense, oq": _between((8,), lambda h: h.QDense(6, enable_oq=True, activation="relu")),
    "QDense of rank 3": _between((3, 2, 4), lambda h: h.QDense(6, activation="relu")),
    "relu6": _between((8,), lambda h: h.QDense(6, activation="relu6")),
    "leaky_relu of sums": _between((8,), lambda h: h.QDense(6, activation="leaky_relu")),
    "LeakyReLU 0.25": _after_dense(lambda h: h.LeakyReLU(negative_slope=0.25)),
    "ReLU with a maximum": _after_dense(lambda h: h.ReLU(max_value=2.0)),
    "tanh of sums": _between((8,), lambda h: h.QDense(6, activation="tanh")),
    "lambda": _between((8,), lambda h: h.QDense(6, activation=lambda x: abs(x) + x)),
    **{f"QUnaryFunctionLUT, {name}": _tabulated(name) for name in ("silu", "gelu", "tanh")},
    "QUnaryFunctionLUT, formats per element": _after_dense(
        lambda h: h.QUnaryFunctionLUT("sigmoid", allow_heterogeneous_table=True)
    ),
    "QAffinedUnaryFunctionLUT": _after_dense(lambda h: h.QAffinedUnaryFunctionLUT("tanh")),
    "QBatchNormDense": _between((8,), lambda h: h.QBatchNormDense(6, activation="relu")),
    "QBatchNormalization": _after_dense(lambda h: h.QBatchNormalization()),
    "QBatchNormalization, no center": _after_dense(lambda h: h.QBatchNormalization(center=False)),
    "QBatchNormalization, no scale": _after_dense(lambda h: h.QBatchNormalization(scale=False, epsilon=0.01)),
    "QBatchNormalization first": _between((8,), lambda h: h.QBatchNormalization()),
    "einsum of rows": _einsum("bnc,cd->bnd", (5, 6), "d", activation="relu"),
    "einsum over rows": _einsum("bnc,nm->bmc", (3, 4), "m"),
    "einsum, groups": _einsum("bnc,ncd->bnd", (5, 3), "nd"),
    "einsum, all summed": _einsum("bnc,ncd->bd", (6,), "d"),
    "einsum, elements": _einsum("bnc,nc->bnc", (5, 4), "nc"),
    "einsum, heads": _einsum("bnc,chd->bnhd", (5, 2, 3)),
    "einsum, transposed": _einsum("bnc,cd->bdn", (6, 5)),
    "einsum, sum first": _einsum("bnc,cd->bd", (6,)),
    "QEinsumDenseBatchnorm": _einsum("bnc,cd->bnd", (5, 6), "d", normalized=True),
    "QEinsumDenseBatchnorm, no scale": _einsum("bnc,cd->bnd", (5, 6), "d", normalized=True, scale=False),
    "QEinsumDenseBatchnorm over rows": _einsum("bnc,nm->bmc", (3, 4), "m", normalized=True),
    **{f"QConv1D, {p}": _conv(1, padding=p) for p in ("valid", "same")},
    "QConv1D, strides": _conv(1, strides=2, padding="same"),
    "QConv1D, dilated": _conv(1, dilation_rate=2, padding="same"),
    "QConv1D, groups": _conv(1, groups=2),
    "QConv2D": _conv(2, use_bias=False),
    "QConv2D, strides": _conv(2, strides=(2, 1), padding="same"),
    "QConv2D, dilated": _conv(2, dilation_rate=2),
    "QConv2D, groups": _conv(2, groups=2),
    "QConv3D": _between((4, 4, 4, 1), lambda h: h.QConv3D(2, 2)),
    **{
        f"{kind}2D, {p}": _between((7, 7, 2), lambda h, k=kind, p=p: getattr(h, f"{k}2D")(2, padding=p))  # type: ignore[misc]
        for kind in ("QMaxPooling", "QAveragePooling")
        for p in ("valid", "same")
    },
    "QAveragePooling1D of 3": _between((9, 2), lambda h: h.QAveragePooling1D(3)),
    "QGlobalAveragePooling1D": _between((8, 3), lambda h: h.QGlobalAveragePooling1D()),
    "QGlobalMaxPooling2D": _between((6, 6, 3), lambda h: h.QGlobalMaxPooling2D()),
    "Flatten first": _between((4, 3), lambda h: h.Flatten()),
    "Permute first": _between((4, 3), lambda h: h.Permute((2, 1))),
    "Cropping, ZeroPadding, UpSampling": _between(
        (8, 8, 2), lambda h: [h.Cropping2D(((1, 2), (0, 1))), h.QConv2D(3, 3), h.ZeroPadding2D(1), h.UpSampling2D(2)]
    ),
    **{
        kind: _pair(kind)
        for kind in ("QAdd", "QSubtract", "QMultiply", "QMaximum", "QMinimum", "QAveragePow2", "Add", "Concatenate")
    },
    "QDot": _pair("QDot", axes=1),
    "QEinsum": _pair("QEinsum", equation="bi,bj->bij"),
    "QSum": _between((6, 4), lambda h: h.QSum(axes=1, scale=0.25)),
    "QMeanPow2 of 3": _between((3, 4), lambda h: h.QMeanPow2(axes=(1,))),
    "broadcast": lambda h: h.model(lambda x: h.end(h.QAdd()([x, h.QSum(axes=1, keepdims=True)(x)])), (4, 6)),
    "slice": lambda h: h.model(lambda x: h.end(h.QDense(3)(x[:, 1:3])), (4, 5)),
    "arithmetic": lambda h: h.model(lambda x: h.QDense(2)(h.rounded(x) * 0.5 + 0.25), (4,)),
    "two inputs": lambda h: h.model(lambda x, y: h.end(h.Concatenate()([h.QDense(5)(x), h.QDense(4)(y)])), (6,), (4,)),
    "two outputs": lambda h: h.model(lambda x: (h.QDense(3)(x), h.QDense(1)(x)), (6,)),
    "one layer twice": _shared,
    "one model twice": _nested,
    "TimeDistributed": _between((4, 5), lambda h: h.TimeDistributed(h.QDense(3, activation="relu"))),
    "QSoftmax": _after_dense(lambda h: h.QSoftmax()),
    "QSoftmax along axis 1": _between((3, 4), lambda h: [h.QDense(4), h.QSoftmax(axis=1)]),
    "QSoftmax, input_scaler": _after_dense(lambda h: h.QSoftmax(input_scaler=0.7)),
    "QSoftmax, not stable": _after_dense(lambda h: h.QSoftmax(stable=False)),
    "QMultiHeadAttention": lambda h: h.model(lambda x: h.end(h.QMultiHeadAttention(2, 3)(x, x)), (4, 5)),
    "QMultiHeadAttention, kv": lambda h: h.model(
        lambda x, y: h.end(h.QMultiHeadAttention(2, 3, fuse="kv")(x, y)), (4, 5), (3, 5)
    ),
    "QMultiHeadAttention of three": lambda h: h.model(
        lambda x, y, z: h.end(h.QMultiHeadAttention(1, 3)(x, y, z)), (4, 5), (3, 5), (3, 4)
    ),
    "QLinformerAttention": lambda h: h.model(lambda x: h.end(h.QLinformerAttention(2, 3, 3)(x, x)), (4, 5)),
    "QLinformerAttention, one projection": lambda h: h.model(
        lambda x: h.end(h.QLinformerAttention(2, 3, 3, share_kv_proj=True)(x, x)), (4, 5)
    ),
    "QLinformerAttention of three": lambda h: h.model(
        lambda x, y, z: h.end(h.QLinformerAttention(1, 2, 3, use_bias=False)(x, y, z)), (4, 5), (3, 5), (3, 4)
    ),
    "QSimpleRNN": _between((5, 3), lambda h: h.QSimpleRNN(4)),
    "QSimpleRNN, sequences backwards": _between(
        (4, 3), lambda h: h.QSimpleRNN(4, return_sequences=True, activation="relu", go_backwards=True)
    ),
    "QSimpleRNN, no bias": _between((4, 3), lambda h: h.QSimpleRNN(4, use_bias=False, enable_sq=True)),
    "QGRU": _between((4, 3), lambda h: h.QGRU(4)),
    "QGRU, reset before": _between((4, 3), lambda h: h.QGRU(4, reset_after=False)),
    "QGRU, sequences, no bias": _between((4, 3), lambda h: h.QGRU(3, return_sequences=True, use_bias=False)),
    "QDenseT": _between((5,), lambda h: h.QDenseT(4)),
    "QDenseT, batch_norm": _between((5,), lambda h: h.QDenseT(4, batch_norm=True, activation="relu")),
    "QDenseT, two hidden layers": _between((3, 5), lambda h: h.QDenseT(4, n_hl=2, d_hl=3, use_bias=False)),
    "QDenseT, no hidden layer": _between((5,), lambda h: h.QDenseT(4, n_hl=0)),
    "QConvT1D": _between((6, 2), lambda h: h.QConvT1D(3, 3, subnn_activation="tanh")),
    "QConvT2D": _between((5, 5, 2), lambda h: h.QConvT2D(3, 3, strides=2, padding="same", subnn_activation="tanh")),
    "QEinsumDenseT": _between((4, 3), lambda h: h.QEinsumDenseT("bnc,cd->bnd", (4, 3), bias_axes="d")),
    "Rescaling": _between((4,), lambda h: h.Rescaling(1 / 4, offset=0.5)),
    "BatchNormalization of Keras": _after_dense(lambda h: h.BatchNormalization()),
    "Dense of Keras": _after_dense(lambda h: h.Dense(2)),
    "Dropout and noise": _after_dense(lambda h: [h.Dropout(0.3), h.GaussianNoise(0.1), h.Activation("relu")]),
}
