"""Quantizers that an input reaches through layers that move elements: the host applies them, element by element."""

from __future__ import annotations

import numpy as np
import pytest

from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.passes.absorb_input_quantizers import absorb_input_quantizers
from bxnn.compiler.passes.runner import PassOptions
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.gather import Gather
from bxnn.layers.permute import Permute
from bxnn.layers.reshape import Reshape
from bxnn.layers.zero_padding import ZeroPadding
from bxnn.sim.reference import Reference

SHAPE = (3, 2)
DRAW = np.random.default_rng(2)
X = DRAW.normal(0, 3, (200, *SHAPE))


def quantizer(shape: tuple[int, ...]) -> ElementQuantizer:
    bits = DRAW.integers(0, 6, shape)
    ends: Int = np.left_shift(1, bits)
    return ElementQuantizer(DRAW.integers(-1, 4, shape), np.where(bits, -ends, 0), ends - 1, Rounding.RND, True)


def graph_of(moves: dict[str, Layer], ends: dict[str, tuple[str, ElementQuantizer]]) -> Graph:
    rounded = [ActivationLayer(name, (source,), function) for name, (source, function) in ends.items()]
    last = [Reshape(f"{name}_out", (name,), function.low.shape) for name, (_, function) in ends.items()]
    return Graph("g", (Input("x", (), SHAPE, None), *moves.values(), *rounded, *last), tuple(one.name for one in last))


MOVES: dict[str, tuple[Layer, Int]] = {
    "permuted": (Permute("m", ("x",), (1, 0)), np.arange(6).reshape(3, 2).T),
    "reshaped": (Reshape("m", ("x",), (6,)), np.arange(6)),
    "picked": (Gather.of("m", "x", np.array([5, 0, 3])), np.array([5, 0, 3])),
    "padded": (ZeroPadding("m", ("x",), (1,), (0,)), np.array([[-1, -1], [0, 1], [2, 3], [4, 5]])),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_quantizer_after_a_move(name: str) -> None:
    move, places = MOVES[name]
    own = quantizer(places.shape)
    graph = absorb_input_quantizers(graph_of({"m": move}, {"q": ("m", own)}), PassOptions())
    assert [layer.kind for layer in graph.layers] == ["input", move.kind, "reshape"]
    moved = np.where(places < 0, 0, X.reshape(len(X), -1)[:, np.maximum(places, 0)])
    lsb = 2.0**-own.format.fraction_bits
    (found,) = Reference(graph).predict({"x": X}).values()
    assert np.array_equal(found, own.quantize_real(moved) * lsb)


def test_quantizers_of_parts() -> None:
    moves: dict[str, Layer] = {n: Gather.of(n, "x", np.array(p)) for n, p in (("a", [0, 2]), ("b", [5, 4, 1]))}
    ends = {"qa": ("a", quantizer((2,))), "qb": ("b", quantizer((3,)))}
    graph = absorb_input_quantizers(graph_of(moves, ends), PassOptions())
    assert [layer.name for layer in graph.layers] == ["x", "a", "b", "qa_out", "qb_out"]
    assert isinstance(graph.layers[0], Input) and isinstance(graph.layers[0].quantizer, ElementQuantizer)
    assert graph.layers[0].quantizer.widths.ravel()[3] == 0, "no part reads this element"
    for (source, own), found in zip(ends.values(), Reference(graph).predict({"x": X}).values(), strict=True):
        part = X.reshape(len(X), -1)[:, [0, 2] if source == "a" else [5, 4, 1]]
        assert np.array_equal(found, own.quantize_real(part) * 2.0**-own.format.fraction_bits)


def test_the_host_keeps_what_two_copies_of_an_element_depend_on() -> None:
    moves: dict[str, Layer] = {"m": Gather.of("m", "x", np.array([0, 0]))}
    own = ElementQuantizer(np.array([1, 2]), np.array([-4, -4]), np.array([3, 3]), Rounding.RND, True)
    graph = graph_of(moves, {"q": ("m", own)})
    changed = absorb_input_quantizers(graph, PassOptions())
    assert [layer.name for layer in changed.layers] == ["x", "m", "q", "q_out"]
    (found,) = Reference(changed).predict({"x": X}).values()
    first = X.reshape(len(X), -1)[:, [0, 0]]
    assert np.array_equal(found, own.quantize_real(first) * 2.0**-own.format.fraction_bits)
