"""Entities simulated beside their specifications: what is right passes, what is broken is found."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bxnn.compiler.errors import VerificationError
from bxnn.sim.entities.entity_bench import CYCLES, EntityBench
from bxnn.sim.entities.gate_netlist import GateNetlist
from bxnn.sim.entities.held_check_bench import ENTITY, wrong_reports
from bxnn.sim.entities.wide_cases import SIMULATED
from bxnn.sim.proof.library_cases import CASES, cases_of, needed
from bxnn.sim.proof.proof_case import ProofCase
from tests.proof.entity_mutants import ENTITY_MUTANTS
from tests.vhdl.harness import LIBRARY

SOURCES = {path.stem: path.read_text() for path in LIBRARY.glob("*.vhd")}
# Cases that .ci/run simulates: what the small networks of bench.mutants do not use, or use in one way only.
IN_CI = (
    *("bxnn_axis_entry-beats", "bxnn_axis_exit-one", "bxnn_history-channels", "bxnn_running_max-2x3-serial"),
    *("bxnn_reset_adapter-11", "bxnn_set_choice-5", "bxnn_threshold-signed-1", "bxnn_weight_load"),
)

# Input bits that the specification keeps at 0: lowest bits of an operand that has zeros, and the tag of one channel.
FORCED = {"bxnn_products-register-0": 2, "bxnn_products-register-1": 2, "bxnn_history-one": 1}


def simulated(case: ProofCase) -> object:
    """The case as a parameter of a test."""
    return pytest.param(case, id=case.name, marks=[] if case.name in IN_CI else pytest.mark.nightly)


def changed(case: ProofCase, changes: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """What the entity needs, with changes of the entity."""
    sources = needed(case.entity, SOURCES)
    for old, new in changes:
        assert old in sources[case.entity]
        sources[case.entity] = sources[case.entity].replace(old, new)
    return sources


def the_case(name: str) -> ProofCase:
    (found,) = (case for case in CASES if case.name == name)
    return found


@pytest.mark.parametrize("case", [simulated(case) for case in SIMULATED])
def test_an_entity_is_its_specification_and_a_broken_one_is_not(case: ProofCase, tmp_path: Path) -> None:
    sources = needed(case.entity, SOURCES)
    bench = EntityBench(case, sources, tmp_path / "specification")
    drawn = bench.stimulus
    assert drawn.over.bit_count() <= drawn.runs // 8, "runs come to an end for which nothing is allowed"
    stay = [bits for bits in zip(*drawn.driven, strict=True) if not any(bits)]
    assert len(stay) == FORCED.get(case.name, 0), "an input stays low that need not"
    assert bench.difference(sources, tmp_path / "right") is None
    mutant = ENTITY_MUTANTS[case.entity]
    if case.label == mutant.label:
        found = bench.difference(changed(case, mutant.changes), tmp_path / "broken")
        assert found is not None and (found.runs or found.stopped)


def test_every_entity_is_simulated_and_no_case_twice() -> None:
    assert {case.entity for case in SIMULATED} | {ENTITY} == {case.entity for case in CASES}
    assert len({case.name for case in SIMULATED}) == len(SIMULATED)


def test_a_check_without_outputs_reports_in_time(tmp_path: Path) -> None:
    (case,) = cases_of(ENTITY)
    assert wrong_reports(case, needed(ENTITY, SOURCES), tmp_path / "right") == set()
    for number, change in enumerate((("left /= 0 and", "left > 1 and"), ("if rst = '1'", "if rst = 'X'"))):
        assert len(wrong_reports(case, changed(case, (change,)), tmp_path / f"{number}")) > 0


def test_inputs_are_those_of_the_specification_whatever_the_entity_does(tmp_path: Path) -> None:
    case = the_case("bxnn_history-one")
    broken = changed(case, ENTITY_MUTANTS[case.entity].changes)
    first = EntityBench(case, needed(case.entity, SOURCES), tmp_path / "first")
    assert EntityBench(case, broken, tmp_path / "second").stimulus == first.stimulus


def test_what_has_no_value_is_wrong_where_it_counts(tmp_path: Path) -> None:
    """A register that is never written stays 'U', which is wrong whether it is taken for 0 or for 1."""
    case = the_case("bxnn_result_register")
    bench = EntityBench(case, needed(case.entity, SOURCES), tmp_path / "specification")
    never = (("loaded = '1'", "loaded = 'X'"), ("(BITS - 1 downto 0) := (others => '0');", "(BITS - 1 downto 0);"))
    silent = bench.difference(changed(case, never), tmp_path / "silent")
    assert silent is not None and not silent.stopped and len(silent.runs) > 0


def test_a_simulation_that_ends_early_is_a_difference(tmp_path: Path) -> None:
    case = the_case("bxnn_result_register")
    bench = EntityBench(case, needed(case.entity, SOURCES), tmp_path / "specification")
    stops = changed(
        case,
        (
            (
                "result(LOW + TAKEN - 1 downto LOW) <= x(LOW + TAKEN - 1 downto LOW);",
                'assert x = "000" report "stop" severity failure;',
            ),
        ),
    )
    found = bench.difference(stops, tmp_path / "stops")
    assert found is not None and "stop" in found.stopped and found.cycle < CYCLES
    with pytest.raises(VerificationError, match="ghdl could not analyse the VHDL"):
        bench.difference(changed(case, (("loaded = '1'", "loaded = 1"),)), tmp_path / "no_vhdl")


def test_gates_are_evaluated_for_all_runs_at_once() -> None:
    """y = a and not (s ? q : b), with q one cycle after y."""

    def cell(kind: str, **nets: int | str) -> dict[str, object]:
        return {"type": kind, "connections": {pin: [net] for pin, net in nets.items()}}

    module = {
        "cells": {
            "and": cell("$_AND_", A=2, B=6, Y=7),
            "not": cell("$_NOT_", A=5, Y=6),
            "mux": cell("$_MUX_", A=3, B=8, S=4, Y=5),
            "register": cell("$_DFF_P_", C=1, D=7, Q=8),
            "check": cell("$assert", A=7, EN="1"),
        },
        "netnames": {"q": {"bits": [8], "attributes": {"init": "1"}}},
    }
    netlist = GateNetlist(module)
    assert [(each.d, each.q, each.initial) for each in netlist.registers] == [(7, 8, 1)]
    assert [each["type"] for each in netlist.others] == ["$assert"]
    assert netlist.cone([7]) == [5, 6, 7] and netlist.depends([7]) == set(range(2, 9))
    computed = netlist.function([2, 3, 4, 8], [7, "1", "0"])
    a, b, s, q, every = 0b1111_0000_1111_0000, 0b1100_1100_1100_1100, 0b1010_1010_1010_1010, 0xFF00, 0xFFFF
    assert computed((a, b, s, q), every) == [a & ~(s & q | ~s & b), every, 0]
