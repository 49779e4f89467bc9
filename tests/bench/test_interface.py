"""The interface of a build, frame-parallel and streaming."""

from __future__ import annotations

import json
from pathlib import Path

from bxnn.compiler.hardware.port_interface import Interface, Port, Probe
from tests.bench.small_designs import PAIR

# Rows of three pixels, two pixels per beat: lane 1 of the second and fourth beat is ignored.
BEATS = ((0, 1), (2, -1), (3, 4), (5, -1))
STREAM = Interface(
    top="net",
    files=("net.vhd",),
    inputs=(Port("x", "in_valid", "in_data", 6, 8, True, "in_first", BEATS),),
    outputs=(Port("y", "out_valid", "out_data", 1, 16, True),),
    latency_cycles=9,
    initiation_interval=4,
    probes=(Probe("conv", "v", "d", ((0, 1), (2, 3)), 8, True, strobed=True),),
)


def test_a_streaming_port_is_as_wide_as_one_beat() -> None:
    assert (STREAM.inputs[0].width, STREAM.outputs[0].width) == (16, 16)
    assert PAIR.interface.inputs[0].width == 12


def test_latency_from_the_last_beat() -> None:
    assert (STREAM.streaming, STREAM.beats, STREAM.latency_from_last_beat_cycles) == (True, 4, 6)
    pair = PAIR.interface
    assert (pair.streaming, pair.beats, pair.latency_from_last_beat_cycles) == (False, 1, None)


def test_streaming_survives_the_interface_file(tmp_path: Path) -> None:
    STREAM.save(tmp_path / "interface.json")
    assert Interface.load(tmp_path / "interface.json") == STREAM


def test_an_interface_file_without_streaming_still_loads(tmp_path: Path) -> None:
    file = tmp_path / "interface.json"
    PAIR.interface.save(file)
    raw = json.loads(file.read_text(encoding="utf-8"))
    for port in (*raw["inputs"], *raw["outputs"]):
        del port["first"], port["beats"]
    file.write_text(json.dumps(raw), encoding="utf-8")
    assert Interface.load(file) == PAIR.interface
