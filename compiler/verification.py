"""What is measured on a build: simulation against the prediction, synthesis against the prediction, the float model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from bxnn.boards.board import load_board
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild, opened
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.layer_difference import LayerDifference, in_words
from bxnn.compiler.report import (
    CSim,
    FloatComparison,
    Report,
    Resources,
    Results,
    Simulation,
    load_report,
    publish_report,
)

if TYPE_CHECKING:
    from bxnn.sim.reference import Reference
    from bxnn.sim.rtl import RtlResult
    from bxnn.sim.vectors import Vectors

DEFAULT_EVENTS = 1000  # random events, when no input file is given

Codes = Mapping[str, NDArray[np.int64]]


def simulate(
    folder: Path,
    data: Path | None,
    events: int | None,
    simulator: Literal["ghdl", "verilator"] = "ghdl",
    seed: int = 1,
    trust: bool = False,
    quick: bool = False,
) -> Report:
    """Simulate a build and, if TensorFlow is installed and a file is given, compare it with the model itself.

    Args:
        folder: The build.
        data: Real-valued events; random codes without it.
        events: How many; all of the file, or 1,000 random ones, by default.
        simulator: Which simulator.
        seed: Decides gaps, resets, corner vectors and random codes.
        trust: Whether to run code that another user wrote, or that was changed after bxnn wrote it.
        quick: Whether to leave out all events of the bench itself: corners, gaps, resets, incomplete frames.

    Raises:
        InputError: If the build, the data or a tool is missing.
        VerificationError: If an output bit, the latency, the II or the model's own output is not as predicted; the
            report is written all the same.
    """
    from bxnn.compiler.expected_time import announce
    from bxnn.sim.bench.plan import Effort
    from bxnn.sim.reference import Reference
    from bxnn.sim.rtl import rtl_junit
    from bxnn.sim.rtl import simulate as simulate_rtl
    from bxnn.sim.vectors import Vectors, corner_vectors

    needs = ("report.json", "ir", "model", "sim/interface.json")
    with opened(folder, *needs, code=("vhdl",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        reference = Reference(build.graph)
        values, labels, codes = _stimulus(reference, data, events, seed)
        directed = Vectors({}, {}) if quick else corner_vectors(reference, seed)
        interface = Interface.load(build.interface)
        work = place.work(simulator)
        expected = reference.output_codes(codes)
        tell = partial(announce, load_report(build.report), simulator)
        effort = Effort.QUICK if quick else None
        result = simulate_rtl(build.folder, interface, codes, expected, simulator, seed, directed, work, effort, tell)
        measured = {key: value for key, value in vars(result).items() if key in Simulation.model_fields}
        changed = place.changed("vhdl")
        found = Simulation(**measured, changed_files=changed)
        report = _updated(place, _logs(work, simulator), simulation=found)
        if not result.passed:
            seen = result.first_difference or "the simulation did not pass"
            event = _first_event(result, codes, directed)
            if event is not None:
                layer = _first_layer(place, interface, reference, event)
                rtl_junit(interface, result, seed, layer).write(work / "results.xml")
                found = found.model_copy(update={"first_wrong_layer": layer})
                report = _updated(place, _logs(work, simulator), simulation=found)
                seen = in_words(seen, layer)
            raise VerificationError(report.name, seen + _named(changed))
        if not trust:
            place.check_unchanged("vhdl")
        if values is not None:
            report = _compare(place, reference, values, labels)
    return report


def _compare(
    place: OpenBuild, reference: Reference, values: Mapping[str, NDArray[Any]], labels: NDArray[Any] | None
) -> Report:
    """Compare a build with the model itself, and report it.

    Raises:
        VerificationError: If they differ.
    """
    compared = _compared(place, reference, values, labels)
    report = _updated(place, _logs(place.work("float_model"), "float_model"), float_comparison=compared)
    if compared is not None and compared.elements_differing:
        raise VerificationError(report.name, f"differs from the model itself: {compared.first_difference}")
    return report


def csim(folder: Path, data: Path | None, events: int | None, seed: int = 1, trust: bool = False) -> Report:
    """Run the HLS C++ of a build through g++ and compare every element with the reference.

    Args:
        folder: The build.
        data: Real-valued events; random codes without it.
        events: How many; all of the file, or 1,000 random ones, by default.
        seed: Decides corner vectors and random codes.
        trust: Whether to run code that another user wrote, or that was changed after bxnn wrote it.

    Raises:
        InputError: If the build, the data, the compiler or its headers are missing, or the compiler refuses the code.
        VerificationError: If an element differs; the report is written all the same.
    """
    from bxnn.sim.csim import simulate as simulate_c
    from bxnn.sim.reference import Reference
    from bxnn.sim.vectors import corner_vectors

    with opened(folder, "report.json", "ir", code=("hls",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        reference = Reference(build.graph)
        _, _, codes = _stimulus(reference, data, events, seed)
        directed = corner_vectors(reference, seed)
        work = place.work("csim")
        result = simulate_c(build.hls, work, reference, codes, directed)
        # The vectors lie where a vendor's C simulation looks for them.
        vectors = Results(work, "hls", ("vectors.txt",))
        changed = place.changed("hls")
        report = _updated(place, _logs(work, "csim"), vectors, csim=CSim(**vars(result), changed_files=changed))
        if result.first_difference is not None:
            seen = in_words(result.first_difference, result.first_wrong_layer)
            raise VerificationError(report.name, f"the HLS C++ differs: {seen}{_named(changed)}")
        if not trust:
            place.check_unchanged("hls")
    return report


def synthesize(folder: Path, trust: bool = False) -> Report:
    """Count DSP, LUT and FF of a build with GHDL and yosys, and check the predicted numbers of DSPs and block RAMs.

    Raises:
        InputError: If the build or a tool is missing.
        VerificationError: If the numbers of DSPs or block RAMs differ; the report is written all the same.
    """
    from bxnn.sim.synthesis import synthesize as run_synthesis

    needs = ("report.json", "ir", "sim/interface.json")
    with opened(folder, *needs, code=("vhdl",), writes=True, trust=trust) as place:
        build = Build(place.folder)
        interface = Interface.load(build.interface)
        files = [build.vhdl / name for name in interface.files]
        wide_bits = load_board(load_report(build.report).board.name).operand_a_bits
        work = place.work("synthesis")
        result = run_synthesis(files, interface.top, work, wide_bits=wide_bits)
        report = _updated(place, _logs(work, "synthesis"), resources=Resources(**asdict(result)))
        if report.resource_difference is not None:
            raise VerificationError(report.name, report.resource_difference + _named(place.changed("vhdl")))
        if not trust:
            place.check_unchanged("vhdl")
    return report


def _stimulus(
    reference: Reference, data: Path | None, events: int | None, seed: int
) -> tuple[Mapping[str, NDArray[Any]] | None, NDArray[Any] | None, Codes]:
    """Real values and labels of a file, if one is given, and the codes that the firmware gets."""
    from bxnn.sim.events import random_codes, read_events

    if data is None:
        return None, None, random_codes(reference, DEFAULT_EVENTS if events is None else events, seed)
    values, labels = read_events(data, reference, events)
    codes = {name: array.astype(np.int64) for name, array in reference.quantize_inputs(values).items()}
    return values, labels, codes


def _updated(place: OpenBuild, *results: Results, **parts: object) -> Report:
    """Write parts of the report, what people read of it, and what the tools have left."""
    report = load_report(Build(place.folder).report).model_copy(update=parts)
    publish_report(place, report, *results)
    return report


def _named(changed: Sequence[str]) -> str:
    """What may be the cause of a difference."""
    return f"; {changed[0]} was changed after bxnn wrote it" if changed else ""


def _logs(work: Path, tool: str) -> Results:
    """What a tool has to say, and what it made for others to read."""
    return Results(work, f"sim/{tool}", ("*.log", "*.xml", "result.json", "trace.txt", "*.ys", "*.v", "netlist.json"))


def _compared(
    place: OpenBuild, reference: Reference, values: Mapping[str, NDArray[Any]], labels: NDArray[Any] | None
) -> FloatComparison | None:
    from bxnn.sim.float_model import compare

    files = Build(place.folder).model
    if files is None:
        return None
    found = compare(*files, reference, values, labels, place.work("float_model"))
    return None if found is None else FloatComparison(**asdict(found))


def _first_event(result: RtlResult, codes: Codes, directed: Vectors) -> Codes | None:
    """Codes of the event of the first difference, or ``None`` if it is about no event."""
    if result.first_event is not None:
        return {name: array[result.first_event] for name, array in codes.items()}
    if result.first_directed is not None:
        return {name: array[result.first_directed] for name, array in directed.inputs.items()}
    return None


def _first_layer(place: OpenBuild, interface: Interface, reference: Reference, event: Codes) -> LayerDifference | None:
    from bxnn.sim.bench.locate import locate

    batch = {name: array.reshape(1, *reference.tensors[name].shape) for name, array in event.items()}
    expected = {name: array.astype(np.int64) for name, array in reference.evaluate(batch).items()}
    return locate(place.folder, interface, event, expected, place.work("layers"))
