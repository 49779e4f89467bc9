"""Every layer type with every strategy, adder graphs, zeros and wires alike, is in every picture and table."""

from __future__ import annotations

import html

import pytest

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.report import build_report, slot_maps
from bxnn.compiler.report.html import draw, render_html
from bxnn.compiler.report.markdown import render_markdown
from bxnn.compiler.report.table import pieces
from bxnn.compiler.report.timeline import text_timeline
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.ir.networks import activation, dense, network, source

_LUT_PINS, _REGISTER_PINS, _SLICE_PINS = 6, 3, 150  # inputs that a net may load


def zeros_and_wires() -> Graph:
    """A kernel of zeros, one of powers of two, which are wires, and one of sums."""
    return network(
        source("x", 3),
        dense("nothing", "x", [[0, 0], [0, 0], [0, 0]], [3, -5]),
        activation("relu", "nothing"),
        dense("wires", "relu", [[4, 0], [0, 2]]),
        dense("sums", "wires", [[3, 5], [7, -1]]),
    )


@pytest.mark.parametrize("design", ["strategy: dsp", "strategy: lut", "budget: {lut: 5000}", "budget: {dsp: 0}"])
def test_every_layer_stands_everywhere(design: str) -> None:
    graph, config = zeros_and_wires(), parse_config(f"initiation_interval: 4\n{design}")
    board = load_board(config.board)
    schedule = schedule_graph(graph, config, board)
    report, maps = build_report(graph, schedule, board, config, [], [], []), slot_maps(graph, schedule)
    names = [layer.name for layer in graph.layers if isinstance(layer, HardwareLayer) and not isinstance(layer, Input)]
    assert [layer.name for layer in report.layers] == names
    with_dsp = [layer.name for layer in report.layers if layer.dsp]
    assert [found.layer for found in maps] == with_dsp
    assert [name for name, _ in draw(report).rows] == names
    text, page = render_markdown(report), html.unescape(render_html(report, maps))
    rest = [f"{layer.name} ({layer.binding})" for layer in report.layers if not layer.dsp]
    assert f"Without DSPs: {', '.join(rest)}." in page
    timeline = text_timeline(report.layers, report.latency_cycles)
    for name in names:
        assert f"| {name} |" in text and f"\n{name}" in timeline
        assert page.count(name) >= 4, "timeline, slots and two tables"


@pytest.mark.parametrize("design", ["strategy: dsp", "strategy: lut", "budget: {lut: 5000}", "budget: {dsp: 0}"])
def test_no_net_has_more_loads_than_the_design(design: str) -> None:
    """Of the reset, whose loads are not counted, none are told."""
    graph, config = zeros_and_wires(), parse_config(f"initiation_interval: 4\n{design}")
    board = load_board(config.board)
    report = build_report(graph, schedule_graph(graph, config, board), board, config, [], [], [])
    assert report.timing is not None and report.predicted is not None
    loads = {report.timing.places[path.kind.value]: path.fan_out for path in report.timing.classes}
    assert loads["rst"] is None and "| input_port | rst | 1.415 | 1.850 | 1.113 | 1 | - | - |" in render_markdown(
        report
    )
    pins = _LUT_PINS * report.predicted.lut + _REGISTER_PINS * report.predicted.ff + _SLICE_PINS * report.dsp
    assert max(each or 0 for each in loads.values()) <= pins


@pytest.mark.parametrize("name", ["fc1", "a_layer_of_a_name_of_many_words", "x" * 60, "0.1234567890123456"])
def test_names_end_a_line_after_their_separators(name: str) -> None:
    assert "".join(pieces(f"in {name} too")) == f"in {name} too"
    assert all(len(word) <= 14 for piece in pieces(name) if "_" in name for word in piece.split("_"))
    assert pieces("fc1.dot") == ["fc1.dot"] and pieces("layer_fc1.dot.rom") == ["layer_", "fc1.", "dot.", "rom"]
