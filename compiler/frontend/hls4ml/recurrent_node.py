"""One recurrent node of hls4ml while it is unrolled: its weights and types, and the steps that its C++ takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.hls4ml_types import converted
from bxnn.compiler.frontend.hls4ml.node_sums import NodeSums
from bxnn.compiler.frontend.hls4ml.wide_product import Kept, multiply
from bxnn.compiler.ir.hls4ml_tables import TABLES
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.elementwise import Rectifier
from bxnn.compiler.numeric.tensor import FixedTensor, Int
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.conv2d import Conv2D
from bxnn.layers.dense import Dense
from bxnn.layers.gather import Gather
from bxnn.layers.hls4ml_curves import activation_table
from bxnn.layers.reshape import Reshape

_FUNCTIONS = "relu", "sigmoid", "tanh"  # of nnet_recr_activations.h


class RecurrentNode:
    """A recurrent node, or one direction of a bidirectional one; every method appends layers and returns a name.

    Every sum is converted to ``accum_t``, every activation is read from a table of ``table_t`` and converted to
    ``accum_t``, and every state is converted to the type of the result.

    Attributes:
        units: Elements of the state.
        pytorch: Whether the gates have PyTorch's order.

    Source: nnet_recurrent.h of hls4ml 1.3.0 for Vivado and Vitis.
    """

    def __init__(self, made: NodeLayers, gates: int, direction: str = "") -> None:
        self._made, self._prefix = made, direction
        kernel, recurrent = (made.weights(f"{direction}{role}") for role in ("weight", "recurrent_weight"))
        self.units, self.pytorch = recurrent.codes.shape[0], bool(made.get("pytorch", False))
        columns = gates * self.units
        self._kernel = FixedTensor(kernel.codes.reshape(1, -1, columns), kernel.fraction_bits)
        self._recurrent = FixedTensor(recurrent.codes.reshape(self.units, columns), recurrent.fraction_bits)
        self._bias = made.weights(f"{direction}bias")
        held = f"{direction}recurrent_bias" in made.node.weights
        zeros = FixedTensor(np.zeros(columns, np.int64), 0)
        self._recurrent_bias = made.weights(f"{direction}recurrent_bias") if held else zeros

    @property
    def last(self) -> str:
        """The layer made last."""
        return self._made.layers[-1].name

    def driven(self, backward: bool = False) -> list[str]:
        """``x_t W + b`` for every step, in the order in which the steps are computed."""
        made = self._made
        steps, columns = made.sources[0].shape[0], self._kernel.codes.shape[-1]
        self._name("input")
        NodeSums(made).accumulate(Conv2D, made.inputs[:1], self._kernel, self._bias, Window.pixel(1))
        everything = self.last
        order = range(steps - 1, -1, -1) if backward else range(steps)
        places: Int = np.arange(columns)
        return [self._gather(f"x{number}", everything, places + step * columns) for number, step in enumerate(order)]

    def given_state(self, place: int) -> str | None:
        """A state that comes from outside, of shape (1, units); ``None`` if the node starts with zeros."""
        if not self._made.get("pass_initial_states", False):
            return None
        self._name(f"state_input{place}")
        return self._made.append(Reshape, self._made.inputs[place : place + 1], (self.units,)).name

    def recurrent(self, step: int, state: str) -> str:
        """``h U + b_r``."""
        self._name(f"recurrent{step}")
        NodeSums(self._made).accumulate(Dense, (state,), self._recurrent, self._recurrent_bias)
        return self.last

    def summed(self, step: int, driven: str, state: str | None) -> str:
        """``(x W + b) + (h U + b_r)`` of all gates; without a state, h is zero."""
        if state is None:
            return self.shifted(f"sum{step}", driven, 0)
        return self.total(f"sum{step}", driven, self.recurrent(step, state))

    def shifted(self, role: str, name: str, first: int) -> str:
        """A tensor plus the recurrent bias from the column ``first`` on, which is all that a state of zero adds."""
        bias = self._bias_from(first, self._made.node_tensor(name).size)
        if not bias.codes.any():
            return name
        self._name(role)
        self._made.append(Affine, (name,), FixedTensor(np.ones(bias.codes.size, np.int64), 0), bias)
        return self._accumulated()

    def scaled_by_bias(self, role: str, name: str, first: int) -> str | None:
        """A gate times the recurrent bias from the column ``first`` on; ``None`` if that is zero."""
        bias = self._bias_from(first, self.units)
        if not bias.codes.any():
            return None
        self._name(role)
        self._made.append(Affine, (name,), bias, None)
        return self._accumulated()

    def total(self, role: str, *names: str) -> str:
        """A sum in ``accum_t``."""
        self._name(role)
        self._made.append(Add, names)
        return self._accumulated()

    def product(self, role: str, *names: str, accumulated: bool = False) -> str:
        """A product that is added to others or converted to the type of the result, or one in ``accum_t``."""
        self._name(role)
        grid = sum(self._made.node_tensor(name).format.fraction_bits for name in names)
        read = self._made.type_of("accum", grid) if accumulated else self._made.result_for(grid)
        found = multiply(self._made, names, Kept.by(read, alone=accumulated))
        return self._accumulated() if accumulated else found

    def complement(self, role: str, name: str) -> str:
        """1 minus a gate, exact."""
        ones = np.ones(self.units, np.int64)
        self._name(role)
        return self._made.append(Affine, (name,), FixedTensor(-ones, 0), FixedTensor(ones, 0)).name

    def new_state(self, role: str, *names: str) -> str:
        """The exact sum of tensors, or the one that was made last, in the type of the result."""
        self._name(role)
        if len(names) > 1:
            self._made.append(Add, names)
        self._made.finish()
        return self.last

    def part(self, role: str, name: str, first: int, count: int = 1) -> str:
        """The elements of ``count`` gates of a tensor, from that of number ``first`` on."""
        return self._gather(role, name, np.arange(first * self.units, (first + count) * self.units))

    def chosen(self, role: str, name: str, gates: Sequence[int]) -> str:
        """The elements of some gates of a tensor."""
        return self._gather(role, name, np.concatenate([np.arange(self.units) + gate * self.units for gate in gates]))

    def activated(self, key: str, role: str, name: str) -> str:
        """A tensor after one of the two activations, in ``accum_t``.

        Raises:
            ModelError: If hls4ml has no such activation in recurrent layers.
        """
        made, function = self._made, self._made.word(f"{self._prefix}{key}")
        if function not in _FUNCTIONS:
            raise made.refuse(f"{key} {function!r} is not supported; hls4ml has {', '.join(_FUNCTIONS)} there")
        self._name(role)
        if function == "relu":
            made.append(ActivationLayer, (name,), Rectifier())
        else:
            if self.last != name:
                made.append(Reshape, (name,), made.node_tensor(name).shape)
            activation_table(made, TABLES[function])
        return self._accumulated()

    def _bias_from(self, first: int, count: int) -> FixedTensor:
        """A part of the recurrent bias in ``accum_t``."""
        bias = converted(self._recurrent_bias, self._made.type_of("accum", self._recurrent_bias.fraction_bits))
        return FixedTensor(bias.codes.ravel()[first : first + count], bias.fraction_bits)

    def _gather(self, role: str, name: str, places: Int) -> str:
        self._name(role)
        return self._made.append(lambda own, inputs: Gather.of(own, inputs[0], places), (name,)).name

    def _accumulated(self) -> str:
        made = self._made
        made.cast(made.type_of("accum", made.tensor.format.fraction_bits))
        return self.last

    def _name(self, role: str) -> None:
        self._made.role = f"{self._prefix}{role}"
