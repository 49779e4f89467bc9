"""Predicted paths of tables, converters and trees of comparators against the netlist: as in `test_predicted_paths`.

Contents decide how much logic synthesis makes of a table: none of a size may take longer than predicted.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.hardware.block_lookup_paths import BlockLookupPaths
from bxnn.compiler.hardware.block_ram import half_block_rams
from bxnn.compiler.hardware.delay import Delay
from bxnn.compiler.hardware.delays.path_delay import HardwarePaths
from bxnn.compiler.hardware.deserialize import Deserialize
from bxnn.compiler.hardware.hold import Hold
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.lookup_paths import LookupPaths
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.running_maximum import RunningMaximum
from bxnn.compiler.hardware.running_windows import running_windows
from bxnn.compiler.hardware.serialize import Serialize
from bxnn.compiler.hardware.tree_paths import TreePaths
from tests.vhdl import test_layouts as layouts
from tests.vhdl import test_lookups as lookups
from tests.vhdl.events import pack
from tests.vhdl.harness import Bits, Instance, Integers
from tests.vhdl.test_predicted_paths import MOST, SHORTEST, TECHNOLOGY, Case, measured


def slowest(paths: HardwarePaths) -> float:
    """The slowest path of hardware whose inputs act like registers, ns."""
    entered = TECHNOLOGY.start + TECHNOLOGY.net(paths.sinks)
    inner = [path.delay.ns for path in paths.inner]
    return max(SHORTEST, *inner, *((entered + entry.delay).ns for entry in paths.entries))


def ratios(cases: Sequence[Case], folder: Path) -> dict[str, float]:
    """Predicted by measured, never less than 1; by instance."""
    found = measured([instance for instance, _ in cases], folder)
    shares = {}
    for instance, predicted in cases:
        paths = {kind: path.ns for kind, path in found[instance.name].items() if kind is not PathClass.OUTPUT_PORT}
        told, ns = slowest(predicted), max(paths.values())
        assert ns <= told + 1e-9, (instance.name, told, found[instance.name])
        shares[instance.name] = told / max(ns, SHORTEST)
    return shares


def table(name: str, in_bits: int, out_bits: int, entries: Sequence[int]) -> Case:
    """A table of one lane."""
    contents = Bits(pack([entry & ((1 << out_bits) - 1) for entry in entries], out_bits), len(entries) * out_bits)
    generics = {
        "LANES": 1,
        "IN_BITS": in_bits,
        "OUT_BITS": out_bits,
        "TABLES": 1,
        "WHICH": Integers([0]),
        "CONTENTS": contents,
    }
    instance = Instance(name, "bxnn_lookup", generics, {"enable": None, "x": in_bits}, {"y": out_bits})
    return instance, LookupPaths(len(entries), out_bits, out_bits).paths(TECHNOLOGY, 1)


def paged(in_bits: int, out_bits: int) -> Case:
    """A table whose pages have registers."""
    rng = random.Random(in_bits)
    instance, _ = table(f"paged{in_bits}", in_bits, out_bits, [rng.getrandbits(out_bits) for _ in range(1 << in_bits)])
    found = replace(instance, generics={**instance.generics, "PAGED": 1, "MAX_FANOUT": 64})
    return found, LookupPaths(1 << in_bits, out_bits, out_bits, 64).paths(TECHNOLOGY, 1)


def in_block_ram(in_bits: int, out_bits: int, registered: int) -> Case:
    """Two tables in block RAM; small, as only the memory matters."""
    instance = lookups.block_lookup(2, in_bits, out_bits, (0, 0), registered)
    halves = half_block_rams(1 << in_bits, out_bits)
    paths = BlockLookupPaths(2, halves, True, bool(registered)).paths(TECHNOLOGY, 1)
    return replace(instance, name=f"block{in_bits}_{registered}"), paths


def tables(in_bits: int, out_bits: int) -> list[Case]:
    """Contents from noise, of which nothing can be shared, to functions with much structure."""
    rng, words = random.Random(in_bits), 1 << in_bits
    contents = {
        "noise": [rng.getrandbits(out_bits) for _ in range(words)],
        "exp": [round(math.exp(-x / words * 4) * ((1 << out_bits) - 1)) for x in range(words)],
        "square": [x * x // words for x in range(words)],
        "ones": [x.bit_count() for x in range(words)],
    }
    found = [table(f"{name}{in_bits}", in_bits, out_bits, entries) for name, entries in contents.items()]
    return [*found, paged(in_bits, out_bits)]


def converter(instance: Instance, made: LayoutConverter, bits: int) -> Case:
    return instance, made.paths(bits, TECHNOLOGY)


ALONE = 10**6  # loads of a valid without copies


def converters() -> list[Case]:
    found = []
    for lanes, phases, bits in ((2, 5, 6), (4, 8, 12)):
        parallel, serial = Layout.parallel(lanes * phases), Layout.serial(lanes * phases, phases)
        collector = layouts.collector(lanes, phases, bits)
        made = Deserialize(serial, parallel)
        copies = {"VALID_COUNT": made.load_copies(bits), "MAX_FANOUT": made.max_fanout}
        found.append(converter(replace(collector, generics={**collector.generics, **copies}), made, bits))
    pulse = Layout.pulse(40)
    held = replace(layouts.collector(40, 1, 8), name="held")
    found.append(converter(held, Hold(pulse, Layout.parallel(40), ALONE), 8))
    for lanes, phases, bits in ((4, 4, 6), (3, 5, 7), (3, 16, 7), (3, 20, 7), (2, 100, 6)):
        parallel, serial = Layout.parallel(lanes * phases), Layout.serial(lanes * phases, phases)
        sender = layouts.distributor(lanes, phases, bits)
        sender = replace(sender, generics={**sender.generics, "MAX_FANOUT": 64})
        found.append(converter(sender, Serialize(parallel, serial), bits))
    for cycles in (2, 7):
        generics = {"WIDTH": 9, "CYCLES": cycles}
        line = Instance(f"line{cycles}", "bxnn_delay_line", generics, {"x": 9}, {"y": 9})
        found.append(converter(line, Delay(Layout.pulse(1), Layout.pulse(1), cycles), 9))
    return found


def largest(leaves: int, bits: int, levels: int) -> Case:
    """A tree of comparators that holds its result."""
    generics = {
        "INPUTS": leaves,
        "OUTPUTS": 1,
        "WINDOW": leaves,
        "BITS": bits,
        "SIGNED_CODES": 1,
        "HELD": 1,
        "LEVELS_PER_STAGE": levels,
        "TAPS": Integers(list(range(leaves))),
    }
    inputs = {"rst": None, "valid": None, "x": leaves * bits}
    name = f"largest{leaves}_{bits}_{levels}"
    instance = Instance(name, "bxnn_max_tree", generics, inputs, {"y_valid": None, "y": bits})
    registered = Pipelining(tree_levels_per_stage=levels).registered_levels(leaves)
    return instance, TreePaths.comparators(registered, bits, 1, bits).paths(TECHNOLOGY)


def running(lanes: int, slots: int, rounds: int, bits: int, held: bool) -> Case:
    """The largest of what arrives on a lane; ``held`` with all results at once."""
    layout = Layout.serial(lanes * slots * rounds, slots * rounds)
    windows = running_windows(layout, np.arange(layout.size).reshape(rounds, -1).T)
    assert windows is not None
    generics = {
        "LANES": lanes,
        "SLOTS": slots,
        "ROUNDS": rounds,
        "BITS": bits,
        "SIGNED_CODES": 1,
        "HELD": int(held),
    }
    results = {"y_valid": None, "y": (slots if held else 1) * lanes * bits}
    inputs = {"rst": None, "valid": None, "x": lanes * bits}
    name = f"running{lanes}_{slots}x{rounds}_{bits}_{int(held)}"
    stage = RunningMaximum.of(layout, windows, bits, Pipelining(), held)
    return Instance(name, "bxnn_running_max", generics, inputs, results), stage.paths(TECHNOLOGY, 1)


@pytest.mark.parametrize(
    ("in_bits", "out_bits"), [(9, 7), *(pytest.param(*size, marks=pytest.mark.nightly) for size in ((8, 8), (10, 8)))]
)
def test_tables(in_bits: int, out_bits: int, tmp_path: Path) -> None:
    shares = ratios(tables(in_bits, out_bits), tmp_path)
    assert min(shares.values()) <= MOST, shares
    assert shares[f"paged{in_bits}"] <= MOST, shares


def test_tables_in_block_ram(tmp_path: Path) -> None:
    shares = ratios([in_block_ram(9, 9, 0), in_block_ram(9, 9, 1)], tmp_path)
    assert max(shares.values()) <= MOST, shares


def test_converters(tmp_path: Path) -> None:
    shares = ratios(converters(), tmp_path)
    assert max(shares.values()) <= MOST, shares


def test_trees_of_comparators(tmp_path: Path) -> None:
    shares = ratios([largest(4, 8, 1), largest(4, 8, 2), largest(9, 14, 2), largest(2, 6, 1)], tmp_path)
    assert max(shares.values()) <= MOST, shares


def test_running_maxima(tmp_path: Path) -> None:
    cases = [running(3, 5, 3, 8, False), running(12, 2, 4, 8, True), running(2, 1, 2, 14, False)]
    shares = ratios(cases, tmp_path)
    assert max(shares.values()) <= MOST, shares
