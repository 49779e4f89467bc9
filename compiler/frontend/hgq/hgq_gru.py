"""QGRU of HGQ2, unrolled: products, sums and dense layers for every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bxnn.compiler.frontend.hgq.hgq_sequences import check_recurrent, part_of, per_step, rows_together
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.frontend.keras.einsum import pointwise
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.activation import function_layers
from bxnn.layers.add import Add
from bxnn.layers.affine import Affine
from bxnn.layers.gather import Gather
from bxnn.layers.multiply import Multiply


def gru(source: HgqSource) -> Sequence[Layer]:
    """``h = z * h' + (1 - z) * hh`` with ``h' = sq(h)``, from ``h = 0``; ``z, r = praq(R(x K + h' U + b))``.

    ``hh = paq(A(x K + r * rhq(h' U + b)))`` if ``reset_after``, else ``paq(A(x K + b + rhq(r * h') U))``.
    """
    attributes = source.source
    check_recurrent(source)
    attributes.expect("enable_oq", False, advice="quantize where the result is read")
    attributes.ignore("oq_conf")
    cell = _Cell.of(source)
    steps = attributes.input_shapes[0][0]
    name = per_step(source, "iq", attributes.one_input(), cell.variables, steps)
    driven = pointwise(source, source.named("input"), name, cell.kernel, cell.bias)
    order = range(steps - 1, -1, -1) if attributes.flag("go_backwards", False) else range(steps)
    states: list[str] = []
    for number, step in enumerate(order):
        states.append(cell.stepped(driven, step, number, states[-1] if states else None))
    return source.finished(rows_together(source, states, attributes.flag("return_sequences", False)))


@dataclass(frozen=True, eq=False)
class _Cell:
    """The weights of a cell.

    Attributes:
        source: The layer.
        variables: Of its cell.
        kernel: Shape (inputs, 3 * units), gates z, r, h; as the others.
        recurrent: Shape (units, 3 * units).
        bias: Added to the input's products, or ``None``.
        recurrent_bias: Added to the state's products, or ``None``.
        reset_after: Whether the gate r multiplies the state's products rather than the state.
    """

    source: HgqSource
    variables: HgqVariables
    kernel: FixedTensor
    recurrent: FixedTensor
    bias: FixedTensor | None
    recurrent_bias: FixedTensor | None
    reset_after: bool

    @classmethod
    def of(cls, source: HgqSource) -> _Cell:
        """The weights in the file, after their quantizers."""
        attributes = source.source
        units, biased = attributes.positive("units"), attributes.flag("use_bias", True)
        after, variables = attributes.flag("reset_after", True), part_of(source, "cell")
        stored = variables.weights(("kernel", "recurrent_kernel", *(("bias",) if biased else ())))
        kernel, recurrent = (
            source.trained(role, attributes.get(f"{role}_conf"), stored[key], variables)
            for role, key in (("kq", "kernel"), ("rkq", "recurrent_kernel"))
        )
        bias = source.trained("bq", attributes.get("bq_conf"), stored["bias"], variables) if biased else None
        attributes.ignore("bq_conf")
        shape = (2, 3 * units) if after else (3 * units,)
        if recurrent.codes.shape != (units, 3 * units) or (bias is not None and bias.codes.shape != shape):
            raise attributes.refuse("units", f"the weights are of shape {recurrent.codes.shape}; the file is damaged")
        if bias is None or not after:
            return cls(source, variables, kernel, recurrent, bias, None, after)
        own, other = (FixedTensor(row, bias.fraction_bits) for row in bias.codes)
        return cls(source, variables, kernel, recurrent, own, other, after)

    @property
    def units(self) -> int:
        """Elements of the state."""
        return int(self.recurrent.codes.shape[0])

    def stepped(self, driven: str, step: int, number: int, before: str | None) -> str:
        """The state after a step; ``before`` is that before it, ``None`` for zero."""
        units = self.units
        rows = self._part(f"x{number}", driven, step * 3 * units, 3 * units)
        state = None if before is None else self._quantized("sq", before, number)
        inner = self._inner(rows, state, number)
        gates = self._part(f"x_gates{number}", rows, 0, 2 * units)
        if inner is not None:
            gates = self._sum(f"gates{number}", gates, self._part(f"inner_gates{number}", inner, 0, 2 * units))
        gates = self._quantized("praq", self._activated("recurrent_activation", gates, number), number)
        update, reset = (self._part(f"{gate}{number}", gates, n * units, units) for n, gate in enumerate("zr"))
        total = self._part(f"x_h{number}", rows, 2 * units, units)
        added = self._reset(reset, inner, state, number)
        if added is not None:
            total = self._sum(f"sum{number}", total, added)
        found = self._quantized("paq", self._activated("activation", total, number), number)
        return self._mixed(update, found, state, number)

    def _inner(self, rows: str, state: str | None, number: int) -> str | None:
        """The state's products and their bias; only those of the gates z and r unless ``reset_after``."""
        kernel = self.recurrent if self.reset_after else self._columns(0, 2)
        name = self.source.named(f"inner{number}")
        if state is not None:
            return pointwise(self.source, name, state, kernel, self.recurrent_bias)
        if self.recurrent_bias is None:
            return None
        nothing = FixedTensor(np.zeros((3 * self.units, 3 * self.units), np.int64), 0)
        return pointwise(self.source, name, rows, nothing, self.recurrent_bias)  # the bias alone

    def _reset(self, reset: str, inner: str | None, state: str | None, number: int) -> str | None:
        """What the state adds to the candidate."""
        units, name = self.units, self.source.named(f"reset{number}")
        if self.reset_after:
            if inner is None:
                return None
            part = self._part(f"inner_h{number}", inner, 2 * units, units)
            return self.source.add(Multiply(name, (reset, self._quantized("rhq", part, number))))
        if state is None:
            return None
        product = self.source.add(Multiply(name, (reset, state)))
        read = self._quantized("rhq", product, number)
        return pointwise(self.source, self.source.named(f"recurrent{number}"), read, self._columns(2, 3), None)

    def _mixed(self, update: str, found: str, state: str | None, number: int) -> str:
        """``z * h' + (1 - z) * hh``."""
        source, units = self.source, self.units
        minus, one = FixedTensor(np.full(units, -1), 0), FixedTensor(np.ones(units, np.int64), 0)
        rest = source.add(Affine(source.named(f"rest{number}"), (update,), minus, one))
        new = source.add(Multiply(source.named(f"new{number}"), (rest, found)))
        if state is None:
            return new
        kept = source.add(Multiply(source.named(f"kept{number}"), (update, state)))
        return self._sum(f"h{number}", kept, new)

    def _columns(self, first: int, end: int) -> FixedTensor:
        return FixedTensor(self.recurrent.codes[:, first * self.units : end * self.units], self.recurrent.fraction_bits)

    def _part(self, role: str, name: str, first: int, count: int) -> str:
        return self.source.add(Gather.of(self.source.named(role), name, np.arange(first, first + count)))

    def _sum(self, role: str, *names: str) -> str:
        return self.source.add(Add(self.source.named(role), names))

    def _quantized(self, role: str, name: str, number: int) -> str:
        value = self.source.source.get(f"{role}_conf")
        quantizer = None if value is None else self.source.quantizer(role, value, self.variables)
        return name if quantizer is None else self.source.applied(name, f"{role}{number}", quantizer)

    def _activated(self, key: str, name: str, number: int) -> str:
        source = self.source
        function = source.source.activation(key)
        if function is None:
            return name
        for layer in function_layers(function, source.named(f"{key}{number}"), name, source.shapes[name][-1]):
            name = source.add(layer)
        return name
