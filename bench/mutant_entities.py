"""Mutants of the library by themselves: each entity simulated beside its specification, then proven."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.mutant_outcome import Verdict
from bench.mutation import Mutation
from bxnn.compiler.errors import VerificationError
from bxnn.sim.entities import held_check_bench
from bxnn.sim.entities.entity_bench import EntityBench
from bxnn.sim.entities.wide_cases import SIMULATED
from bxnn.sim.proof.library_cases import PACKAGE, cases_of, needed
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.prover import prove


class MutantEntities:
    """The library, and the benches of its entities.

    Attributes:
        library: VHDL by name of the file.
        folder: Where the tools work.
    """

    def __init__(self, library: Mapping[str, str], folder: Path) -> None:
        self.library = library
        self.folder = folder
        self._benches: dict[str, EntityBench] = {}

    def verdict(self, name: str, mutation: Mutation) -> Verdict:
        """What the bench of an entity, then its proofs, say of a mutant."""
        sources = {**self.library, name: mutation.applied(self.library[name])}
        return self._simulated(name, sources) or self._proven(name, sources)

    def _simulated(self, name: str, sources: Mapping[str, str]) -> Verdict | None:
        """How the bench judges an entity; ``None`` if it notices nothing. The package is judged by every entity."""
        cases = [*SIMULATED, *cases_of(held_check_bench.ENTITY)]
        for case in cases if name == PACKAGE else [case for case in cases if case.entity == name]:
            try:
                if self._differs(case, needed(case.entity, sources)):
                    return Verdict.ENTITY
            except VerificationError:
                return Verdict.STILLBORN
        return None

    def _differs(self, case: ProofCase, sources: Mapping[str, str]) -> bool:
        """Whether the bench of a case finds anything."""
        folder = self._empty("simulated")
        if case.entity == held_check_bench.ENTITY:
            return bool(held_check_bench.wrong_reports(case, sources, folder))
        return self._bench(case).difference(sources, folder) is not None

    def _bench(self, case: ProofCase) -> EntityBench:
        """The bench of a case, prepared from the library as it is."""
        if case.name not in self._benches:
            sources = needed(case.entity, self.library)
            self._benches[case.name] = EntityBench(case, sources, self._empty("specification"))
        return self._benches[case.name]

    def _proven(self, name: str, sources: Mapping[str, str]) -> Verdict:
        """How the proofs judge an entity."""
        cases = [case for case in cases_of(name) if not case.slow]
        for case in cases:
            try:
                if not prove(case, needed(name, sources), self._empty("proven")).proven:
                    return Verdict.PROOF
            except VerificationError:
                return Verdict.UNDECIDED
        return Verdict.EQUIVALENT if cases else Verdict.UNDECIDED

    def _empty(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        return folder
