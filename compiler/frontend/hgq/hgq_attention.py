"""Attention layers of HGQ2, made of dense layers, products of two tensors, and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hgq.hgq_sequences import part_of
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_tables import SoftmaxConfig, softmax
from bxnn.compiler.frontend.hgq.hgq_variables import HgqVariables
from bxnn.compiler.frontend.keras.einsum import contracted, multiplied, read_equation
from bxnn.compiler.ir.layer import Layer


def attention(source: HgqSource) -> Sequence[Layer]:
    """Multi-head attention over one axis: inputs query and, if given, value and key."""
    return _attended(source, *_inputs(source))


def linformer(source: HgqSource) -> Sequence[Layer]:
    """Multi-head attention to weighted sums of the rows of value and key, fewer than the rows themselves."""
    attributes = source.source
    attributes.expect("lin_kv_proj_mode", "dense", advice="project with trained weights")
    attributes.ignore("lin_kv_proj_dim")  # the kernels have it, too
    query, value, key = _inputs(source)
    shared = attributes.flag("share_kv_proj", False)
    keys = _fewer_rows(source, "lin_key", key, part_of(source, "_lin_k_proj"))
    if shared and key == value:
        return _attended(source, query, keys, keys)
    own = part_of(source, "_lin_k_proj" if shared else "_lin_v_proj")
    return _attended(source, query, _fewer_rows(source, "lin_value", value, own), keys)


def _inputs(source: HgqSource) -> tuple[str, str, str]:
    """Query, value and key; a value that is not given is the query, a key that is not given the value."""
    attributes = source.source
    if len(attributes.inputs) not in (1, 2, 3) or any(len(shape) != 2 for shape in attributes.input_shapes):
        raise ModelError(source.subject, "takes query and perhaps value and key, each of shape (length, channels)")
    query, *others = attributes.inputs
    value = others[0] if others else query
    return query, value, others[1] if len(others) == 2 else value


def _attended(source: HgqSource, query: str, value: str, key: str) -> Sequence[Layer]:
    """The layers of an attention layer.

    Sizes: query (T, C), value and key (S, C); H heads of D elements. ``scores[h, t, s] = K[s, h] . Q[t, h]``.
    """
    attributes = source.source
    for option in ("use_gate", "sliding_window", "flash_attention"):
        attributes.expect(option, None, False, advice="omit it")
    attributes.expect("attention_axes", None, (1,), advice="attend along axis 1 only")
    attributes.expect("stable_softmax", True, advice="use True: its table reads the scores with all their bits")
    attributes.ignore("dropout", "seed", "fuse", "value_dim", "num_heads", "softmax_allow_heterogeneous_table")
    attributes.ignore("softmax_iq_conf", "enable_iq", "output_shape")
    biased, key_dim = attributes.flag("use_bias", True), attributes.positive("key_dim")
    q = _projected(source, "query", query, biased)
    k = _projected(source, "key", key, False)
    v = _projected(source, "value", value, biased)
    scores = _product(source, "scores", (k, q), "bshd,bthd->bhts")
    inner = part_of(source, "_softmax")
    config = SoftmaxConfig((2,), True, 1 / math.sqrt(key_dim), "softmax_")
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


def _fewer_rows(source: HgqSource, role: str, name: str, part: HgqVariables) -> str:
    """Sums of rows of a tensor (S, C), weighted by a kernel (S, P): shape (P, C)."""
    return _dense_part(source, source.named(role), role, name, "abc,bd->adc", part, False)


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
    if role in ("query", "key", "value") and not part.holds("iq"):
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
