"""Copies of valids: no valid or phase has more loads than it may, and the copies cost what was predicted."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.valid_loads import ValidLoads, ValidShare, stage_registers
from bxnn.compiler.hardware.valid_wiring import ValidWiring
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.activation import ActivationLayer
from bxnn.layers.dense import Dense
from bxnn.sim.synthesis import synthesize
from tests.layers.firmware import check_firmware, schedule

SETTINGS = (
    LayerSettings("output_serial"),
    LayerSettings("input_serial"),
    LayerSettings("output_switched"),
    LayerSettings(strategy="lut"),
)


def network(seed: int) -> tuple[Graph, dict[str, LayerSettings]]:
    """Two dense layers of random bindings, with activations after them."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(8, 21, 3)
    read = Input("x", (), (int(sizes[0]),), FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND, Overflow.SAT))
    layers: list[Any] = [read]
    settings = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes.tolist())):
        kernel = FixedTensor(rng.integers(-31, 32, (inputs, outputs)), 4)
        layers.append(Dense(f"d{number}", (layers[-1].name,), kernel, FixedTensor(rng.integers(-99, 99, outputs), 4)))
        settings[f"d{number}"] = SETTINGS[rng.integers(len(SETTINGS))]
        function = FixedQuantizer(FixedFormat(False, 1, int(rng.integers(3, 7))), Rounding.RND_CONV, Overflow.SAT)
        layers.append(ActivationLayer(f"a{number}", (layers[-1].name,), function))
    return Graph("net", tuple(layers), (layers[-1].name,)), settings


def loads_of_control(netlist: Path, top: str) -> dict[str, int]:
    """Pins that every flip-flop drives which the reset clears: valids and phases."""
    found = json.loads(netlist.read_text(encoding="utf-8"))["modules"][top]
    (reset,) = found["ports"]["rst"]["bits"]
    pins: Counter[int] = Counter()
    for cell in found["cells"].values():
        for port, direction in cell["port_directions"].items():
            if direction == "input":
                pins.update(bit for bit in cell["connections"][port] if isinstance(bit, int))
    return {
        name: pins[cell["connections"]["Q"][0]]
        for name, cell in found["cells"].items()
        if cell["type"] in ("FDRE", "FDSE") and cell["connections"].get("R", cell["connections"].get("S")) == [reset]
    }


def check(seed: int, max_fanout: int, folder: Path) -> Schedule:
    """A drawn network has the right bits in the right cycles, and no more loads than it may have."""
    graph, settings = network(seed)
    chosen = schedule(graph, 4, settings, replace(EVERY_REGISTER, max_fanout=max_fanout))
    check_firmware(graph, chosen, folder)
    synthesize(sorted((folder / "vhdl").rglob("*.vhd")), "net", folder / "synthesis")
    control = loads_of_control(folder / "synthesis" / "netlist.json", "net")
    assert control and max(control.values()) <= max_fanout, max(control.items(), key=lambda item: item[1])
    wiring = ValidWiring(chosen)
    for key, copies in wiring.copies.items():
        found = sum(f"to_starts_{key[0]}." in name for name in control) if len(key) == 1 else copies.registers
        assert copies.registers - 1 <= found <= copies.registers, "the last copy may have no hardware"
    return chosen


@pytest.mark.parametrize(("seed", "max_fanout"), [(1, 24), (2, 64)])
def test_no_valid_has_more_loads_than_it_may(seed: int, max_fanout: int, tmp_path: Path) -> None:
    chosen = check(seed, max_fanout, tmp_path)
    assert ValidWiring(chosen).copies


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(3, 15))
def test_drawn_networks(seed: int, tmp_path: Path) -> None:
    check(seed, 16 + 8 * (seed % 7), tmp_path)


def test_copies_cost_no_cycle() -> None:
    graph, settings = network(1)
    cycles = {
        schedule(graph, 4, settings, replace(EVERY_REGISTER, max_fanout=most)).latency_cycles for most in (24, 64, 1000)
    }
    assert len(cycles) == 1


def test_what_shares_a_copy() -> None:
    lanes = ValidShare(10, 7)
    assert [lanes.copies(most) for most in (7, 13, 14, 35, 69)] == [10, 10, 5, 2, 2]
    assert ValidShare(10, 20).copies(16) == 10, "a part is not divided"
    assert (ValidShare(4, 2).copies(64), ValidShare(3, 3).copies(64)) == (0, 1), "a few loads stay with the valid"
    loads = ValidLoads((ValidShare(4, 2), lanes))
    assert (loads.loads, loads.copies(64)) == (78, (0, 2))


def test_registers_of_every_cycle() -> None:
    assert stage_registers(1, 100, 8) == (100,)
    assert stage_registers(4, 100, 8) == (1, 2, 13, 100)
