"""The layers of a float ONNX network: what is pending on a wire of a quantized one becomes a layer here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.qkeras_weights import ExactWeights
from bxnn.compiler.frontend.names import legal_name, printable
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.node_reader import dyadic
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter, Reals
from bxnn.compiler.numeric.elementwise import Rectifier
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.monotone import IDENTITY, Affine, Clamp, Leaky, Monotone, MonotoneStep
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.batchnorm import BatchNorm, ShortFraction
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.curve import CurveLayer
from bxnn.layers.dense import Dense
from bxnn.layers.sigmoid import SigmoidLayer
from bxnn.layers.slope import SlopeLayer

_ANY = FixedFormat(True, 0, 0)  # only shapes are known of tensors without types


@dataclass
class FloatLayers(Network):
    """Layers whose weights are floats and whose tensors have shapes only; types come from a calibration."""

    floats: bool = True

    def add(self, wanted: str, make: Callable[[str], Layer], tensor: Tensor | None = None) -> str:
        """Append a layer, whose output is any number."""
        name = legal_name(wanted, self.tensors)
        layer = make(name)
        shapes = [self.tensors[source].shape for source in layer.inputs]
        self.count(layer, shapes)
        self.tensors[name] = Tensor.of_format(tuple(layer.output_shape(shapes)), _ANY)
        self.layers.append(layer)
        if name != wanted:
            self.spelled[name] = printable(wanted)
        return name

    def biased(self, wire: Wire, shifts: Sequence[Fraction]) -> bool:
        """Numbers added after weights without a bias are their bias."""
        index = next(place for place, layer in enumerate(self.layers) if layer.name == wire.layer)
        layer = self.layers[index]
        if not isinstance(layer, Dense | Conv2D) or layer.bias is not None or wire.functions != (IDENTITY,):
            return False
        values = np.resize(np.array([float(shift) for shift in shifts]), layer.channels())
        self.layers[index] = replace(layer, bias=Parameter(values, ExactWeights(layer.describe(), "bias_quantizer")))
        return True

    def written(self, value: Value | tuple[Value, ...], wanted: str, subject: str) -> Value | tuple[Value, ...]:
        """What a node writes, with layers for all functions that are pending.

        Args:
            value: What its reader has found.
            wanted: Name of the tensor that it writes.
            subject: The node, for errors.

        Raises:
            ModelError: If there is no layer for one of them.
        """
        if not isinstance(value, Wire):
            return value
        wire = replace(value, softmax=False)
        functions = wire.functions
        if all(_line(function) is not None for function in functions):
            return self._normalized(wire, functions, wanted, subject)
        if all(_slope(function) is not None for function in functions) and wire.common is None:
            slopes = np.array([float(_slope(function) or 0) for function in functions])
            return self._then(wire, wanted, lambda own: SlopeLayer.of(own, wire.layer, _float32(slopes)))
        if wire.common is None:
            raise ModelError(subject, "has channels with different bounds; use one for all of them")
        wire = replace(wire, functions=(IDENTITY,))
        steps = [part for step in functions[0].steps for part in _parts(step)]
        for number, step in enumerate(steps):
            name = wanted if number == len(steps) - 1 else f"{wanted}_{number + 1}"
            wire = self._step(wire, step, name, subject)
        return wire

    def _step(self, wire: Wire, step: MonotoneStep, name: str, subject: str) -> Wire:
        """A layer for one function of all channels."""
        if isinstance(step, Affine):
            return self._normalized(wire, (Monotone((step,)),), name, subject)
        if isinstance(step, Clamp):
            maximum = None if step.high is None else dyadic(step.high)
            if step.high is not None and maximum is None:
                raise ModelError(subject, f"clips at {float(step.high):g}; use a short binary fraction")
            return self._then(wire, name, lambda own: ActivationLayer(own, (wire.layer,), Rectifier(None, maximum)))
        if isinstance(step, Leaky):
            slope = _float32(np.array([float(step.slope)]))
            return self._then(wire, name, lambda own: SlopeLayer.of(own, wire.layer, slope))
        if step == Smooth(Curve.SIGMOID):
            return self._then(wire, name, lambda own: SigmoidLayer(own, (wire.layer,)))
        if isinstance(step, Smooth):
            return self._then(wire, name, lambda own: CurveLayer(own, (wire.layer,), step))
        raise ModelError(subject, "has no meaning without a quantizer in front of it; export a quantized model")

    def _normalized(self, wire: Wire, functions: tuple[Monotone, ...], name: str, subject: str) -> Wire:
        """A normalization by factors and shifts, one for all channels or one for each."""
        if all(not function.steps for function in functions):
            return replace(wire, functions=(IDENTITY,))
        lines = [_line(function) or (Fraction(1), Fraction(0)) for function in functions]
        channels = self.tensors[wire.layer].shape[-1]
        columns = np.resize(np.array([[float(part) for part in line] for line in lines]), (channels, 2)).T
        parts = [
            Parameter(column, ShortFraction(subject, printable(name), what))
            for column, what in zip(columns, ("factor", "shift"), strict=True)
        ]
        return self._then(wire, name, lambda own: BatchNorm(own, (wire.layer,), *parts))

    def _then(self, wire: Wire, name: str, make: Callable[[str], Layer]) -> Wire:
        return Wire(self.add(name, make), wire.order)


def _float32(values: Reals) -> Reals:
    return values.astype(np.float32).astype(np.float64)


def _line(function: Monotone) -> tuple[Fraction, Fraction] | None:
    """Factor and shift of an affine function, or of a constant."""
    last = function.steps[-1] if function.steps else None
    if isinstance(last, Clamp) and last.low == last.high and last.low is not None:
        return Fraction(0), last.low
    return None if function.affine is None else (function.affine.factor, function.affine.shift)


def _slope(function: Monotone) -> Fraction | None:
    """What a function multiplies negative numbers by, if it is a ReLU of any kind."""
    if len(function.steps) != 1:
        return Fraction(1) if not function.steps else None
    (step,) = function.steps
    if isinstance(step, Leaky):
        return step.slope
    return Fraction(0) if step == Clamp(Fraction(0), None) else None


def _parts(step: MonotoneStep) -> tuple[MonotoneStep, ...]:
    """A clip between any bounds as a ReLU, between shifts and changes of the sign."""
    if not isinstance(step, Clamp) or step.low == 0:
        return (step,)
    one, zero = Fraction(1), Fraction(0)
    if step.low is not None:
        high = None if step.high is None else step.high - step.low
        return Affine(one, -step.low), Clamp(zero, high), Affine(one, step.low)
    if step.high is not None:
        return Affine(-one, step.high), Clamp(zero, None), Affine(-one, step.high)
    return ()
