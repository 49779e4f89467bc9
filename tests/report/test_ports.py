"""The ports that the report shows are those of the emitted entity, in both forms."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.report import ReportModel, build_report, load_report, save_report
from bxnn.compiler.report.html import render_html
from bxnn.compiler.report.markdown import render_markdown
from tests.ir.networks import activation, dense, network, random_kernel, source
from tests.layers import firmware
from tests.streams import networks as streams

_PORT = re.compile(r"^\s*(\w+)\s*:\s*(in|out)\s+(std_logic(?:_vector\((\d+) downto 0\))?)", re.MULTILINE)
Ports = dict[str, tuple[str, int]]


def entity_ports(folder: Path, top: str) -> Ports:
    """Direction and bits of the ports of the entity."""
    text = (folder / "vhdl" / f"{top}.vhd").read_text(encoding="utf-8")
    (entity,) = re.findall(rf"^entity {top} is$(.*?)^end entity", text, re.MULTILINE | re.DOTALL)
    return {name: (side, 1 if bits == "" else int(bits) + 1) for name, side, _, bits in _PORT.findall(entity)}


def report_of(graph: Graph, chosen: Schedule | StreamSchedule, interface: Interface) -> ReportModel:
    config = parse_config(f"initiation_interval: {chosen.initiation_interval}")
    board = load_board(config.board)
    return build_report(graph, chosen, board, config, (), interface.inputs, interface.outputs)


def reported_ports(report: ReportModel) -> Ports:
    """As in report.json."""
    found: Ports = {"clk": ("in", 1), "rst": ("in", 1)}
    for side, ports in (("in", report.inputs), ("out", report.outputs)):
        for port in ports:
            found |= {port.valid: (side, 1), port.data: (side, port.width)}
            found |= {} if port.first is None else {port.first: (side, 1)}
    return found


def shown_ports(page: str) -> Ports:
    """As on a page: one row per tensor, "in | x | in_valid | in_first | in_data(7 downto 0) | ..."."""
    found: Ports = {"clk": ("in", 1), "rst": ("in", 1)}
    row = r"(in|out)\s*\|\s*\w+\s*\|\s*(\w+)\s*\|\s*(\w+|-)\s*\|\s*(\w+)\((\d+) downto 0\)"
    for side, valid, first, data, high in re.findall(row, page):
        found |= {valid: (side, 1), data: (side, int(high) + 1)}
        found |= {} if first == "-" else {first: (side, 1)}
    return found


def check(graph: Graph, chosen: Schedule | StreamSchedule, interface: Interface, folder: Path) -> None:
    ports, report = entity_ports(folder, graph.name), report_of(graph, chosen, interface)
    save_report(report, folder / "report.json")
    assert reported_ports(load_report(folder / "report.json")) == ports
    assert shown_ports(render_markdown(report)) == ports
    assert shown_ports(unescape(re.sub(r"<[^>]+>", "|", render_html(report, ())).replace("||", "|"))) == ports


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(st.integers(1, 6), st.integers(1, 5), st.booleans(), st.integers(1, 4), st.integers(0, 99))
def test_frame_parallel(
    tmp_path_factory: pytest.TempPathFactory, inputs: int, outputs: int, both: bool, interval: int, seed: int
) -> None:
    rng, folder = np.random.default_rng(seed), tmp_path_factory.mktemp("ports")
    graph = network(
        source("x", inputs),
        dense("fc1", "x", random_kernel(rng, inputs, outputs, 4, 0.2)),
        activation("relu", "fc1"),
        outputs=("relu", "fc1") if both else ("relu",),
    )
    chosen = firmware.schedule(graph, interval)
    check(graph, chosen, firmware.write(graph, chosen, folder), folder)


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(streams.streamed())
def test_streaming(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[Graph, int, int]) -> None:
    graph, pixels, spare = drawn
    folder, chosen = tmp_path_factory.mktemp("ports"), streams.schedule(graph, pixels, spare)
    interface = streams.write(graph, chosen, folder)
    assert interface.inputs[0].first == "in_first"
    check(graph, chosen, interface, folder)
