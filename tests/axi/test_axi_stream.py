"""``axi_stream``: whatever the pauses, no event is lost or reordered, tags stay, and the rate is as predicted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from bench.weight_sets import alike
from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.axi_stream import AxisField
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.report.axi_facts import AxiStreamFacts
from bxnn.sim.reference import Reference
from tests.delivery.builds import _merged, _streamed
from tests.layers.firmware import random_codes
from tests.report.network import network

LATENCY_PAD = "latency: {cycles: 30}"


@dataclass(frozen=True)
class Played:
    """What came back: bytes, tag and cycle of each result, and how many more there were."""

    facts: AxiStreamFacts
    expected: Sequence[str]
    tags: Sequence[int]
    received: Sequence[tuple[str, int | None, int]]
    left: int

    @property
    def cycles(self) -> list[int]:
        return [cycle for _, _, cycle in self.received]


def in_bytes(ports: Sequence[Port], codes: Sequence[np.ndarray]) -> list[str]:
    """Events as the wrapper takes them and gives them: whole bytes for each element, in hexadecimal digits."""
    rows = []
    for event in range(len(codes[0])):
        row = b""
        for port, values in zip(ports, codes, strict=True):
            field = AxisField(port.data, port.elements, port.bits, port.signed, 0)
            for code in values[event].ravel().tolist():
                row += int(code).to_bytes(field.bytes, "little", signed=port.signed)
        rows.append(row.hex())
    return rows


def play(keys: str, folder: Path, events: int, source: float, sink: float, reset: int = 0, bad: bool = False) -> Played:
    """Compile, simulate and compare nothing yet.

    Args:
        keys: design.yaml.
        folder: Receives everything.
        events: Number of events.
        source: Share of cycles in which the source pauses.
        sink: The same for the sink.
        reset: Cycles after which a reset drops the events sent before; 0 for none.
        bad: Whether every third frame is a byte lane short or long, and must be dropped.
    """
    graph = _merged() if "merged" in keys else network()[0]
    graphs = alike(replace(graph, name="net"), 3 if "models" in keys else 1)
    config = parse_config(keys)
    report = driver.compile_graph(graphs[0], config, folder / "build", others=graphs[1:])
    assert report.axi_stream is not None
    build = Build(folder / "build")
    interface, final = Interface.load(build.interface), build.graph
    codes, tags = random_codes(final, events, 3), [(7 * number) % 32 for number in range(events)]
    if final.chooser:
        codes[final.chooser] = np.array(tags)[:, np.newaxis]
    outputs = Reference(final).output_codes(codes)
    sent = in_bytes(interface.data_inputs, [codes[port.name] for port in interface.data_inputs])
    expected = in_bytes(interface.outputs, [outputs[port.name] for port in interface.outputs])
    facts = report.axi_stream
    expected = [row.ljust(2 * facts.beats_out * facts.bytes_out, "0") for row in expected]
    frames, numbers = list(sent), list(tags)
    if bad:
        whole = 2 * facts.bytes_in
        wrong = [row[:whole] if number % 2 else row + row for number, row in enumerate(sent[: events // 2])]
        for number, row in enumerate(wrong):
            frames.insert(3 * number, row)
            numbers.insert(3 * number, 31)
    job = {
        **{"lanes_in": facts.bytes_in, "lanes_out": facts.bytes_out, "source_pauses": source, "sink_pauses": sink},
        **{"frames": frames, "tags": numbers, "results": events},
        **{"before_reset": sent[: min(events, 9)] if reset else [], "reset_after": reset},
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    runner = get_runner("ghdl")
    place = folder / "sim"
    runner.build(
        sources=[build.vhdl / name for name in interface.files],
        hdl_library="work",
        hdl_toplevel="net_axis",
        build_args=["--std=08"],
        build_dir=place,
        log_file=folder / "build.log",
    )
    results = runner.test(
        hdl_toplevel_library="work",
        hdl_toplevel="net_axis",
        test_module="axis_player",
        build_dir=place,
        test_dir=place,
        test_args=["--std=08"],
        plusargs=["--ieee-asserts=disable", "--assert-level=error"],
        extra_env={"BXNN_BENCH_FOLDER": str(folder), "COCOTB_LOG_LEVEL": "WARNING"},
        log_file=folder / "simulation.log",
    )
    assert get_results(results) == (1, 0), (folder / "simulation.log").read_text()
    found = json.loads((folder / "received.json").read_text())
    return Played(facts, expected, tags, [(data, tag, cycle) for data, tag, cycle in found["received"]], found["left"])


def check(played: Played, tagged: bool) -> None:
    assert played.left == 0
    assert [data for data, _, _ in played.received] == played.expected
    if tagged:
        assert [tag for _, tag, _ in played.received] == played.tags


CASES = {
    "a beat per event, tagged": "initiation_interval: 3\ntag_bits: 5\naxi_stream: {}",
    "several beats": "initiation_interval: 8\ntag_bits: 5\nspacing_error: true\naxi_stream: {beat_bytes: 2}",
    "several ports": "initiation_interval: 4\noutputs: {fc2: [values, argmax]}\naxi_stream: {beat_bytes: 3}",
    "sets, tagged": "initiation_interval: 12\nchannels: 3\ntag_bits: 5\naxi_stream: {beat_bytes: 4}\n# 3 models",
    "turns, tagged": "initiation_interval: 12\nensemble: {members: 3, cores: 1}\ntag_bits: 5\naxi_stream: {}\n# models",
    "two inputs, held": "initiation_interval: 4\ntiming: {held_input: true}\naxi_stream: {beat_bytes: 4}\n# merged",
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_lost_or_reordered(case: str, tmp_path: Path) -> None:
    check(play(CASES[case], tmp_path, 40, 0.4, 0.6, reset=20), "tagged" in case or "several beats" in case)


def test_frames_of_another_length_are_dropped(tmp_path: Path) -> None:
    check(play(CASES["several beats"], tmp_path, 20, 0.2, 0.3, bad=True), tagged=True)


@pytest.mark.parametrize("stall", [0, 100])
def test_full_rate(stall: int, tmp_path: Path) -> None:
    """The rate is the predicted one with the predicted places, which are not one too many."""
    keys = f"initiation_interval: 3\n{LATENCY_PAD}\naxi_stream: {{stall_cycles: {stall}}}"
    played = play(keys, tmp_path, 40, 0.0, 0.0)
    check(played, tagged=False)
    assert np.diff(played.cycles).tolist() == [played.facts.initiation_interval] * 39
    assert played.facts.initiation_interval == 3
    assert played.facts.depth == ceil_div(33 + 1 + stall, 3)


def test_one_place_less_is_slower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bxnn.compiler.hardware.axi_stream import AxiStream

    depth = vars(AxiStream)["depth"].fget
    monkeypatch.setattr(AxiStream, "depth", property(lambda wrapper: depth(wrapper) - 1))
    played = play(f"initiation_interval: 3\n{LATENCY_PAD}\naxi_stream: {{}}", tmp_path, 40, 0.0, 0.0)
    check(played, tagged=False)
    assert max(np.diff(played.cycles)) > 3


@pytest.mark.slow
def test_a_thousand_events(tmp_path: Path) -> None:
    check(play(CASES["several beats"], tmp_path, 1000, 0.3, 0.5), tagged=True)


def test_an_image_that_streams_is_refused(tmp_path: Path) -> None:
    config = parse_config("initiation_interval: 24\nform: streaming\naxi_stream: {}")
    with pytest.raises(ConfigError) as caught:
        driver.compile_graph(_streamed(), config, tmp_path / "build")
    assert str(caught.value) == (
        "design.yaml: axi_stream: is for events that arrive whole, but this network streams an image: remove it"
    )
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("axi_stream: true", "true is not a mapping of beat_bytes, stall_cycles to numbers; {} for their defaults"),
        ("axi_stream: {beat_bytes: 513}", "beat_bytes: 513 is not an integer from 1 to 512"),
        ("axi_stream: {depth: 4}", "key 'depth' is unknown; did you mean 'beat_bytes'?"),
    ],
)
def test_wrong_keys(keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"initiation_interval: 4\n{keys}")
    assert str(caught.value) == f"design.yaml: axi_stream: {message}"
