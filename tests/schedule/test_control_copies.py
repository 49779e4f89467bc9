"""Copies of the control of layers on DSPs: no copy has more loads than it may, and they cost what was predicted."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Budget, Search
from bxnn.layers.dense import Dense
from bxnn.sim.synthesis import synthesize_parts
from tests.layers.firmware import DSP48E2, check_firmware


def dense(inputs: int, outputs: int) -> Graph:
    """A layer of random weights and no zero."""
    rng = np.random.default_rng(7)
    quantizer = FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND, Overflow.SAT)
    codes = rng.integers(1, 32, (inputs, outputs)) * rng.choice([-1, 1], (inputs, outputs))
    kernel, bias = FixedTensor(codes, 4), FixedTensor(rng.integers(-99, 99, outputs), 4)
    return Graph("net", (Input("x", (), (inputs,), quantizer), Dense("d", ("x",), kernel, bias)), ("d",))


def scheduled(graph: Graph, interval: int, settings: LayerSettings, max_fanout: int) -> Schedule:
    pipelining = replace(EVERY_REGISTER, max_fanout=max_fanout)
    search = Search(graph, interval, {"d": settings}, DSP48E2, pipelining=pipelining)
    return search.best(Budget(), 10**6)


# inputs, outputs, initiation interval, settings, most loads, copies
CASES = {
    "output_serial": (8, 24, 6, LayerSettings("output_serial", cascade=2, packing=1), 40, 4),
    "held": (12, 8, 4, LayerSettings("output_serial", cascade=6, packing=1), 30, 2),
    "input_serial": (12, 20, 6, LayerSettings("input_serial", packing=1), 24, 20),
}


@pytest.mark.parametrize("name", CASES)
def test_no_copy_has_more_loads_and_all_cost_what_was_predicted(name: str, tmp_path: Path) -> None:
    inputs, outputs, interval, settings, most, copies = CASES[name]
    graph = dense(inputs, outputs)
    chosen = scheduled(graph, interval, settings, most)
    check_firmware(graph, chosen, tmp_path)
    binding = chosen.step("d").binding
    assert isinstance(binding, DspBinding)
    files = sorted((tmp_path / "vhdl").rglob("*.vhd"))
    found = synthesize_parts(files, "net", tmp_path / "synthesis")["layer_d"]
    replicas, others = loads_of_registers(tmp_path / "synthesis" / "netlist.json", "net_d")
    assert len(replicas) >= copies - 1
    assert most // 2 <= max(replicas) <= most
    if name.endswith("serial"):  # no data in registers but sums, which one adder reads
        assert max(others) <= most
    assert found.dsp == binding.dsp
    assert found.ff == pytest.approx(binding.resources().register_bits, abs=1), "a bit of a sum may never change"


def loads_of_registers(netlist: Path, module: str) -> tuple[list[int], list[int]]:
    """Loads of every replica, and of every other flip-flop; those of weights are slices, which do not count."""
    found = json.loads(netlist.read_text(encoding="utf-8"))["modules"][module]["cells"]
    sinks: Counter[int] = Counter()
    fabric: Counter[int] = Counter()
    for cell in found.values():
        read = [port for port, direction in cell["port_directions"].items() if direction == "input"]
        bits = [bit for port in read for bit in cell["connections"][port] if isinstance(bit, int)]
        sinks.update(bits)
        if cell["type"] != "DSP48E1":
            fabric.update(bits)
    replicas: list[int] = []
    others: list[int] = []
    for name, cell in found.items():
        if cell["type"] in ("FDRE", "FDSE"):
            result = cell["connections"]["Q"][0]
            if "words." in name:
                replicas.append(fabric[result])
            else:
                kind = replicas if any(part in name for part in ("head.", "delayed.", "ahead.")) else others
                kind.append(sinks[result])
    return replicas, others


def test_a_fan_out_that_no_copy_can_keep_is_refused() -> None:
    graph = dense(8, 24)
    with pytest.raises(ScheduleError) as caught:
        scheduled(graph, 6, LayerSettings("output_serial", cascade=2, packing=1), 4)
    assert str(caught.value) == (
        "d (dense): timing: max_fanout 4 is too small, the control of one of its DSPs has 5 loads; use at least 5"
    )
    assert scheduled(graph, 6, LayerSettings("output_serial", cascade=2, packing=1), 5).dsp == 32
