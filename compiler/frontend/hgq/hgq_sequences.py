"""QSimpleRNN of HGQ2, unrolled, and what recurrent layers share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.frontend.keras.einsum import pointwise
from bxnn.compiler.ir.layer import Layer
from bxnn.layers.add import Add
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.gather import Gather
from bxnn.layers.reshape import Reshape


def simple_rnn(source: HgqSource) -> Sequence[Layer]:
    """``h = activation(paq(iq(x) kq(K) + bq(B) + sq(h) rkq(U)))``, unrolled from ``h = 0``."""
    attributes = source.source
    check_recurrent(source)
    units, backwards = attributes.positive("units"), attributes.flag("go_backwards", False)
    biased, cell = attributes.flag("use_bias", True), part_of(source, "cell")
    steps = attributes.input_shapes[0][0]
    names = ("kernel", "recurrent_kernel", *(("bias",) if biased else ()))
    stored = cell.weights(names)
    name = per_step(source, "iq", attributes.one_input(), cell, steps)
    kernel, recurrent = (
        source.trained(role, attributes.get(f"{role}_conf"), stored[key], cell)
        for role, key in (("kq", "kernel"), ("rkq", "recurrent_kernel"))
    )
    bias = source.trained("bq", attributes.get("bq_conf"), stored["bias"], cell) if biased else None
    attributes.ignore("bq_conf")
    driven = pointwise(source, source.named("input"), name, kernel, bias)
    states: list[str] = []
    order = range(steps - 1, -1, -1) if backwards else range(steps)
    for number, step in enumerate(order):
        rows = Gather.of(source.named(f"x{number}"), driven, np.arange(units) + step * units)
        total = source.add(rows)
        if states:
            read = _state(source, "sq", states[-1], cell, number)
            own = pointwise(source, source.named(f"recurrent{number}"), read, recurrent, None)
            total = source.add(Add(source.named(f"sum{number}"), (total, own)))
        states.append(_activated(source, _state(source, "paq", total, cell, number), number))
    return source.finished(rows_together(source, states, attributes.flag("return_sequences", False)))


def check_recurrent(source: HgqSource) -> None:
    """Refuse what no unrolled layer does; what only matters in training is accounted for."""
    for key in ("return_state", "stateful"):
        source.source.expect(key, False, advice="omit it")
    source.source.ignore("zero_output_for_mask")  # Keras 3 sets it in every Bidirectional; no layer here makes a mask
    source.source.ignore("unroll", "dropout", "recurrent_dropout", "dropout_seed", "recurrent_dropout_seed", "seed")


def rows_together(source: HgqSource, states: Sequence[str], sequences: bool) -> str:
    """The last state, or all of them as rows."""
    if not sequences:
        return states[-1]
    rows = [source.add(Reshape(f"{state}_row", (state,), (1, *source.shapes[state]))) for state in states]
    return source.add(Concatenate(source.name, tuple(rows), 0)) if len(rows) > 1 else rows[0]


def part_of(source: HgqSource, name: str) -> HgqVariables:
    """A layer inside the layer, which the file must hold."""
    part = source.variables.part(name)
    if part is None:
        raise ModelError(source.subject, f"its {name} is not in the file; the model file is damaged")
    return part


def per_step(source: HgqSource, role: str, name: str, cell: HgqVariables, steps: int) -> str:
    """A sequence after a quantizer for single steps."""
    quantizer = source.quantizer(role, source.source.get(f"{role}_conf"), cell)
    if quantizer is None or not source.source.flag("enable_iq", True):
        return name
    return source.applied(name, role, quantizer.expanded(1))


def _state(source: HgqSource, role: str, name: str, cell: HgqVariables, number: int) -> str:
    """A tensor of one step after ``sq`` or ``paq``, if the layer has it."""
    value = source.source.get(f"{role}_conf")
    quantizer = None if value is None else source.quantizer(role, value, cell)
    return name if quantizer is None else source.applied(name, f"{role}{number}", quantizer)


def _activated(source: HgqSource, name: str, number: int) -> str:
    return source.activated(name, f"h{number}")
