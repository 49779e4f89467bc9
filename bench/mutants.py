"""Breaks the VHDL in hundreds of small ways, and counts which of them the bench and the proofs find.

    python -m bench.mutants [--per-file N] [--folder FOLDER] [--seconds S] [--page docs/mutants.md]

A mutant is simulated in up to two small builds that use its file. One that survives there is simulated beside the
specification of its entity. One that survives that is given to the proofs of the entity: they refute it, or prove that
it still is what the specification says. Results are kept in the folder; a run
that was interrupted, or limited by ``--seconds``, is continued by the same command. After a change of bxnn, that tries
the mutants of the files that have changed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.mutant_designs import write as write_designs
from bench.mutant_entities import MutantEntities
from bench.mutant_outcome import Outcome, Verdict
from bench.mutants_page import page
from bench.mutation import Mutation, mutations, spread
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench.plan import Effort
from bxnn.sim.entities.package_bench import wrong_call
from bxnn.sim.events import random_codes
from bxnn.sim.reference import Reference
from bxnn.sim.rtl import simulate
from bxnn.sim.vectors import corner_vectors

LIBRARY = Path(__file__).resolve().parents[1] / "hls_templates" / "vhdl" / "lib"
EVENTS = 30
MOST_DESIGNS = 2
LARGE_BUILDS = 6  # whose generated files are mutated, too
SEED = 1


@dataclass(frozen=True)
class Chosen:
    """A mutant that is to be tried.

    Attributes:
        mutation: The change.
        users: Builds that use its file.
        digest: Of the file.
    """

    mutation: Mutation
    users: tuple[Build, ...]
    digest: str

    @property
    def key(self) -> tuple[str, str]:
        """What its outcome is known by."""
        return str(self.mutation), self.digest


class Mutants:
    """All mutants, and where they are tried.

    Attributes:
        folder: Builds and results.
    """

    def __init__(self, folder: Path, per_file: int) -> None:
        self.folder = folder
        builds = folder / "builds"
        if not builds.is_dir():
            write_designs(builds)
        # Large builds first: they use a file in more ways.
        self._builds = sorted((Build(path) for path in builds.iterdir()), key=_files, reverse=True)
        self._library = {path.stem: path.read_text(encoding="utf-8") for path in sorted(LIBRARY.glob("*.vhd"))}
        self._entities = MutantEntities(self._library, folder / "entities")
        self.chosen = list(self._choose(per_file))
        self._results = folder / "results.jsonl"

    def _choose(self, per_file: int) -> Iterator[Chosen]:
        """Mutants of every file of the library and of the generated files, with the builds that use the file."""
        for name, text in self._library.items():
            for mutation in spread(list(mutations(f"lib/{name}.vhd", text)), per_file, SEED):
                yield Chosen(mutation, tuple(self.users(name)), _digest(text))
        for build in self._builds[:LARGE_BUILDS]:
            for path in sorted(build.vhdl.glob("*.vhd")):
                text = path.read_text(encoding="utf-8")
                for mutation in spread(list(mutations(path.name, text)), 1, SEED):
                    yield Chosen(mutation, (build,), _digest(text))

    def users(self, name: str) -> list[Build]:
        """Builds that use a library file, as many as a mutant of it is tried in."""
        found = [build for build in self._builds if (build.vhdl / "lib" / f"{name}.vhd").is_file()]
        return found[:MOST_DESIGNS]

    def outcomes(self) -> dict[tuple[str, str], Outcome]:
        """What is known so far of those that are chosen."""
        if not self._results.is_file():
            return {}
        lines = self._results.read_text(encoding="utf-8").splitlines()
        found = {(each.mutant, each.digest): each for each in map(Outcome.of_line, lines)}
        return {each.key: found[each.key] for each in self.chosen if each.key in found}

    def run(self, seconds: float) -> bool:
        """Try those that have not been tried, for about that time; whether all have been."""
        done, end = set(self.outcomes()), time.monotonic() + seconds
        for each in self.chosen:
            if each.key in done:
                continue
            if time.monotonic() > end:
                return False
            start, mutation = time.monotonic(), each.mutation
            verdict = self.verdict(mutation, each.users)
            spent = round(time.monotonic() - start, 2)
            outcome = Outcome(str(mutation), mutation.kind.value, mutation.file, verdict, spent, each.digest)
            with self._results.open("a", encoding="utf-8") as results:
                results.write(outcome.line() + "\n")
            done.add(each.key)
        return True

    def verdict(self, mutation: Mutation, users: Sequence[Build]) -> Verdict:
        """What the bench in some builds, then the bench of its entity and the proofs, say of a mutant."""
        for build in users:
            found = self._simulated(build, mutation)
            if found is not None:
                return found
        name = Path(mutation.file).stem
        if name in self._library:
            return self._entities.verdict(name, mutation)
        return next((found for build in users if (found := self._called(build, mutation))), Verdict.UNDECIDED)

    def _simulated(self, build: Build, mutation: Mutation) -> Verdict | None:
        """How the bench judges a build with the mutant; ``None`` if it notices nothing."""
        copy = self._written(build, mutation)
        reference = Reference(build.graph)
        codes = random_codes(reference, EVENTS, SEED)
        flat = {name: array.reshape(EVENTS, -1) for name, array in codes.items()}
        expected = {name: array.reshape(EVENTS, -1) for name, array in reference.output_codes(codes).items()}
        interface, directed = Interface.load(build.interface), corner_vectors(reference, SEED)
        try:
            result = simulate(copy, interface, flat, expected, "ghdl", SEED, directed, copy / "work", Effort.QUICK)
        except VerificationError as error:
            return Verdict.STILLBORN if "could not analyse" in str(error) else Verdict.BENCH
        return None if result.passed else Verdict.BENCH

    def _called(self, build: Build, mutation: Mutation) -> Verdict | None:
        """How calls of its functions judge the package of a streaming network; ``None`` if they notice nothing."""
        graph, (port, *_) = build.graph, Interface.load(build.interface).inputs
        if mutation.file != f"{graph.name}_pkg.vhd" or not port.beats:
            return None
        copy = self._written(build, mutation)
        shape = graph.tensor(port.name).shape
        found = wrong_call(copy / "vhdl" / mutation.file, port, shape, copy / "work")
        return None if found is None else Verdict.ENTITY

    def _written(self, build: Build, mutation: Mutation) -> Path:
        """A folder with the VHDL of a build, the mutant in it."""
        copy = self.folder / "mutated"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(build.vhdl, copy / "vhdl")
        path = copy / "vhdl" / mutation.file
        original = self._library.get(path.stem) or path.read_text(encoding="utf-8")
        path.write_text(mutation.applied(original), encoding="utf-8")
        return copy


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _files(build: Build) -> tuple[int, str]:
    return len(list(build.vhdl.rglob("*.vhd"))), build.folder.name


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Count which mutants of the VHDL are found.")
    parser.add_argument("--per-file", type=int, default=4, help="mutants of each file of the library")
    parser.add_argument("--folder", type=Path, default=Path("build/mutants"), help="builds and results")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time; the next run continues")
    parser.add_argument("--page", type=Path, default=Path("docs/mutants.md"), help="where the page goes")
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    mutants = Mutants(chosen.folder, chosen.per_file)
    if mutants.run(chosen.seconds):
        chosen.page.write_text(page(list(mutants.outcomes().values())), encoding="utf-8")


if __name__ == "__main__":
    main()
