"""Every entity of the library is proven to be its specification, and every proof sees a broken entity."""

from pathlib import Path

import pytest

from bxnn.sim.proof.library_cases import CASES, PACKAGE, cases_of, needed
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.prover import SPECIFICATIONS, prove, synthesized
from tests.proof.entity_mutants import ENTITY_MUTANTS
from tests.vhdl.harness import LIBRARY

SOURCES = {path.stem: path.read_text() for path in LIBRARY.glob("*.vhd")}
ENTITIES = sorted(SOURCES.keys() - {PACKAGE})
SLOW = [pytest.mark.slow]
PADDED = ("bxnn_adder_tree", "bxnn_argmax", "bxnn_lane_sums", "bxnn_max_tree")  # nodes of trees that nothing reads


def test_every_entity_has_a_specification_a_case_and_a_mutant() -> None:
    assert sorted(path.stem for path in SPECIFICATIONS.glob("*.sv")) == ENTITIES
    assert sorted({case.entity for case in CASES}) == ENTITIES
    assert sorted(ENTITY_MUTANTS) == ENTITIES
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name, marks=SLOW if case.slow else []) for case in CASES])
def test_the_entity_is_its_specification(case: ProofCase, tmp_path: Path) -> None:
    assert prove(case, needed(case.entity, SOURCES), tmp_path).proven


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_proof_sees_a_mutant(entity: str, tmp_path: Path) -> None:
    mutant = ENTITY_MUTANTS[entity]
    (case,) = (case for case in cases_of(entity) if case.label == mutant.label)
    sources = needed(entity, SOURCES)
    for old, new in mutant.changes:
        assert old in sources[entity]
        sources[entity] = sources[entity].replace(old, new)
    assert not prove(case, sources, tmp_path).proven


@pytest.mark.parametrize("entity", [name for name in ENTITIES if name not in PADDED])
def test_no_part_of_a_signal_is_a_tristate_bus(entity: str, tmp_path: Path) -> None:
    """GHDL makes one of a part that nothing drives, and Verilator refuses to read some of them."""
    for number, case in enumerate(cases_of(entity)):
        folder = tmp_path / str(number)
        folder.mkdir()
        netlist = synthesized(case, needed(entity, SOURCES), folder).read_text(encoding="utf-8")
        assert "'bZ" not in netlist, case.name
