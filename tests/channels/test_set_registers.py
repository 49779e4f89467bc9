"""Registers with the weights of several sets: their cost, their time, and constants of several sets."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.weight_register_paths import set_paths
from bxnn.compiler.hardware.weight_registers import WeightRegisters, table_rows
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.numeric.sets_tensor import SetsTensor
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.sim.synthesis import synthesize_parts
from tests.timing.netlist import worst
from tests.vhdl.events import pack
from tests.vhdl.harness import SOURCES, TOP, Bits, Instance, write_top
from tests.vhdl.test_predicted_paths import MOST, SHORTEST, TECHNOLOGY

CASES = ((2, 1), (3, 1), (2, 2), (3, 4), (8, 5), (5, 16), (70, 1), (30, 8), (384, 2))  # sets, phases


def drawn(sets: int, phases: int) -> tuple[Instance, WeightRegisters]:
    rng = random.Random(sets * phases)
    width, bits = rng.randint(2, 9), ceil_log2(sets)
    rows = [rng.getrandbits(width) for _ in range(sets * phases)]
    contents = Bits(pack(rows, width), sets * phases * width)
    generics = {"SETS": sets, "DEPTH": phases, "WIDTH": width, "EARLY": phases % 2, "CONTENTS": contents}
    ports: dict[str, int | None] = {"rst": None, "valid": None, "weight_set": bits}
    instance = Instance(f"sets{sets}_{phases}", "bxnn_weight_rom", generics, ports, {"data": width})
    return instance, WeightRegisters.of(np.array(rows)[:, np.newaxis], width, bool(phases % 2), sets)


def test_what_is_predicted_is_synthesized(tmp_path: Path) -> None:
    """Flip-flops exactly, LUTs except for a few of the count; no path is longer than predicted."""
    cases = [drawn(*case) for case in CASES]
    top = write_top(tmp_path / "top.vhd", [instance for instance, _ in cases])
    found = synthesize_parts([*SOURCES, top], TOP, tmp_path / "synthesis")
    predicted = {instance.name: rom.fabric(10**6) for instance, rom in cases}
    assert {name: found[name].ff for name in predicted} == {
        name: cost.register_bits for name, cost in predicted.items()
    }
    luts = {name: pytest.approx(cost.counted_luts, rel=0.02, abs=2) for name, cost in predicted.items()}
    assert {name: found[name].lut for name in predicted} == luts
    modules = json.loads((tmp_path / "synthesis" / "netlist.json").read_text(encoding="utf-8"))["modules"]
    for instance, rom in cases:
        loads = rom.most_loads(10**6), rom.begun(10**6), rom.counters(10**6)
        told = max(path.delay.ns for path in set_paths(rom.phases, rom.sets, *loads, TECHNOLOGY))
        paths = worst(modules[modules[TOP]["cells"][instance.name]["type"]], "pessimistic")
        ns = max((path.ns for kind, path in paths.items() if kind is not PathClass.OUTPUT_PORT), default=0.0)
        assert ns <= told <= MOST * max(ns, SHORTEST), (instance.name, told, paths)


@given(st.integers(1, 9), st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_as_many_registers_as_bits_that_differ(phases: int, sets: int, seed: int) -> None:
    words = np.random.default_rng(seed).integers(-2, 2, (sets * phases, 7))
    planes = (words[:, :, np.newaxis] >> np.arange(2)) & 1
    columns = {tuple(plane) for plane in planes.reshape(len(words), -1).T.tolist()}
    changing = sum(len(set(column)) > 1 for column in columns)
    assert WeightRegisters.of(words, 2, False, sets).readers.size == changing
    assert phases <= table_rows(phases, sets) <= sets << ceil_log2(phases)


@given(st.integers(2, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_sets_keep_their_values_on_the_common_grid(sets: int, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tensors = [FixedTensor(rng.integers(-9, 9, size), int(rng.integers(-2, 4))) for _ in range(sets)]
    joined = SetsTensor.of(tensors)
    if not isinstance(joined, SetsTensor):
        assert all(np.array_equal(tensor.values, tensors[0].values) for tensor in tensors)
        return
    every = (joined, joined.reduced(), joined.aligned(joined.fraction_bits + 3))
    for tensor in every:
        for number, own in enumerate(tensors):
            chosen = tensor.of_set(number)
            assert np.array_equal(chosen.values, own.values)
            assert (tensor.least <= chosen.codes).all() and (chosen.codes <= tensor.most).all()
            assert -(1 << tensor.bits - 1) <= chosen.codes.min() and chosen.codes.max() < 1 << tensor.bits - 1
            more = tensor.plus(FixedTensor(np.full(size, 5), 3)).of_set(number)
            assert np.array_equal(more.values, own.values + 5 / 8)
