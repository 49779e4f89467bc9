"""One HGQ2 layer of a model file while it is read: attributes to account for, variables, and layers made so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_quantizer import HgqQuantizer, QuantizerConfig, read_config, read_quantizer
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.frontend.keras.layer_parts import LayerParts
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Real
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted
from bxnn.layers.activation import ActivationLayer, activation_layers
from bxnn.layers.affine import Affine
from bxnn.layers.slope import SlopeLayer

_TRAINING = (
    *("enable_ebops", "ebops_factor", "beta0", "parallelization_factor", "quantization_config"),
    *("momentum", "synchronized", "renorm", "renorm_clipping", "renorm_momentum", "axis_for_ebops"),
)
_LEAKY = np.array([np.float32(0.2)], np.float64)  # Keras' default slope
_ACTIVATIONS = (
    *("linear", "relu", "relu6", "leaky_relu", "sigmoid", "tanh", "softmax"),
    *("elu", "selu", "silu", "swish", "gelu", "softplus", "exponential"),
)
_WEIGHTS = ("kernel", "bias", "recurrent", "beta", "gamma", "bn_gamma", "moving_mean", "moving_variance", "activity")


@dataclass
class HgqSource(LayerParts):
    """A layer of HGQ2, read part by part.

    Attributes:
        variables: Arrays of the layer.
    """

    variables: HgqVariables

    def __post_init__(self) -> None:
        super().__post_init__()
        plain = {key: _function_name(value) for key, value in self.source.config.items() if key.endswith("activation")}
        self.source.config = {**self.source.config, **plain}
        self.source.ignore(*_TRAINING)
        for weight in _WEIGHTS:
            self.source.ignore(*(f"{weight}_{role}" for role in ("initializer", "regularizer", "constraint")))

    def one_input(self) -> str:
        """The only input, after its quantizer."""
        return self.quantized(self.source.one_input(), "iq", self.source.flag("enable_iq", True))

    def several_inputs(self) -> list[str]:
        """All inputs, each after its own quantizer."""
        names, configs = self.source.inputs, self.source.get("iq_confs")
        if not self.source.flag("enable_iq", True):
            return list(names)
        if not isinstance(configs, list) or len(configs) != len(names):
            raise ModelError(self.subject, f"iq_confs are not {counted(len(names), 'quantizer')}; the file is damaged")
        read = [read_config(self.subject, f"iq_confs[{n}]", config) for n, config in enumerate(configs)]
        stored = self.variables.quantizers([config.order for config in read if config.kind != "dummy"])
        left = iter(stored)
        found = []
        for number, (name, config) in enumerate(zip(names, read, strict=True)):
            if config.kind == "dummy":
                found.append(name)
            else:
                found.append(self.applied(name, f"iq{number}", read_quantizer(config, next(left, None))))
        return found

    def quantized(self, name: str, role: str, enabled: bool = True, variables: HgqVariables | None = None) -> str:
        """A tensor after the quantizer ``role``, if there is one and it is enabled."""
        value = self.source.get(f"{role}_conf")
        if not enabled:
            return name
        quantizer = self.quantizer(role, value, variables or self.variables)
        return name if quantizer is None else self.applied(name, role, quantizer)

    def quantizer(
        self, role: str, value: Any, variables: HgqVariables, stored: str | None = None
    ) -> HgqQuantizer | None:
        """A quantizer with its variables; ``None`` for one that changes nothing."""
        config = read_config(self.subject, f"{role}_conf", value)
        if config.kind == "dummy":
            return None
        return read_quantizer(config, variables.quantizer(role if stored is None else stored, config.order))

    def applied(self, name: str, role: str, quantizer: HgqQuantizer) -> str:
        """A tensor after a quantizer of activations, whose arrays have a batch axis."""
        shape = self.shapes[name]
        if quantizer.integer_bits.ndim == len(shape) > 1:  # of the layer in a TimeDistributed: the same in all steps
            quantizer = quantizer.expanded(1)
        own = quantizer.integer_bits.shape
        fits = len(own) == len(shape) + 1 and own[0] == 1
        if not fits or any(a not in (1, b) for a, b in zip(own[1:], shape, strict=True)):
            raise quantizer.config.error(
                f"its variables have shape {own}, but its tensor has {shape}; the file is damaged"
            )
        without_batch = HgqQuantizer(
            quantizer.config, quantizer.keep_negative[0], quantizer.integer_bits[0], quantizer.fraction_bits[0]
        )
        result = self.add(ActivationLayer(self.named(role), (name,), without_batch.activation()))
        if quantizer.config.affine is None:
            return result
        factor, shift = (np.full(shape[-1], value) for value in quantizer.config.affine)
        affine = Affine(self.named(f"{role}_affine"), (result,), *map(FixedTensor.from_real, (factor, shift)))
        return self.add(affine)

    def weight(self, role: str, values: Real, variables: HgqVariables | None = None) -> FixedTensor:
        """A trained tensor after its quantizer ``kq`` or ``bq``."""
        return self.trained(role, self.source.get(f"{role}_conf"), values, variables or self.variables)

    def trained(self, role: str, value: Any, values: Real, variables: HgqVariables) -> FixedTensor:
        """A trained tensor after a quantizer whose configuration is ``value``."""
        quantizer = self.quantizer(role, value, variables)
        if quantizer is None:
            return self._exact(role, values)
        own = quantizer.integer_bits.shape
        if len(own) != values.ndim or any(a not in (1, b) for a, b in zip(own, values.shape, strict=True)):
            raise quantizer.config.error(f"its variables have shape {own}, but the weights have {values.shape}")
        return quantizer.weights(values).reduced()

    def _exact(self, role: str, values: Real) -> FixedTensor:
        try:
            return FixedTensor.from_real(values)
        except OverflowError as error:
            raise QuantizerConfig(self.subject, f"{role}_conf", "dummy").error(f"{error}; quantize them") from error

    def activated(self, name: str, role: str = "activation") -> str:
        """A tensor after the attribute ``activation``."""
        value = self.source.config.get("activation")
        if isinstance(value, str) and value not in _ACTIVATIONS:
            raise self.source.refuse("activation", f"use one of {', '.join(_ACTIVATIONS)}, or a QUnaryFunctionLUT")
        if value == "leaky_relu":
            self.source.ignore("activation")
            return self.add(SlopeLayer.of(self.named(role), name, _LEAKY))
        layers = activation_layers(self.source, self.named(role), name, self.shapes[name][-1])
        for layer in layers:
            name = self.add(layer)
        return name

    def finished(self, name: str) -> Sequence[Layer]:
        """All layers, the output quantizer after ``name`` included."""
        self.quantized(name, "oq", self.source.flag("enable_oq", False))
        self.source.finish()
        return self.made


def _function_name(value: object) -> object:
    """The name of a function that Keras writes as an object."""
    return value["config"] if isinstance(value, Mapping) and value.get("class_name") == "function" else value
