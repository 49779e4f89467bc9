"""Attention and recurrent layers of HGQ2, made of products, sums, tables and dense layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_tables import SoftmaxConfig, softmax
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.frontend.keras.einsum import contracted, multiplied, pointwise, read_equation
from bxnn.compiler.ir.layer import Layer
from bxnn.layers.add import Add
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.gather import Gather
from bxnn.layers.reshape import Reshape


def attention(source: HgqSource) -> Sequence[Layer]:
    """Multi-head attention over one axis: inputs query and, if given, value and key.

    Sizes: query (T, C), value and key (S, C); H heads of D elements. ``scores[h, t, s] = K[s, h] . Q[t, h]``.
    """
    attributes = source.source
    for key in ("use_gate", "sliding_window", "flash_attention"):
        attributes.expect(key, None, False, advice="omit it")
    attributes.expect("attention_axes", None, (1,), advice="attend along axis 1 only")
    attributes.ignore("dropout", "seed", "fuse", "value_dim", "num_heads", "softmax_allow_heterogeneous_table")
    attributes.ignore("softmax_iq_conf", "enable_iq", "output_shape")
    if len(attributes.inputs) not in (1, 2, 3) or any(len(shape) != 2 for shape in attributes.input_shapes):
        raise ModelError(source.subject, "takes query and perhaps value and key, each of shape (length, channels)")
    query, value, *key_input = (*attributes.inputs, *attributes.inputs[: len(attributes.inputs) == 1])
    biased, key_dim = attributes.flag("use_bias", True), attributes.positive("key_dim")
    q = _projected(source, "query", query, biased)
    k = _projected(source, "key", (key_input or [value])[0], False)
    v = _projected(source, "value", value, biased)
    scores = _product(source, "scores", (k, q), "bshd,bthd->bhts")
    inner = source.variables.part("_softmax")
    if inner is None:
        raise ModelError(source.subject, "its _softmax is not in the file; the model file is damaged")
    config = SoftmaxConfig((2,), attributes.flag("stable_softmax", True), 1 / math.sqrt(key_dim), "softmax_")
    weights = softmax(source, source.named("softmax"), scores, inner, config)
    quantizer = source.quantizer("softmax_oq", attributes.get("softmax_oq_conf"), inner, "oq")
    weights = weights if quantizer is None else source.applied(weights, "softmax_oq", quantizer)
    mixed = _product(source, "mixed", (weights, v), "bhts,bshd->bthd")
    outer = part_of(source, "output_dense")
    name = _dense_part(source, source.name, "output", mixed, "abcd,cde->abe", outer, biased)
    quantizer = None
    if attributes.flag("enable_oq", False):
        quantizer = source.quantizer("oq", attributes.get("oq_conf"), outer, "oq")
    attributes.ignore("oq_conf", "qkvo_oq_conf")
    if quantizer is not None:
        source.applied(name, "oq", quantizer)
    attributes.finish()
    return source.made


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
    for key in ("return_state", "stateful", "zero_output_for_mask"):
        source.source.expect(key, False, advice="omit it")
    source.source.ignore("unroll", "dropout", "recurrent_dropout", "dropout_seed", "recurrent_dropout_seed", "seed")


def rows_together(source: HgqSource, states: Sequence[str], sequences: bool) -> str:
    """The last state, or all of them as rows."""
    if not sequences:
        return states[-1]
    rows = [source.add(Reshape(f"{state}_row", (state,), (1, *source.shapes[state]))) for state in states]
    return source.add(Concatenate(source.name, tuple(rows), 0)) if len(rows) > 1 else rows[0]


def _projected(source: HgqSource, role: str, name: str, biased: bool) -> str:
    """The queries, keys or values of every head, after their output quantizer; shape (length, heads, elements)."""
    part = part_of(source, f"{role}_dense")
    result = _dense_part(source, source.named(role), role, name, "abc,cde->abde", part, biased)
    quantizer = source.quantizer("qkvo_oq", source.source.get("qkvo_oq_conf"), part, "oq")
    return result if quantizer is None else source.applied(result, f"{role}_oq", quantizer)


def _dense_part(
    source: HgqSource, result: str, role: str, name: str, equation: str, part: HgqVariables, biased: bool
) -> str:
    """One of the four dense layers of an attention layer; fused ones share a quantizer, stored with one of them."""
    attributes = source.source
    incoming = attributes.get("qkvo_iq_conf")
    holder = part
    if role != "output" and not part.holds("iq"):
        parts = [part_of(source, f"{other}_dense") for other in ("key", "value", "query")]
        holder = next((other for other in parts if other.holds("iq")), part)
    quantizer = source.quantizer("qkvo_iq", incoming, holder, "iq")
    if quantizer is not None:
        name = source.applied(name, f"{role}_iq", quantizer)
    stored = part.weights(("kernel", "bias") if biased else ("kernel",))
    kernel = source.trained("kq", attributes.get("qkvo_kq_conf"), stored["kernel"], part)
    value = attributes.get("qkvo_bq_conf")
    bias = source.trained("bq", value, stored["bias"], part) if biased else None
    axes = read_equation(source, equation, (len(source.shapes[name]),))
    return contracted(source, result, name, axes, kernel, bias)


def _product(source: HgqSource, role: str, names: tuple[str, str], equation: str) -> str:
    axes = read_equation(source, equation, (len(source.shapes[names[0]]), len(source.shapes[names[1]])))
    return multiplied(source, source.named(role), names, axes)


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
