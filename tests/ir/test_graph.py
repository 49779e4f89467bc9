"""The graph and its verifier."""

import pytest

from bxnn.compiler.errors import InternalError, ModelError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import HostQuantizes
from bxnn.compiler.ir.verifier import verify
from tests.ir.networks import activation, dense, identity, network, source

NOTICE = HostQuantizes("relu (activation)", "x")
X, FC, RELU = source("x", 2), dense("fc", "x", identity(2)), activation("relu", "fc")


@pytest.mark.parametrize(
    ("layers", "outputs", "message"),
    [
        ((X, activation("a__b", "x")), ("a__b",), "a__b (activation) after pass p: name is not a legal identifier"),
        ((X, activation("1a", "x")), ("1a",), "1a (activation) after pass p: name is not a legal identifier"),
        ((X, activation("X", "x")), ("X",), "X (activation) after pass p: name is not unique"),
        ((X, RELU, FC), ("fc",), "relu (activation) after pass p: reads 'fc', which no earlier layer writes"),
        ((X, FC), ("fd",), "net after pass p: output 'fd' is not a layer"),
    ],
)
def test_a_broken_graph_is_an_internal_error(layers: tuple[Layer, ...], outputs: tuple[str, ...], message: str) -> None:
    with pytest.raises(InternalError) as caught:
        verify(network(*layers, outputs=outputs), "p")
    assert str(caught.value) == message


def test_a_graph_needs_an_output() -> None:
    with pytest.raises(InternalError) as caught:
        verify(Graph("net", (X,), ()), "p")
    assert str(caught.value) == "net after pass p: has no output"


def test_shapes_must_fit() -> None:
    with pytest.raises(ModelError) as caught:
        verify(network(source("x", 3), FC), "p")
    assert str(caught.value) == "fc (dense): reads 2 elements, but its input has shape (3,)"


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(InternalError) as caught:
        network(X, FC).layer("fb")
    assert str(caught.value) == "fb: is not a layer of the graph"


def test_bypassing_a_layer_moves_its_readers_and_outputs_to_its_input() -> None:
    graph = network(X, FC, RELU, dense("end", "relu", identity(2)), outputs=("relu", "end"))
    bypassed = graph.without("relu", NOTICE)
    assert [layer.inputs for layer in bypassed.layers] == [(), ("x",), ("fc",)]
    assert bypassed.outputs == ("fc", "end")
    assert bypassed.notices == (NOTICE,)
    assert graph.outputs == ("relu", "end"), "graphs are immutable"


def test_readers_of_a_tensor() -> None:
    graph = network(X, FC, RELU, activation("other", "fc"), outputs=("relu", "other"))
    assert [layer.name for layer in graph.consumers("fc")] == ["relu", "other"]
    assert graph.only_consumer("fc") is None
    assert graph.only_consumer("x") is graph.layer("fc")
    assert network(X, FC, RELU, outputs=("fc", "relu")).only_consumer("fc") is None
    assert graph.inputs == ("x",)
