"""One recurrent layer of a Keras file while it is unrolled: its weights, its quantizers, and the layers made so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Activation, HalfSum, LayerSource, Parameter
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.layers.activation import ActivationLayer, function_layers
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.gather import Gather
from bxnn.layers.multiply import Multiply
from bxnn.layers.reshape import Reshape

_HARD_SIGMOID = HalfSum(Rectifier(None, (1, 0)))  # clip(x / 2 + 1 / 2, 0, 1), QKeras' own


class RecurrentSource:
    """A recurrent layer; every method appends what it makes.

    Attributes:
        units: Elements of the state.
    """

    def __init__(self, source: LayerSource, gates: int) -> None:
        self._source, self._gates, self._made = source, gates, list[Layer]()
        self._steps, features = source.input_shapes[0]
        self.units = source.positive("units")
        self._read_flags()
        self._state = self._state_quantizer()
        self._activations = {"activation": self._activation("activation")}
        if gates > 1:
            self._activations["recurrent_activation"] = self._activation("recurrent_activation")
        self._check_bounded()
        columns = gates * self.units
        self._kernel = self._weight("kernel", "kernel", (features, columns))
        self._recurrent = self._weight("recurrent", "recurrent_kernel", (self.units, columns))
        self._biases = self._read_biases(columns)

    def _read_flags(self) -> None:
        source = self._source
        for key in ("return_state", "time_major"):
            source.expect(key, False, advice="omit it")
        source.expect(
            "stateful", False, advice="only the steps of one event are computed; feed all of them as one input"
        )
        source.ignore("zero_output_for_mask")  # Keras 3 sets it in every Bidirectional; no layer here makes a mask
        source.ignore("unroll", "implementation", "dropout", "recurrent_dropout", "seed", "unit_forget_bias")
        source.ignore("dropout_seed", "recurrent_dropout_seed")
        source.ignore("recurrent_initializer", "recurrent_regularizer", "recurrent_constraint", "state_range")
        source.ignore("kernel_range", "recurrent_range", "bias_range")
        source.ignore_training()

    def _state_quantizer(self) -> FixedQuantizer | StepFunction | None:
        """What a state passes before it is read.

        Raises:
            ModelError: If it changes the initial state, which is zero.
        """
        source = self._source
        found = source.activation("state_quantizer")
        if found is None:
            return None
        if not isinstance(found, FixedQuantizer | StepFunction):
            raise source.refuse("state_quantizer", "use quantized_bits")
        if found.evaluate(np.zeros(1, np.int64), 0)[0] != 0:
            raise source.refuse("state_quantizer", "it changes the initial state, which is 0; use quantized_bits")
        return found

    def _activation(self, key: str) -> Activation:
        source = self._source
        value = source.get(key)
        name = value.get("config") if isinstance(value, dict) else value
        if name == "hard_sigmoid" and source.class_name.startswith("Q"):
            return _HARD_SIGMOID
        return source.activation(key)

    def _check_bounded(self) -> None:
        """Refuse a state that would become wider in every step.

        Raises:
            ModelError: If nothing rounds the state before the next step reads it.
        """
        activation = self._activations["activation"]
        rounded = isinstance(activation, FixedQuantizer | StepFunction) or getattr(activation, "quantizer", None)
        if self._state is None and self._steps > 1 and (self._gates > 1 or not rounded):
            kind = self._source.class_name
            way_out = "train with a state_quantizer" if kind.startswith("Q") else f"use Q{kind} with a state_quantizer"
            raise ModelError(self._source.subject, f"nothing rounds its state, which grows in every step; {way_out}")

    def _weight(self, role: str, name: str, shape: tuple[int, ...]) -> FixedTensor:
        source = self._source
        if role == "recurrent" and source.class_name == "QGRU" and source.config.get("recurrent_quantizer") is None:
            raise source.refuse("recurrent_quantizer", "QKeras then uses its input kernel instead; give it a quantizer")
        return Parameter(source.weight(name, shape), source.weight_quantizer(f"{role}_quantizer")).quantized()

    def _read_biases(self, columns: int) -> list[FixedTensor | None]:
        """The bias of the inputs and that of the state, which only a GRU with ``reset_after`` has."""
        source, units = self._source, self.units
        quantizer = source.weight_quantizer("bias_quantizer")
        after = self._gates == 3 and self.resets_after()
        if not source.flag("use_bias", True):
            return [None, None]
        if not after:
            return [Parameter(source.weight("bias", (columns,)), quantizer).quantized(), None]
        both = Parameter(source.weight("bias", (2, columns)), quantizer).quantized()
        driven, own = both.codes.copy()
        driven[: 2 * units] += own[: 2 * units]  # z and r add both; only the new state is scaled in between
        return [FixedTensor(driven, both.fraction_bits), FixedTensor(own[2 * units :], both.fraction_bits)]

    def resets_after(self) -> bool:
        """Whether a GRU applies the recurrent kernel before the reset gate."""
        return self._source.flag("reset_after", not self._source.class_name.startswith("Q"))

    def add(self, layer: Layer) -> str:
        """Append a layer; returns its name."""
        self._made.append(layer)
        return layer.name

    def driven(self) -> list[str]:
        """``x_t K + B`` for every step, in the order in which the steps are computed."""
        source, columns = self._source, self._gates * self.units
        kernel = FixedTensor(self._kernel.codes[np.newaxis], self._kernel.fraction_bits)
        name = self._named("input")
        everything = self.add(Conv2D(name, (source.one_input(),), kernel, self._biases[0], Window.pixel(1)))
        order = range(self._steps)
        if source.flag("go_backwards", False):
            order = range(self._steps - 1, -1, -1)
        places: Int = np.arange(columns)
        steps = [(number, places + step * columns) for number, step in enumerate(order)]
        return [self.add(Gather.of(self._named(f"x{number}"), everything, at)) for number, at in steps]

    def state(self, name: str, number: int, role: str = "") -> str:
        """A state as the next step reads it."""
        if self._state is None:
            return name
        return self.add(ActivationLayer(self._named(f"{role}state{number}"), (name,), self._state))

    def recurrent(self, role: str, name: str, gates: Sequence[int] | None = None, biased: bool = False) -> str:
        """A state times the recurrent kernel of some gates, by default all of them."""
        columns = self._columns(range(self._gates) if gates is None else gates)
        kernel = FixedTensor(self._recurrent.codes[:, columns], self._recurrent.fraction_bits)
        return self.add(Dense(self._named(role), (name,), kernel, self._biases[1] if biased else None))

    def scaled_by_bias(self, role: str, name: str) -> str | None:
        """A gate times the bias of the state; ``None`` if there is none."""
        return None if self._biases[1] is None else self.add(Affine(self._named(role), (name,), self._biases[1], None))

    def total(self, role: str, *names: str) -> str:
        """The sum of tensors."""
        return self.add(Add(self._named(role), names))

    def product(self, role: str, *names: str) -> str:
        """The product of two tensors."""
        return self.add(Multiply(self._named(role), names))

    def complement(self, role: str, name: str) -> str:
        """1 minus a gate."""
        ones = np.ones(self.units, np.int64)
        return self.add(Affine(self._named(role), (name,), FixedTensor(-ones, 0), FixedTensor(ones, 0)))

    def part(self, role: str, name: str, gates: Sequence[int]) -> str:
        """Some gates of a tensor that holds all."""
        return self.add(Gather.of(self._named(role), name, self._columns(gates)))

    def units_of(self, role: str, name: str, first: int) -> str:
        """The ``units`` elements of a tensor from ``first`` on."""
        return self.add(Gather.of(self._named(role), name, np.arange(first, first + self.units)))

    def activated(self, name: str, key: str, role: str) -> str:
        """A tensor after one of the two activations."""
        channels = self.units * (self._gates - 1 if key == "recurrent_activation" else 1)
        for layer in function_layers(self._activations[key], self._named(role), name, channels):
            name = self.add(layer)
        return name

    def finished(self, states: Sequence[str]) -> Sequence[Layer]:
        """All layers; the last of them stands for the output."""
        source = self._source
        if source.flag("return_sequences", False) and len(states) > 1:
            rows = [self.add(Reshape(f"{state}_row", (state,), (1, self.units))) for state in states]
            self.add(Concatenate(source.name, tuple(rows), 0))
        elif source.flag("return_sequences", False):
            self.add(Reshape(source.name, (states[-1],), (1, self.units)))
        source.finish()
        return self._made

    def _columns(self, gates: Sequence[int]) -> Int:
        return np.concatenate([np.arange(gate * self.units, (gate + 1) * self.units) for gate in gates])

    def _named(self, role: str) -> str:
        return f"{self._source.name}_{role}"
