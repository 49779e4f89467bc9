"""Simulation of a build against the prediction, and of its reference against the model itself."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bxnn.compiler.accuracy_on_events import GivenEvents, accuracy_on
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild, opened
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.ir.notices import DeclaredResult, DeclaredTypesApplied, Notice, TabulatedSoftmax
from bxnn.compiler.report import FloatComparison, ReportModel, Simulation, load_report
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.verification.expected_time import announce
from bxnn.compiler.verification.first_wrong_layer import explained
from bxnn.compiler.verification.model_run import compared_members, model_run
from bxnn.compiler.verification.results import blamed, logs, updated
from bxnn.compiler.verification.stimulus import Codes, stimulus
from bxnn.compiler.verification.wave_file import check_waves

if TYPE_CHECKING:
    from bxnn.sim.reference import Reference
    from bxnn.sim.rtl import RtlResult
    from bxnn.sim.vectors import Vectors


def simulate(
    folder: Path,
    data: Path | None,
    events: int | None,
    simulator: Literal["ghdl", "verilator"] = "ghdl",
    seed: int = 1,
    trust: bool = False,
    quick: bool = False,
    waves: Path | None = None,
) -> ReportModel:
    """Simulate a build and, if its framework is installed and a file is given, compare it with the model itself.

    Args:
        folder: The build folder.
        data: Real-valued events; random codes without it.
        events: Number of events; by default all of the file, or 1,000 random ones.
        simulator: The simulator to use.
        seed: Determines gaps, resets, corner vectors and random codes.
        trust: Whether to run code that another user wrote or that was changed after bxnn wrote it.
        quick: Whether to omit all events added by the bench: corners, gaps, resets, incomplete frames.
        waves: File for all signals over time: .vcd or, from GHDL, .fst or .ghw.

    Raises:
        InputError: If the build, the data or a tool is missing.
        VerificationError: If an output bit, the latency, the II or the model's own output differs from the prediction;
            the report is written anyway.
    """
    from bxnn.sim.bench.plan import Effort
    from bxnn.sim.reference import Reference
    from bxnn.sim.rtl import simulate as simulate_rtl
    from bxnn.sim.vectors import Vectors, corner_vectors

    check_waves(waves, simulator)
    needs = ("report.json", "ir", "model", "sim/interface.json")
    with opened(folder, *needs, code=("vhdl",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        reference = Reference(build.graph)
        begin_stage("events and reference")
        values, labels, codes = stimulus(reference, data, events, seed)
        directed = Vectors({}, {}) if quick else corner_vectors(reference, seed)
        interface = Interface.load(build.interface)
        work = place.work(simulator if waves is None else f"{simulator}_waves")
        expected = reference.output_codes(codes)
        tell = partial(announce, load_report(build.report), simulator)
        begin_stage(f"simulate with {simulator}")
        bench = (simulator, seed, directed, work, Effort.QUICK if quick else None, tell, waves)
        result = simulate_rtl(build.folder, interface, codes, expected, *bench)
        begin_stage("report")
        changed = place.changed("vhdl")
        report = updated(place, logs(work, simulator), simulation=_measured(result, seed, changed))
        if not result.passed:
            seen = explained(place, result, _first_event(result, codes, directed), seed, work)
            raise VerificationError(report.name, seen + blamed(changed))
        if not trust:
            place.check_unchanged("vhdl")
        given = None if data is None or values is None else GivenEvents(data, values, labels)
        return report if given is None else _compare(place, reference, given)


def _measured(result: RtlResult, seed: int, changed: tuple[str, ...]) -> Simulation:
    measured = {key: value for key, value in vars(result).items() if key in Simulation.model_fields}
    return Simulation(**measured, seed=seed, changed_files=changed)


def _compare(place: OpenBuild, reference: Reference, given: GivenEvents) -> ReportModel:
    """Compare a build with the model itself, and report that and its accuracy.

    Raises:
        VerificationError: If they differ.
    """
    from bxnn.sim.float_comparison import compare_outputs

    model, compared = model_run(place, reference, given), None
    if model is not None:
        ran = model.outputs, given.labels, model.runner, model.no_twin, model.undecided
        found = FloatComparison(**asdict(compare_outputs(reference, given.values, *ran)))
        compared = _loss_only(reference, found, *((DeclaredResult,) if model.rounds_declared else ()))
    elif members := compared_members(place, reference, given):
        compared = _loss_only(reference, FloatComparison(**asdict(members)))
    accuracy = accuracy_on(reference, given, model)
    messages = logs(place.work("float_model"), "float_model")
    report = updated(place, messages, float_comparison=compared, accuracy=accuracy)
    if compared is not None and compared.elements_differing:
        raise VerificationError(report.name, f"differs from the model itself: {compared.first_difference}")
    return report


def _loss_only(reference: Reference, compared: FloatComparison, *more: type[Notice]) -> FloatComparison:
    """Without what says that bits differ, if declared types or tables of a softmax round what the model does not."""
    if not any(
        isinstance(notice, (DeclaredTypesApplied, TabulatedSoftmax, *more)) for notice in reference.graph.notices
    ):
        return compared
    return compared.model_copy(update=dict.fromkeys(("events_differing", "elements_differing", "first_difference")))


def _first_event(result: RtlResult, codes: Codes, directed: Vectors) -> Codes | None:
    """Codes of the event of the first difference, or ``None`` if it is about no event."""
    if result.first_event is not None:
        return {name: array[result.first_event] for name, array in codes.items()}
    if result.first_directed is not None:
        return {name: array[result.first_directed] for name, array in directed.inputs.items()}
    return None
