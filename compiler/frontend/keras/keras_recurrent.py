"""Recurrent layers of Keras and QKeras, unrolled into dense layers, products and sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.keras.recurrent_source import RecurrentSource
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import LayerSource


def _simple(source: RecurrentSource) -> Sequence[str]:
    """``h = A(x K + B + h' U)``; the state after every step."""
    states: list[str] = []
    for number, driven in enumerate(source.driven()):
        total = driven
        if states:
            read = source.state(states[-1], number)
            total = source.total(f"sum{number}", driven, source.recurrent(f"recurrent{number}", read))
        states.append(source.activated(total, "activation", f"h{number}"))
    return states


def _lstm(source: RecurrentSource) -> Sequence[str]:
    """``c = R(z_f) c' + R(z_i) A(z_c);  h = R(z_o) A(c)`` with ``z = x K + B + h' U``, gates i, f, c, o."""
    units = source.units
    states: list[str] = []
    carry = ""
    for number, driven in enumerate(source.driven()):
        total = driven
        if states:
            read = source.state(states[-1], number)
            total = source.total(f"sum{number}", driven, source.recurrent(f"recurrent{number}", read))
        gates = source.activated(
            source.part(f"ifo{number}", total, (0, 1, 3)), "recurrent_activation", f"gates{number}"
        )
        new = source.activated(source.part(f"z{number}", total, (2,)), "activation", f"new{number}")
        added = source.product(f"added{number}", source.units_of(f"i{number}", gates, 0), new)
        if carry:
            kept = source.units_of(f"f{number}", gates, units)
            read = source.state(carry, number, "c_")
            added = source.total(f"carry{number}", source.product(f"kept{number}", kept, read), added)
        carry = added
        shown = source.activated(carry, "activation", f"shown{number}")
        states.append(source.product(f"h{number}", source.units_of(f"o{number}", gates, 2 * units), shown))
    return states


def _gru(source: RecurrentSource) -> Sequence[str]:
    """``z, r = R(...);  h = z h' + (1 - z) hh``, gates z, r, h.

    ``hh = A(x K_h + B_h + (r h') U_h)``, or with ``reset_after`` ``A(x K_h + B0_h + r (h' U_h + B1_h))``.
    """
    units, after = source.units, source.resets_after()
    states: list[str] = []
    for number, driven in enumerate(source.driven()):
        read = source.state(states[-1], number) if states else None
        gates, new = source.part(f"zr{number}", driven, (0, 1)), source.part(f"x_h{number}", driven, (2,))
        if read is not None:
            gates = source.total(f"sum{number}", gates, source.recurrent(f"recurrent{number}", read, (0, 1)))
        gates = source.activated(gates, "recurrent_activation", f"gates{number}")
        reset = source.units_of(f"r{number}", gates, units)
        own = _reset(source, number, reset, read, after)
        if own is not None:
            new = source.total(f"sum_h{number}", new, own)
        new = source.activated(new, "activation", f"new{number}")
        update = source.units_of(f"z{number}", gates, 0)
        state = source.product(f"renewed{number}", source.complement(f"not_z{number}", update), new)
        if read is not None:
            state = source.total(f"h{number}", source.product(f"kept{number}", update, read), state)
        states.append(state)
    return states


def _reset(source: RecurrentSource, number: int, reset: str, read: str | None, after: bool) -> str | None:
    """The recurrent part of the new state; ``None`` if it is zero, as in the first step of most layers."""
    if not after:
        if read is None:
            return None
        scaled = source.product(f"reset{number}", reset, read)
        return source.recurrent(f"recurrent_h{number}", scaled, (2,))
    if read is None:
        return source.scaled_by_bias(f"reset{number}", reset)
    return source.product(f"reset{number}", reset, source.recurrent(f"recurrent_h{number}", read, (2,), biased=True))


_READERS: Mapping[str, tuple[int, Callable[[RecurrentSource], Sequence[str]]]] = {
    "SimpleRNN": (1, _simple),
    "LSTM": (4, _lstm),
    "GRU": (3, _gru),
}
RECURRENT = frozenset(prefix + kind for prefix in ("", "Q") for kind in _READERS)


def read_recurrent(source: LayerSource) -> Sequence[Layer]:
    """The layers for a recurrent layer, unrolled over the steps of its input from a state of zero.

    Raises:
        ModelError: If it keeps its state between events, has no quantizers that bound its state, or holds anything else
            that is not supported exactly.

    Source: ``qrecurrent.py`` of QKeras 0.9; Keras 2.15 and 3.15 for layers without quantizers.
    """
    gates, unrolled = _READERS[source.class_name.removeprefix("Q")]
    if len(source.input_shapes[0]) != 2:
        raise ModelError(source.subject, f"takes (steps, features), but its input has shape {source.input_shapes[0]}")
    recurrent = RecurrentSource(source, gates)
    return recurrent.finished(unrolled(recurrent))
