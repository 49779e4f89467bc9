"""Counters of phases and their copies, and what they choose, against the netlist: delays, LUTs and loads."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.multiplexer_paths import first_phase, next_phase, restarts
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.serialize import Serialize
from bxnn.compiler.numeric.integers import ceil_log2
from tests.timing.netlist import worst
from tests.vhdl import test_layouts as layouts
from tests.vhdl.harness import Instance, seed_for
from tests.vhdl.test_predicted_paths import MOST, SHORTEST, TECHNOLOGY, between_registers, from_inputs, netlists
from tests.vhdl.test_sequencing import phase_width

PHASES = (2, 3, 5, 9, 16, 32, 33, 64, 65, 128, 784)
Sent = tuple[int, int, int, int]
COPIES = (1, 30)  # as many make valid a net with more than 128 loads
LUTS = 1.3  # of what was found, for all copies together

# Lanes, phases, bits and MAX_FANOUT of tensors that are sent in turn.
SENT = (
    *((4, 4, 6, 64), (20, 7, 6, 128), (5, 11, 7, 128), (3, 20, 7, 64), (9, 29, 5, 32), (13, 25, 4, 64)),
    *((1, 50, 8, 64), (2, 67, 9, 64), (1, 79, 16, 32)),
)
MOST_BITS = 5_000  # of a drawn tensor
MOST_SENT_LUTS = 1.03  # beside those of one counter


def sequencer(phases: int, copies: int) -> Instance:
    generics = {"PHASES": phases, "TAPS": 1, "COPIES": copies}
    outputs = {"phase": copies * phase_width(phases), "tap_valid": copies}
    return Instance(f"seq{phases}_{copies}", "bxnn_phase_sequencer", generics, {"rst": None, "valid": None}, outputs)


def longest(module: Any) -> float:
    """The slowest path but those to outputs, ns."""
    return max(path.ns for kind, path in worst(module, "pessimistic").items() if kind is not PathClass.OUTPUT_PORT)


def luts(module: Any) -> int:
    return sum(cell["type"].startswith(("LUT", "INV")) for cell in module["cells"].values())


def flip_flops(module: Any) -> int:
    return sum(cell["type"].startswith("FD") for cell in module["cells"].values())


def loads(module: Any) -> dict[int, int]:
    """Pins that each net drives."""
    cells = module["cells"].values()
    ends = ((cell["connections"][port], way) for cell in cells for port, way in cell["port_directions"].items())
    return Counter(bit for bits, way in ends if way == "input" for bit in bits)


def most_driven(module: Any) -> int:
    """Most pins that a net of the module drives which is not an input."""
    driven, cells = loads(module), module["cells"].values()
    ends = ((cell["connections"][port], way) for cell in cells for port, way in cell["port_directions"].items())
    return max(driven[bit] for bits, way in ends if way == "output" for bit in bits)


@pytest.fixture(scope="module")
def counters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    instances = [sequencer(phases, copies) for phases in PHASES for copies in COPIES]
    return netlists(instances, tmp_path_factory.mktemp("counters"))


def test_a_count_is_as_slow_as_predicted(counters: dict[str, Any]) -> None:
    """No counter is slower, and none is much faster."""
    for phases in PHASES:
        bits = ceil_log2(phases)
        for copies in COPIES:
            counted = TECHNOLOGY.start + TECHNOLOGY.net(bits + 2) + next_phase(phases, TECHNOLOGY)
            restarted = TECHNOLOGY.start + TECHNOLOGY.net(restarts(phases, copies)) + first_phase(phases, TECHNOLOGY)
            told, ns = max(counted.ns, restarted.ns), longest(counters[f"seq{phases}_{copies}"])
            assert ns <= told + 1e-9, (phases, copies, told, ns)
            assert told <= MOST * max(ns, SHORTEST), (phases, copies, told, ns)


def test_every_copy_has_a_counter_with_loads_of_its_own(counters: dict[str, Any]) -> None:
    """Only valid is common to all: no other net has more loads than in a single counter."""
    for phases in PHASES:
        one, many = (counters[f"seq{phases}_{copies}"] for copies in (1, 30))
        assert flip_flops(many) == 30 * flip_flops(one), phases
        assert most_driven(many) <= most_driven(one) + 2, phases
        assert loads(many)[many["ports"]["valid"]["bits"][0]] <= restarts(phases, 30), phases


def test_copies_take_the_luts_that_are_predicted(counters: dict[str, Any]) -> None:
    told = found = 0
    for phases in PHASES:
        told += Fabric.sequencer(phases, 1, 1, 29).counted_luts
        found += luts(counters[f"seq{phases}_30"]) - luts(counters[f"seq{phases}_1"])
    assert found / LUTS <= told <= found * LUTS, (told, found)


def drawn(rng: random.Random) -> Sent:
    """A tensor that is sent in any number of phases."""
    phases, bits = rng.choice([rng.randint(2, 16), rng.randint(17, 64), rng.randint(17, 128)]), rng.randint(4, 16)
    return min(rng.randint(1, 24), max(MOST_BITS // (phases * bits), 1)), phases, bits, rng.choice((32, 64, 128))


def check_sent(drawn_or_known: Sequence[Sent], folder: Path) -> None:
    """No path is longer than predicted or much shorter, and no bit of a counter drives more than it may."""
    cases = []
    for lanes, phases, bits, max_fanout in drawn_or_known:
        sender = layouts.distributor(lanes, phases, bits)
        name = f"sent{lanes}_{phases}_{bits}_{max_fanout}"
        held, sent = Layout.parallel(lanes * phases), Layout.serial(lanes * phases, phases)
        made = Serialize(held, sent, max_fanout)
        started = made.valid_loads(bits, max_fanout)
        (copies,) = started.copies(max_fanout) if started.loads > max_fanout else (0,)
        generics = {**sender.generics, "MAX_FANOUT": max_fanout, "VALID_COUNT": copies}
        inputs = {**sender.inputs, "valid_copies": copies} if copies else sender.inputs
        cases.append((replace(sender, name=name, generics=generics, inputs=inputs), made, bits))
    found = netlists([sender for sender, _, _ in cases], folder)
    for sender, converter, bits in cases:
        module, paths = found[sender.name], converter.paths(bits, TECHNOLOGY)
        # Networks predict the reset for themselves, with more loads than any.
        cleared = TECHNOLOGY.start + TECHNOLOGY.net(loads(module)[module["ports"]["rst"]["bits"][0]]) + TECHNOLOGY.reset
        told = max(from_inputs(paths), between_registers(paths), cleared.ns, SHORTEST)
        ns = longest(module)
        assert ns <= told + 1e-9, (sender.name, told, ns)
        assert told <= MOST * max(ns, SHORTEST), (sender.name, told, ns)
        assert most_of_a_register(module) <= converter.max_fanout, sender.name
        counter = Fabric.sequencer(converter.result.phases, 1, 1, 1).counted_luts
        beside = converter.resources(bits).counted_luts + counter
        assert beside / MOST_SENT_LUTS <= luts(module) <= beside * MOST_SENT_LUTS, (sender.name, beside, luts(module))


def most_of_a_register(module: Any) -> int:
    """Most pins that a register of the module drives."""
    driven = loads(module)
    registers = (cell for cell in module["cells"].values() if cell["type"].startswith("FD"))
    return max(driven[cell["connections"]["Q"][0]] for cell in registers)


def test_tensors_sent_in_turn(tmp_path: Path) -> None:
    check_sent(SENT, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(5))
def test_drawn_tensors_sent_in_turn(number: int, tmp_path: Path) -> None:
    rng = random.Random(seed_for(f"sent {number}"))
    check_sent(sorted({drawn(rng) for _ in range(8)}), tmp_path)
