"""The text form: printing and reading are inverse."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import HostQuantizes, Notice
from bxnn.compiler.ir.source import Parameter, Real
from bxnn.compiler.ir.text import parse_graph, print_graph
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.layers.dense import Dense
from tests.ir.networks import activation, dense, network, networks, source
from tests.ir.strategies import notices

NOTICE = 'notice {"type": "HostQuantizes", "subject": "relu (activation)", "input_name": "x"}'


@settings(max_examples=40)
@given(networks())
def test_printing_and_reading_are_inverse(graph: Graph) -> None:
    text, arrays = print_graph(graph)
    again = parse_graph(text, arrays)
    assert print_graph(again)[0] == text
    assert (again.name, again.outputs, [layer.name for layer in again.layers]) == (
        graph.name,
        graph.outputs,
        [layer.name for layer in graph.layers],
    )
    for before, after in zip(graph.layers, again.layers, strict=True):
        assert type(before) is type(after) and before.inputs == after.inputs
        for name, array in print_graph(network(before))[1].items():
            assert np.array_equal(array, print_graph(network(after))[1][name])


def test_a_graph_reads_as_one_layer_a_line() -> None:
    graph = Graph(
        "net",
        (source("x", 2), dense("fc", "x", [[1], [2]], [3]), activation("relu", "fc")),
        ("relu",),
        (HostQuantizes("relu (activation)", "x"),),
        {"fc-1": "fc"},
    )
    text, arrays = print_graph(graph)
    quantizer = {
        "type": "FixedQuantizer",
        "format": {"type": "FixedFormat", "signed": False, "integer_bits": 0, "fraction_bits": 6},
        "rounding": {"enum": "Rounding", "value": "RND_CONV"},
        "overflow": {"enum": "Overflow", "value": "SAT"},
        "low_code": None,
        "high_code": None,
        "slope_shift": 0,
    }
    lines = text.splitlines()
    assert lines[0] == "graph net"
    assert lines[2] == (
        'fc = dense(x) {"kernel": {"constant": "@fc.kernel", "shape": [2, 1], "fraction_bits": 3}, '
        '"bias": {"constant": "@fc.bias", "shape": [1], "fraction_bits": 5}}'
    )
    assert lines[3] == f"relu = activation(fc) {json.dumps({'function': quantizer})}"
    assert lines[4:] == ["return relu", 'renames {"fc-1": "fc"}', NOTICE]
    assert sorted(arrays) == ["fc.bias", "fc.kernel"]
    again = parse_graph(text, arrays)
    assert (again.notices, again.renames) == (graph.notices, graph.renames)


@given(st.lists(notices()))
def test_notices_are_read_as_they_were(found: list[Notice]) -> None:
    """Whatever a name or a value contains: text after a line feed was once treated as a separate line."""
    graph = Graph("net", (source("x", 2),), ("x",), tuple(found))
    assert parse_graph(*print_graph(graph)).notices == tuple(found)


@pytest.mark.parametrize("name", ["graph", "return_", "renames", "notice"])
def test_layers_may_bear_the_words_of_the_text_form(name: str) -> None:
    graph = network(source("x", 2), activation(name, "x"))
    assert parse_graph(*print_graph(graph)).layer(name).inputs == ("x",)


def test_a_damaged_line_is_named() -> None:
    with pytest.raises(InternalError) as caught:
        parse_graph("graph net\ny = unheard_of(x) {}\nreturn y\n", {})
    assert str(caught.value) == "IR line 2: is not understood: y = unheard_of(x) {}"


class Halves:
    """A weight quantizer that rounds to halves."""

    def quantize(self, values: Real) -> FixedTensor:
        return FixedTensor(np.rint(values * 2).astype(np.int64), 1)

    def every_code(self) -> None:
        return None

    def __str__(self) -> str:
        return "halves()"


def test_trained_weights_print_as_shape_and_quantizer() -> None:
    layer = Dense("fc", ("x",), Parameter(np.zeros((2, 3), np.float32), Halves()), None)
    text, arrays = print_graph(network(source("x", 2), layer))
    assert 'fc = dense(x) {"kernel": {"trained": [2, 3], "quantizer": "halves()"}, "bias": null}' in text
    assert arrays == {}
