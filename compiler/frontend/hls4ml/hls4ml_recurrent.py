"""LSTM, GRU and SimpleRNN nodes of hls4ml, also in both directions, unrolled over the steps of one event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bxnn.compiler.frontend.hls4ml.hls4ml_layers import NodeLayers
from bxnn.compiler.frontend.hls4ml.recurrent_node import RecurrentNode
from bxnn.layers.concatenate import Concatenate
from bxnn.layers.reshape import Reshape

_DIRECTIONS = "forward", "backward"


def _simple(node: RecurrentNode, driven: Sequence[str]) -> list[str]:
    """``h = A(x W + b + h' U)``; hls4ml has this cell for other back ends only, here with the sums of its others."""
    state, states = node.given_state(1), list[str]()
    for step, x in enumerate(driven):
        shown = node.activated("activation", f"shown{step}", node.summed(step, x, state))
        state = node.new_state(f"h{step}", shown)
        states.append(state)
    return states


def _lstm(node: RecurrentNode, driven: Sequence[str]) -> list[str]:
    """``c = R(z_i) A(z_c) + R(z_f) c';  h = R(z_o) A(c)`` with ``z = x W + b + h' U``, gates i, f, c, o."""
    state, carry, states = node.given_state(1), node.given_state(2), list[str]()
    for step, x in enumerate(driven):
        total = node.summed(step, x, state)
        gates = node.activated("recurrent_activation", f"gates{step}", node.chosen(f"ifo{step}", total, (0, 1, 3)))
        new = node.activated("activation", f"new{step}", node.part(f"z{step}", total, 2))
        terms = [node.product(f"added{step}", node.part(f"i{step}", gates, 0), new)]
        if carry is not None:
            terms.append(node.product(f"kept{step}", node.part(f"f{step}", gates, 1), carry))
        carry = node.new_state(f"c{step}", *terms)
        shown = node.activated("activation", f"shown{step}", carry)
        product = node.product(f"output{step}", node.part(f"o{step}", gates, 2), shown)
        state = node.new_state(f"h{step}", product)
        states.append(state)
    return states


def _gru(node: RecurrentNode, driven: Sequence[str]) -> list[str]:
    """``h = hh (1 - z) + h' z`` with ``hh = A(x W_h + b_h + r (h' U_h + b_rh))``; gates z, r, h, in PyTorch r, z, h."""
    update, reset = (1, 0) if node.pytorch else (0, 1)
    state, states = node.given_state(1), list[str]()
    for step, x in enumerate(driven):
        own = None if state is None else node.recurrent(step, state)
        gates = node.part(f"zr{step}", x, 0, 2)
        if own is None:
            gates = node.shifted(f"sum{step}", gates, 0)
        else:
            gates = node.total(f"sum{step}", gates, node.part(f"own_zr{step}", own, 0, 2))
        gates = node.activated("recurrent_activation", f"gates{step}", gates)
        r, role = node.part(f"r{step}", gates, reset), f"reset{step}"
        if own is None:
            scaled = node.scaled_by_bias(role, r, 2 * node.units)
        else:
            scaled = node.product(role, r, node.part(f"own_h{step}", own, 2), accumulated=True)
        new = node.part(f"x_h{step}", x, 2)
        new = new if scaled is None else node.total(f"sum_h{step}", new, scaled)
        new = node.activated("activation", f"new{step}", new)
        z = node.part(f"z{step}", gates, update)
        terms = [node.product(f"renewed{step}", new, node.complement(f"not_z{step}", z))]
        if state is not None:
            terms.append(node.product(f"kept{step}", state, z))
        state = node.new_state(f"h{step}", *terms)
        states.append(state)
    return states


_CELLS: Mapping[str, tuple[int, Callable[[RecurrentNode, Sequence[str]], list[str]]]] = {
    "SimpleRNN": (1, _simple),
    "LSTM": (4, _lstm),
    "GRU": (3, _gru),
}
RECURRENT = frozenset((*_CELLS, "Bidirectional"))


def read_recurrent(made: NodeLayers) -> None:
    """Append the layers for a recurrent node.

    Raises:
        ModelError: If it returns its state, or asks for something that hls4ml computes differently from its file.
    """
    if made.get("return_state", False):
        raise made.refuse("return_state is not supported; return the sequence or its last output")
    if made.read_signs():
        raise made.refuse("reads the result of a binary layer, which is not supported; put an activation before it")
    if made.class_name == "Bidirectional":
        _both_directions(made)
        return
    states = _states(made, made.class_name, "")
    if made.get("return_sequences", False):
        _stack(made, states)


def _states(made: NodeLayers, kind: str, direction: str) -> list[str]:
    """The state after every step, in the order in which they are computed."""
    if made.get(f"{direction}apply_reset_gate", "after") == "before":
        raise made.refuse("reset_after=False is computed by hls4ml as if it were True; train with reset_after=True")
    gates, unrolled = _CELLS[kind]
    node = RecurrentNode(made, gates, direction)
    return unrolled(node, node.driven(backward=direction == "backward_"))


def _both_directions(made: NodeLayers) -> None:
    """The states of both directions side by side.

    Raises:
        ModelError: If they are to be merged in another way.
    """
    if made.word("merge_mode") != "concat":
        raise made.refuse(f"merge_mode {made.get('merge_mode')!r} is not supported; hls4ml computes 'concat'")
    forward, backward = (
        _states(made, str(made.get(f"{direction}_class_name")), f"{direction}_") for direction in _DIRECTIONS
    )
    made.role = "both"
    if not made.get("return_sequences", False):
        made.append(Concatenate, (forward[-1], backward[-1]), 0)
        return
    pairs = zip(forward, reversed(backward), strict=True)
    _stack(made, [made.append(Concatenate, pair, 0).name for pair in pairs])


def _stack(made: NodeLayers, states: Sequence[str]) -> None:
    """The states of all steps as rows."""
    made.role = "row"
    shape = (1, made.output_shape[-1])
    rows = [made.append(Reshape, (state,), shape).name for state in states]
    made.role = "sequence"
    if len(rows) > 1:
        made.append(Concatenate, rows, 0)
