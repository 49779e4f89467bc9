"""Every entity of the library is proven to be its specification, and every proof sees a broken entity."""

from pathlib import Path

import pytest

from bxnn.sim.proof.entity_wrapper import PROVEN
from bxnn.sim.proof.library_cases import CASES, PACKAGE, cases_of, needed
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.prover import SPECIFICATIONS, prove
from tests.proof.entity_mutants import ENTITY_MUTANTS
from tests.vhdl.harness import LIBRARY

SOURCES = {path.stem: path.read_text() for path in LIBRARY.glob("*.vhd")}
ENTITIES = sorted(SOURCES.keys() - {PACKAGE})
PADDED = ("bxnn_adder_tree", "bxnn_argmax", "bxnn_lane_sums", "bxnn_max_tree")  # nodes of trees that nothing reads


def marks(case: ProofCase) -> list[pytest.MarkDecorator]:
    """Those of a proof that takes long."""
    return [pytest.mark.nightly] * case.nightly + [pytest.mark.slow] * case.slow


def test_every_entity_has_a_specification_a_case_and_a_mutant() -> None:
    assert sorted(path.stem for path in SPECIFICATIONS.glob("*.sv")) == ENTITIES
    assert sorted({case.entity for case in CASES}) == ENTITIES
    assert sorted(ENTITY_MUTANTS) == ENTITIES
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name, marks=marks(case)) for case in CASES])
def test_the_entity_is_its_specification(case: ProofCase, tmp_path: Path) -> None:
    """And no part of a signal is a tristate bus.

    GHDL makes one of a part that nothing drives, and Verilator refuses to read some of them.
    """
    assert prove(case, needed(case.entity, SOURCES), tmp_path).proven
    verilog = (tmp_path / f"{PROVEN}.v").read_text(encoding="utf-8")
    assert f"module {PROVEN}" in verilog and (case.entity in PADDED or "'bZ" not in verilog)


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_proof_sees_a_mutant(entity: str, tmp_path: Path) -> None:
    mutant = ENTITY_MUTANTS[entity]
    (case,) = (case for case in cases_of(entity) if case.label == mutant.label)
    sources = needed(entity, SOURCES)
    for old, new in mutant.changes:
        assert old in sources[entity]
        sources[entity] = sources[entity].replace(old, new)
    assert not prove(case, sources, tmp_path).proven
