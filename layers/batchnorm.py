"""Batch normalization at inference: one factor and one shift per channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bxnn.compiler.errors import InternalError, ModelError
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.real_layer import Reads, real_values
from bxnn.compiler.ir.scalable import Scalable
from bxnn.compiler.ir.source import LayerSource, Parameter, Real, Reals, exact_parts
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Codes
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.compiler.plural import counted
from bxnn.layers.affine import Affine
from bxnn.layers.reshape import Reshape

_EXACT_BITS = 18  # a wider factor cannot be folded into a kernel that still fits a multiplier port


@dataclass(frozen=True)
class ShortFraction:
    """Factors and shifts that are used exactly as they are.

    Attributes:
        subject: The layer as in the file, for errors.
        name: Its name.
        what: ``factor`` or ``shift``.
    """

    subject: str
    name: str
    what: str

    def quantize(self, values: Reals) -> FixedTensor:
        try:
            exact = FixedTensor.from_real(values)
            bits = exact.bits
        except OverflowError:
            bits = 63
        if bits > (_EXACT_BITS if self.what == "factor" else 32):
            part = "scale" if self.what == "factor" else "shift"
            raise ModelError(
                self.subject,
                f"its {self.what} is not a short binary fraction (needs {counted(bits, 'bit')}), so folding would "
                "change results; use QBatchNormalization with a power-of-two inverse_quantizer, or for a convolution "
                "QConv2DBatchnorm or QDepthwiseConv2DBatchnorm, or declare its type in design.yaml: layers: "
                f'{{{self.name}: {{{part}: "fixed<W,I,RND_CONV,SAT>"}}}}',
            )
        return exact

    def every_code(self) -> None:
        return None

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True, eq=False)
class BatchNorm(Layer):
    """``y = x * factor + shift`` over the last axis; folded into a neighbouring linear layer, exactly.

    ``factor = gamma / sqrt(variance + epsilon)``, ``shift = beta - mean * factor``, in float32 as in Keras.
    Folding keeps every bit only if both are short binary fractions. Other values are folded as floats into weights
    that get a declared type, or get a type themselves (``scale``, ``shift``), or are refused.

    Attributes:
        factor: Shape (channels,).
        shift: Shape (channels,).

    Source: Keras ``BatchNormalization``; QKeras ``QBatchNormalization`` (inverse_quantizer).
    """

    kind: ClassVar[str] = "batchnorm"
    keras_classes: ClassVar[tuple[str, ...]] = ("BatchNormalization", "QBatchNormalization")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("BatchNormalization", "ApplyAlpha")
    reads: ClassVar[Reads] = Reads.FEW_BITS
    left_over: ClassVar[str] = "has no hardware; the pass stand_alone gives it some"

    factor: FixedTensor | Parameter
    shift: FixedTensor | Parameter

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name, shape = source.one_input(), source.input_shapes[0]
        factor, shift = _coefficients(source, shape[-1])
        _account(source)
        source.finish()
        parts = (
            Parameter(values, ShortFraction(source.subject, source.name, what))
            for what, values in (("factor", factor), ("shift", shift))
        )
        return (cls(source.name, (name,), *parts),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        """``x * scale + bias``, with one value of each for all elements, per channel or per element."""
        shape = node.sources[0].shape
        if node.read_signs():
            raise node.refuse("reads the result of a binary layer, which is not supported; put an activation before it")
        factor, shift = (_per_channel(node, role, shape) for role in ("scale", "bias"))
        if factor.codes.size == shift.codes.size == shape[-1]:
            node.make(cls, factor, shift)
        else:
            node.make(Reshape, (int(np.prod(shape)),))
            node.make(cls, _per_element(factor, shape), _per_element(shift, shape))
            node.make(Reshape, shape)
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        layer = cls("y", ("x",), FixedTensor(np.array([1, 3, -2]), 1), FixedTensor(np.array([5, 0, -7]), 3))
        return (Example(layer, (Tensor.of_format((3,), FixedFormat(True, 2, 3)),)),)

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        if not shapes[0] or shapes[0][-1] != self.channels():
            raise ModelError(self.describe(), f"has {self.channels()} channels, but its input has shape {shapes[0]}")
        return shapes[0]

    def channels(self) -> int:
        return int(self.factor.values.size)

    def constants(self) -> Mapping[str, FixedTensor | Parameter]:
        return {"scale": self.factor, "shift": self.shift}

    def with_constants(self, constants: Mapping[str, FixedTensor | Parameter]) -> BatchNorm:
        return replace(self, factor=constants.get("scale", self.factor), shift=constants.get("shift", self.shift))

    def quantized(self) -> BatchNorm:
        return self.with_constants(exact_parts(self.constants()))

    def on_reals(self, values: Sequence[Reals]) -> Reals:
        return np.asarray(stacked(values) * real_values(self.factor) + real_values(self.shift))

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        low, high = (self.evaluate([codes], sources) for codes in (sources[0].low, sources[0].high))
        fraction_bits = self._fraction_bits(sources)
        return Tensor.of_range(np.minimum(low, high), np.maximum(low, high), fraction_bits)

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        value, fraction_bits = stacked(values), self._fraction_bits(sources)
        factor, shift = self._exact()
        aligned = factor.aligned(fraction_bits - sources[0].format.fraction_bits).codes.astype(value.dtype)
        return np.asarray(value * aligned + shift.aligned(fraction_bits).codes.astype(value.dtype))

    def folded_into(self, producer: Layer) -> Layer | None:
        return producer.scaled(*self._exact()) if isinstance(producer, Scalable) else None

    def folded_forward(self, consumer: Layer) -> Layer | None:
        return consumer.reading_scaled(*self._exact()) if isinstance(consumer, Scalable) else None

    def standing_alone(self, shape: tuple[int, ...]) -> Layer:
        return Affine(self.name, self.inputs, *self._exact())

    def _exact(self) -> tuple[FixedTensor, FixedTensor]:
        if isinstance(self.factor, Parameter) or isinstance(self.shift, Parameter):
            raise InternalError(self.describe(), "used before the pass quantize")
        return self.factor, self.shift

    def _fraction_bits(self, sources: Sequence[Tensor]) -> int:
        factor, shift = self._exact()
        return max(sources[0].format.fraction_bits + factor.fraction_bits, shift.fraction_bits)


def folded_weights(source: LayerSource, bias: Real) -> tuple[Real, Real]:
    """Factor per channel and bias of a QKeras layer that folds its batch normalization before quantizing.

    At inference both folding modes use the moving statistics. TensorFlow's ``rsqrt`` differs by up to two units in the
    last place between machines; the correctly rounded value is used here. Only a weight this close to the boundary
    between two codes could tell the difference.

    Source: ``call`` in qconv2d_batchnorm.py and qdepthwiseconv2d_batchnorm.py of QKeras 0.9.
    """
    source.expect("folding_mode", "ema_stats_folding", "batch_stats_folding")
    source.expect("center", True, advice="QKeras itself fails without beta")
    source.ignore("ema_freeze_delay")
    mean, spread = source.weight("moving_mean", bias.shape), _spread(source, bias.size)
    inverse = (1 / np.sqrt(spread.astype(np.float64))).astype(np.float32)
    if source.flag("scale", True):
        inverse = inverse * source.weight("gamma", bias.shape)
    _account(source)
    return inverse, inverse * (bias - mean) + source.weight("beta", bias.shape)


def _per_channel(node: NodeSource, role: str, shape: tuple[int, ...]) -> FixedTensor:
    """A factor or a shift for each channel; for each element, if those of a channel differ."""
    tensor = node.weights(role)
    codes, channels, elements = tensor.codes.ravel(), shape[-1], int(np.prod(shape))
    if codes.size not in (1, channels, elements):
        counts = f"{counted(channels, 'channel')} or {counted(elements, 'element')}"
        raise node.refuse(f"{role} has {counted(codes.size, 'element')}; use one for each of {counts}")
    rows = codes.reshape(-1, channels) if codes.size == elements else np.resize(codes, (1, channels))
    return FixedTensor(rows[0] if (rows == rows[0]).all() else codes, tensor.fraction_bits)


def _per_element(tensor: FixedTensor, shape: tuple[int, ...]) -> FixedTensor:
    return FixedTensor(np.resize(tensor.codes, int(np.prod(shape))), tensor.fraction_bits)


def _account(source: LayerSource) -> None:
    """Mark as read the attributes that must have one value, and those that matter only in training."""
    axis = source.get("axis", -1)
    if (axis if isinstance(axis, list) else [axis]) not in ([-1], [len(source.input_shapes[0])]):
        raise source.refuse("axis", "normalize the last axis")
    source.ignore("momentum", "renorm", "renorm_clipping", "renorm_momentum", "fused", "virtual_batch_size")
    source.ignore("synchronized", "gamma_range", "beta_range", "activity_regularizer", "adjustment")
    for weight in ("gamma", "beta", "moving_mean", "moving_variance"):
        source.ignore(*(f"{weight}_{role}" for role in ("initializer", "regularizer", "constraint")))


def _spread(source: LayerSource, channels: int) -> Real:
    """``moving_variance + epsilon`` in float32."""
    epsilon = source.get("epsilon", 1e-3)
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float) or not 0 <= epsilon < 1:
        raise source.refuse("epsilon", "use a small positive number")
    variance = _weight(source, "variance", "moving_variance", channels)
    if float(variance.min()) + float(epsilon) <= 0:
        raise ModelError(source.subject, "weight 'moving_variance' is not positive; the model file is damaged")
    return variance + np.float32(epsilon)


def _coefficients(source: LayerSource, channels: int) -> tuple[Real, Real]:
    """Factor and shift of the affine map, in float32 in the same order of operations as Keras."""
    mean = _weight(source, "mean", "moving_mean", channels)
    inverse = (np.float32(1) / np.sqrt(_spread(source, channels))).astype(np.float32)
    if source.flag("scale", True):
        inverse = inverse * _weight(source, "gamma", "gamma", channels)
    if source.get("inverse_quantizer") is not None:
        inverse = source.weight_quantizer("inverse_quantizer").quantize(inverse).values.astype(np.float32)
    shift = -mean * inverse
    if source.flag("center", True):
        shift = shift + _weight(source, "beta", "beta", channels)
    return inverse, shift


def _weight(source: LayerSource, role: str, name: str, channels: int) -> Real:
    values = source.weight(name, (channels,))
    if source.config.get(f"{role}_quantizer") is None:
        source.ignore(f"{role}_quantizer")
        return values
    return source.weight_quantizer(f"{role}_quantizer").quantize(values).values.astype(np.float32)
