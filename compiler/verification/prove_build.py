"""Proofs about a build: its library entities, the whole network if it is small, bounds of all accumulators."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild, opened
from bxnn.compiler.errors import ChecksFailedError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report import (
    EntityProof,
    NetworkProof,
    OverflowCertificate,
    Proofs,
    ReportModel,
    Results,
    WhyNotProven,
)
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.verification.certificate_check import broken_bounds
from bxnn.compiler.verification.overflow_certificate import CERTIFICATE, certify, load, save
from bxnn.compiler.verification.results import blamed, updated

if TYPE_CHECKING:
    from bxnn.sim.proof.proof_case import ProofCase

MOST_EVENTS = 1024  # of a network that is proven as a whole
LOADING = "bxnn_weight_load"
_FOLDER = "proofs"

Advance = Callable[[int, int], None]


def prove(folder: Path, trust: bool = False, advance: Advance = lambda done, total: None) -> ReportModel:
    """Prove the VHDL of a build, as far as it can be.

    Args:
        folder: The build folder.
        trust: Whether to read VHDL that another user wrote or that was changed after bxnn wrote it.
        advance: Called with the number of finished proofs and of all.

    Raises:
        InputError: If the build or a tool is missing.
        ChecksFailedError: If something is refuted; the report is written anyway.
    """
    from bxnn.sim.toolchain import require

    for tool in ("ghdl", "yosys"):
        require(tool)
    start = time.monotonic()
    needs = ("report.json", "ir", "sim/interface.json")
    with opened(folder, *needs, code=("vhdl",), writes=True, trust=trust) as place:
        build, work = Build(place.folder), place.work(_FOLDER)
        begin_stage("bounds of the accumulators")
        certificate = _certificate(build, work)
        library = {Path(name).stem: build.vhdl / name for name in Interface.load(build.interface).files}
        sources = {name: path.read_text(encoding="utf-8") for name, path in library.items()}
        begin_stage("library entities")
        entities, unproven = _entities(sources, work, advance)
        begin_stage("the network")
        network = _network(build, work, bool(unproven))
        passed = certificate.holds and network.proven is not False and all(each.proven for each in entities)
        proofs = Proofs(
            passed=passed,
            seconds=round(time.monotonic() - start, 2),
            entities=tuple(entities),
            unproven=unproven,
            network=network,
            certificate=certificate,
        )
        begin_stage("report")
        report = updated(place, Results(work, f"sim/{_FOLDER}", (CERTIFICATE,)), proofs=proofs)
        _judge(report, proofs, place)
        if not trust:
            place.check_unchanged("vhdl")
    return report


def _certificate(build: Build, work: Path) -> OverflowCertificate:
    """Write the certificate, read it again and check it."""
    start, path = time.monotonic(), work / CERTIFICATE
    save(certify(build), path)
    bounds = load(path)
    problems = list(islice(broken_bounds(bounds, build.vhdl), 1))
    return OverflowCertificate(
        file=f"sim/{_FOLDER}/{CERTIFICATE}",
        layers=len({each.layer for each in bounds}),
        accumulators=sum(len(each.accumulators) for each in bounds),
        holds=not problems,
        problem=problems[0] if problems else None,
        seconds=round(time.monotonic() - start, 2),
    )


def _entities(sources: Mapping[str, str], work: Path, advance: Advance) -> tuple[list[EntityProof], tuple[str, ...]]:
    """Proofs of the library entities among the sources, and those that instantiate primitives and have none."""
    from bxnn.sim.proof.library_cases import cases_of, instantiates_primitives, needed
    from bxnn.sim.proof.prover import prove as prove_case

    entities = [name for name in sorted(sources) if cases_of(name)]
    unproven = tuple(name for name in entities if instantiates_primitives(name, sources))
    cases = [case for name in entities if name not in unproven for case in cases_of(name) if not case.slow]
    found: list[EntityProof] = []
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        running = [workers.submit(prove_case, case, needed(case.entity, sources), work / case.name) for case in cases]
        for future, case in zip(running, cases, strict=True):
            proof = future.result()
            found.append(_fact(case, proof.proven, proof.seconds))
            advance(len(found), len(cases))
    return found, unproven


def _fact(case: ProofCase, proven: bool, seconds: float) -> EntityProof:
    return EntityProof(
        entity=case.entity,
        case=case.label or "all",
        cycles=case.cycles,
        any_state=case.any_state,
        proven=proven,
        seconds=round(seconds, 2),
    )


def _network(build: Build, work: Path, primitives: bool) -> NetworkProof:
    """The proof of the top entity, or why it was not tried."""
    from bxnn.sim.proof.network_prover import number_of_events, prove_network
    from bxnn.sim.reference import Reference

    interface, reference = Interface.load(build.interface), Reference(build.graph)
    start, events = time.monotonic(), number_of_events(reference)
    why_not = None
    if interface.streaming:
        why_not = WhyNotProven.STREAMING
    elif LOADING in (Path(name).stem for name in interface.files):
        why_not = WhyNotProven.LOADED_WEIGHTS
    elif primitives:
        why_not = WhyNotProven.PRIMITIVES
    elif any(Path(name).stem == "bxnn_history" for name in interface.files):
        why_not = WhyNotProven.HISTORY
    elif events > MOST_EVENTS:
        why_not = WhyNotProven.WIDE_INPUT
    if why_not is not None:
        return NetworkProof(why_not=why_not)
    folder = work / "network"
    folder.mkdir(exist_ok=True)
    proven = prove_network(reference, interface, [build.vhdl / name for name in interface.files], folder)
    return NetworkProof(events=events, proven=proven, seconds=round(time.monotonic() - start, 2))


def _judge(report: ReportModel, proofs: Proofs, place: OpenBuild) -> None:
    """Refuse a build of which something is refuted.

    Raises:
        ChecksFailedError: With a line for each.
    """
    problems = list(_refuted(proofs))
    if problems:
        raise ChecksFailedError(report.name, [problem + blamed(place.changed("vhdl")) for problem in problems])


def _refuted(proofs: Proofs) -> Iterator[str]:
    for each in proofs.entities:
        if not each.proven:
            yield f"{each.entity} is not what its specification says (case {each.case})"
    if proofs.network.proven is False:
        yield "the network does not answer all events as the reference does"
    if proofs.certificate.problem is not None:
        yield f"the overflow certificate does not hold: {proofs.certificate.problem}"
