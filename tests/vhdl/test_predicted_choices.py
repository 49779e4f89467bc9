"""Choices of operands of drawn sizes against the netlist: their delays, their LUTs, and the loads of the phase."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.operand_choice import OperandChoice
from bxnn.compiler.hardware.operand_wiring import OperandWiring
from bxnn.compiler.hardware.slice_paths import SlicePaths
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.numeric.integers import ceil_log2
from tests.timing.netlist import worst
from tests.vhdl.harness import Instance, Integers, seed_for
from tests.vhdl.test_predicted_paths import MOST, SHORTEST, TECHNOLOGY, netlists

MOST_LUTS = 1.05
Drawn = tuple[Instance, OperandChoice, list[int]]


def choice(rng: random.Random, name: str, phases: int) -> Drawn:
    """Words of drawn phases, numbered in the order of their first phases."""
    number: dict[int, int] = {}
    most = rng.randint(1, min(phases, 24))
    places = [number.setdefault(rng.randrange(most), len(number)) for _ in range(phases)]
    return choice_of(name, places, rng.randint(3, 16))


def choice_of(name: str, places: list[int], bits: int) -> Drawn:
    """The words of these numbers, one of every phase."""
    words, phases = len(set(places)), len(places)
    generics = {"CHOICES": words, "BITS": bits, "WORD_OF": Integers(places)}
    inputs = {"phase": max(1, ceil_log2(phases)), "words": words * bits}
    instance = Instance(name, "bxnn_operand_choice", generics, inputs, {"chosen": bits}, clocked=False)
    return instance, OperandChoice((words,), phases, bits), places


def luts_and_loads(module: Any, port: str = "phase") -> tuple[int, int]:
    """LUTs of a module, and most LUTs that a bit of a port drives."""
    luts = [cell for cell in module["cells"].values() if cell["type"].startswith(("LUT", "INV"))]
    pins = Counter(bit for cell in luts for pin, bits in cell["connections"].items() if pin != "O" for bit in bits)
    return len(luts), max(pins[bit] for bit in module["ports"][port]["bits"])


@pytest.mark.parametrize("count", [8, pytest.param(60, marks=pytest.mark.nightly)])
def test_drawn_choices(count: int, tmp_path: Path) -> None:
    rng = random.Random(seed_for(f"choices {count}"))
    drawn = [choice(rng, f"choice{n}", rng.choice((2, 3, 4, 6, 8, 8, 8, 12, 16, 24, 64, 70))) for n in range(count)]
    found = netlists([instance for instance, _, _ in drawn], tmp_path)
    priced, counted = 0, 0
    for instance, told, places in drawn:
        operands = np.array(places).reshape(1, 1, 1, -1, 1)
        wiring = OperandWiring(operands, len(places), len(places))
        luts, loads = luts_and_loads(found[instance.name])
        driven = wiring.phase_luts(told.bits)
        assert driven is not None and loads <= int(driven.max()), (instance, loads, driven)
        assert luts_and_loads(found[instance.name], "words")[1] <= told.word_loads, (instance, told.word_loads)
        priced, counted = priced + wiring.choice_luts(1, told.bits), counted + luts
        path = max(worst(found[instance.name], "pessimistic").values(), key=lambda each: each.ns)
        entered = TECHNOLOGY.start + TECHNOLOGY.net(max(loads, 1))
        ns = max((entered + delay).ns for delay in (told.from_word(TECHNOLOGY), told.from_phase(TECHNOLOGY)))
        ends = ns + TECHNOLOGY.net(1).ns
        assert path.ns <= ends + 1e-9, (instance, ends, path)
        assert ends <= MOST * max(path.ns, SHORTEST), (instance, ends, path)
    assert counted / MOST_LUTS <= priced <= counted * MOST_LUTS, (priced, counted)


def test_the_last_word_of_a_tree_has_more_loads(tmp_path: Path) -> None:
    """From ten words on, LUTs of two or three levels read it: each counts as a load of every slice's operand."""
    drawn = [choice_of(f"choice{words}", list(range(words)), 4) for words in (8, 10, 12, 18, 24)]
    found = netlists([instance for instance, _, _ in drawn], tmp_path)
    loads = [luts_and_loads(found[instance.name], "words")[1] for instance, _, _ in drawn]
    assert loads == [told.word_loads for _, told, _ in drawn] and max(loads) > 1
    for (_, told, _), load in zip(drawn, loads, strict=True):
        slices = SlicePaths(8, 8, 5, 1, 1, 1, 1, 1, 1, 1, 1, told, 0, False, TreePaths(()))
        (entry,) = slices.paths(TECHNOLOGY, 1).entries
        assert entry.sinks == 5 * load


def test_a_layer_is_as_slow_as_its_slowest_choice() -> None:
    """Eight words in turn need no number; five do, and choose later for it."""
    both, five, eight = (OperandChoice(words, 8, 6).from_phase(TECHNOLOGY).ns for words in ((5, 8), (5,), (8,)))
    assert both == five > eight
    operands = np.array([[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, -1, 4, 0]]).reshape(1, 2, 1, 8, 1)
    assert OperandWiring(operands, 8, 8).word_counts() == (5, 8)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(2, 8), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_held_copies_count_in_the_loads_of_a_phase(
    columns: int, cascade: int, phases: int, interval: int, seed: int
) -> None:
    """Every LUT of a multiplexer reads a phase: an element that is read from two of its copies takes one."""
    operands = np.random.default_rng(seed).integers(-1, 3, (columns, 1, cascade, phases, 1))
    wiring = OperandWiring(operands, phases, interval)
    loads = wiring.phase_luts(1)
    of_a_bit = wiring.choice_luts(1, 2) - wiring.choice_luts(1, 1)
    assert loads is not None and int(loads.sum()) >= of_a_bit
