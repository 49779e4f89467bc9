"""Fewer registers: the same bits in fewer cycles, as predicted, with as many flip-flops as counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.add import Add
from bxnn.layers.argmax import Argmax
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from bxnn.sim import synthesis_script
from bxnn.sim.reference import Reference
from bxnn.sim.synthesis import synthesize, synthesize_parts
from tests.ir.networks import activation, dense, network, random_kernel, sat, source
from tests.layers.firmware import check_firmware, random_codes, schedule, write

INTERVAL = 4
FEWEST = Pipelining(False, 2, fused_requantize=True, folded_rounding=True)
SETTINGS = {
    "fc1": LayerSettings("output_serial", cascade=3),
    "fc2": LayerSettings("input_serial"),
    "fc3": LayerSettings("output_switched"),
    "fc4": LayerSettings(strategy="lut"),
    "other": LayerSettings("input_serial", packing=2),
}


def everything() -> Graph:
    """Every binding, a sum of two branches, a pool and the largest of five, after quantizers of several kinds."""
    rng = np.random.default_rng(4)

    def kernel(inputs: int, outputs: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return random_kernel(rng, inputs, outputs, 5, 0.2)

    return network(
        source("x", 11),
        dense("fc1", "x", kernel(11, 10), rng.integers(-40, 40, 10)),
        activation("q1", "fc1"),
        dense("fc2", "q1", kernel(10, 12), None),
        activation("q2", "fc2", sat(True, 2, 3)),
        dense("other", "q1", kernel(10, 12), rng.integers(-40, 40, 12)),
        activation("q_other", "other", sat(True, 3, 2)),
        Add("both", ("q2", "q_other", "q2")),
        Reshape("image", ("both",), (6, 2)),
        MaxPool2D("pool", ("image",), Window((3,), (1,), (1,), (0,), (0,))),
        Reshape("flat", ("pool",), (8,)),
        dense("fc3", "flat", kernel(8, 9), rng.integers(-40, 40, 9)),
        activation("q3", "fc3", sat(False, 1, 5)),
        dense("fc4", "q3", kernel(9, 5), rng.integers(-40, 40, 5)),
        activation("q4", "fc4", sat(True, 3, 4)),
        Argmax("best", ("q4",)),
        outputs=("best", "fc3"),
    )


@pytest.mark.no_cover
@given(
    pipelining=st.builds(
        Pipelining, st.booleans(), st.integers(1, 3), st.booleans(), st.booleans(), adders_per_stage=st.integers(1, 4)
    )
)
@settings(max_examples=3, deadline=None, derandomize=True)
def test_any_pipelining_is_exact_in_bits_and_cycles(
    tmp_path_factory: pytest.TempPathFactory, pipelining: Pipelining
) -> None:
    chosen = schedule(everything(), INTERVAL, SETTINGS, pipelining)
    check_firmware(everything(), chosen, tmp_path_factory.mktemp("any"), events=6)


def test_the_fewest_registers(tmp_path: Path) -> None:
    """Every DSP layer is a cycle shorter, trees of three levels by two, and the same DSPs are used."""
    usual, short = (schedule(everything(), INTERVAL, SETTINGS, where) for where in (EVERY_REGISTER, FEWEST))
    assert [step.binding.dsp for step in usual.steps] == [step.binding.dsp for step in short.steps]
    saved = {
        before.layer: before.binding.latency_cycles - after.binding.latency_cycles
        for before, after in zip(usual.steps, short.steps, strict=True)
    }
    leaves = {"fc1": 4, "fc2": 3, "other": 3}
    for name, terms in leaves.items():
        levels = ceil_log2(terms)
        assert saved[name] == 1 + levels - max(ceil_div(levels - 1, 2), 0), name
    assert saved["fc3"] >= 1, "a network output keeps the register of its last adder"
    assert short.latency_cycles < usual.latency_cycles
    codes = random_codes(everything(), 4, 1)
    expected, built = (Reference(graph).evaluate(codes) for graph in (everything(), short.graph))
    halves = {probe.layer: probe.half for probe in interface_of(everything(), short, ()).probes}
    for name, half in halves.items():
        assert np.array_equal(built[name], expected[name] + half), name
    assert [name for name, half in halves.items() if half] == ["fc1", "fc2", "other", "fc4"]
    check_firmware(everything(), short, tmp_path, events=6)


@pytest.mark.slow
@pytest.mark.parametrize("pipelining", [Pipelining(False, 2), replace(FEWEST, tree_levels_per_stage=3)], ids=str)
def test_flip_flops_are_counted_exactly(pipelining: Pipelining, tmp_path: Path) -> None:
    """And results of a quantizer stay in the fabric: a DSP slice that absorbed them would end a long path."""
    rng = np.random.default_rng(2)
    codes = np.where(rng.random((12, 12)) < 0.5, -15, 15) + rng.integers(-1, 1, (12, 12))
    graph = network(
        source("x", 8),
        dense("a", "x", codes[:8], rng.integers(-99, 99, 12)),
        activation("q", "a", sat(True, 3, 4)),
        dense("b", "q", codes[:, :6], rng.integers(-99, 99, 6)),
        activation("p", "b", sat(True, 3, 4)),
    )
    chosen = schedule(
        graph,
        3,
        {"a": LayerSettings("output_serial", cascade=2, packing=1), "b": LayerSettings("input_serial", packing=1)},
        pipelining,
    )
    files = [tmp_path / "vhdl" / file for file in write(graph, chosen, tmp_path).files]
    found = synthesize_parts(files, "net", tmp_path / "synthesis")
    for step in chosen.steps:
        counted = found[f"layer_{step.layer}"]
        assert (step.layer, counted.dsp, counted.ff) == (
            step.layer,
            step.binding.dsp,
            step.binding.resources().register_bits,
        )


def test_there_is_no_pipelining_without_registers() -> None:
    for levels, adders in ((0, 3), (1, 0)):
        with pytest.raises(InternalError) as caught:
            Pipelining(tree_levels_per_stage=levels, adders_per_stage=adders)
        assert str(caught.value) == (
            "pipelining: between two registers there is less than one level of a tree or adder"
        )


@pytest.mark.slow
def test_results_of_a_quantizer_are_not_absorbed_by_the_slices_that_read_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their path through the quantizer would end in the slice; without the boundary, synthesis puts them there."""
    codes = np.where(np.random.default_rng(2).random((3, 2)) < 0.5, -15, 14)
    graph = network(
        source("x", 2),
        dense("a", "x", codes.T),
        activation("q", "a", sat(True, 3, 2)),
        dense("b", "q", codes, [5, -9]),
    )
    bindings = {"a": LayerSettings("output_serial", packing=1), "b": LayerSettings("input_serial", packing=1)}
    chosen = schedule(graph, 3, bindings)
    files = [tmp_path / "vhdl" / file for file in write(graph, chosen, tmp_path).files]
    assert operand_registers(files, tmp_path / "kept") == {1}, "the slice's own"
    monkeypatch.setattr(synthesis_script, "_APART", "bxnn_weight_rom*")
    monkeypatch.setattr(synthesis_script, "_CLAMPS", "bxnn_requantize_*/t:none")  # or the quantizer stays apart
    assert operand_registers(files, tmp_path / "absorbed") == {1, 2}


def operand_registers(files: list[Path], folder: Path) -> set[int]:
    """Registers of the operand in a row inside the slices."""
    assert synthesize(files, "net", folder).dsp == 4
    cells = json.loads((folder / "netlist.json").read_text())["modules"]["net"]["cells"].values()
    return {int(cell["parameters"]["AREG"], 2) for cell in cells if cell["type"] == "DSP48E1"}
