"""The driver: connects front end, passes, scheduler, back end, emulation and report.

What only one command needs is imported inside its function: a compile should not pay for an emulator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.accuracy_on_events import GivenEvents, accuracy_on
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.builds.update import replace_build
from bxnn.compiler.config.design_config import DesignConfig, load_config
from bxnn.compiler.errors import InputError
from bxnn.compiler.firmware import write_firmware
from bxnn.compiler.fixed_design import weights_facts
from bxnn.compiler.frontend import load_model
from bxnn.compiler.frontend.names import check_unit_names
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.kept_design import compile_command, keep_inputs, kept_files
from bxnn.compiler.lowering import lower as lower
from bxnn.compiler.lowering import lower_all
from bxnn.compiler.report import (
    ReportModel,
    build_report,
    load_report,
    publish_report,
    slot_maps,
    write_report,
)
from bxnn.compiler.report.accuracy_facts import AccuracyFacts
from bxnn.compiler.report.calibration_facts import measured_facts
from bxnn.compiler.schedule.clock_choice import closes_typically
from bxnn.compiler.schedule.scheduling import schedule_graph, unused_reuse
from bxnn.compiler.stages import begin_stage

ModelFiles = tuple[Path, Path | None]  # a model file and, of a .json file, its weights


def compile_model(
    model: Path,
    weights: Path | None,
    config_path: Path | None,
    folder: Path,
    force: bool = False,
    board: str | None = None,
    others: Sequence[ModelFiles] = (),
) -> ReportModel:
    """Compile a model file into a build folder.

    Args:
        model: A .keras, .h5 or .json file.
        weights: Weights file of a .json model.
        config_path: design.yaml.
        folder: The build folder; files in it that bxnn did not write are left as they are.
        force: Whether to replace files that were changed after bxnn wrote them.
        board: Name or file of a board in place of that of design.yaml.
        others: Models of the same layers, with the weights of the other members of an ensemble.

    Raises:
        InputError: If a model, the configuration or the folder is wrong; nothing is written then.
    """
    config = load_config(config_path)
    if board is not None:
        config = config.model_copy(update={"board": board})
    return compile_files(model, weights, config, folder, force, others)


def compile_files(
    model: Path,
    weights: Path | None,
    config: DesignConfig,
    folder: Path,
    force: bool = False,
    others: Sequence[ModelFiles] = (),
) -> ReportModel:
    """Like ``compile_model``, with a configuration that has been read.

    Raises:
        InputError: As ``compile_model``.
    """
    chosen_board(config)
    begin_stage("read the model")
    types, floats = config.declared_types(), config.formats is not None
    files = ((model, weights), *others)
    graph, *more = (load_model(*pair, config.name, folder.resolve().name, types, floats=floats) for pair in files)
    return compile_graph(graph, config, folder, files, force, more, repeatable=True)


def compile_graph(
    graph: Graph,
    config: DesignConfig,
    folder: Path,
    files: Sequence[ModelFiles] = (),
    force: bool = False,
    others: Sequence[Graph] = (),
    repeatable: bool = False,
    beside: bool = False,
) -> ReportModel:
    """Compile a graph that a front end has read.

    Args:
        graph: Before the pipeline.
        config: The user's configuration.
        folder: The build folder.
        files: The files of every model, to be kept in the build.
        force: As ``compile_model``.
        others: Graphs of the same layers, with the weights of the other members of an ensemble.
        repeatable: Whether the files and the configuration are all that the graph comes from.
        beside: Whether a first build may be written into a folder that holds a user's files.

    Raises:
        InputError: As ``compile_model``.
    """
    board = chosen_board(config)
    check_unit_names(graph.name, config.library, config.prefix)
    formats = None if config.formats is None else Path(config.formats)
    models = [path for pair in files for path in pair if path is not None]
    sources = models if formats is None else [*models, formats]
    names = [(stored or path).name for path, stored in files] or [f"model {index}" for index in range(1 + len(others))]

    def fill(staging: Path) -> None:
        build = Build.create(staging)
        begin_stage("passes")
        lowered, own = lower_all([graph, *others], names, config, build.folder / "ir")
        begin_stage("schedule")
        schedule = schedule_graph(lowered, own, board)
        lowered, hardware = _with_notices(lowered, schedule, own)
        build.write_graph(lowered)
        keep_inputs(build, config, graph.name, files)
        firmware = write_firmware(build, lowered, schedule, config, board, sources)
        begin_stage("report")
        ports = firmware.interface.data_inputs, firmware.interface.outputs
        kept = (*models, *(build.folder / name for name in kept_files(build.folder)))
        report = build_report(hardware, schedule, board, config, kept, *ports, firmware.wrapper)
        more = {
            "weights": weights_facts(lowered, schedule, config, board),
            "compile_command": compile_command(build) if repeatable else None,
            "calibration": None if formats is None else measured_facts(formats, config.declared_types(), lowered),
        }
        write_report(report.model_copy(update=more), slot_maps(hardware, schedule), build.folder)

    replace_build(folder, fill, version("bxnn"), force, beside=beside)
    return load_report(Build(folder).report)


def _with_notices(lowered: Graph, schedule: Schedule | StreamSchedule, config: DesignConfig) -> tuple[Graph, Graph]:
    """The network, and the one that is built, with what the schedule has to tell the user."""
    hardware = lowered.core or lowered
    found = (*unused_reuse(config, hardware, schedule), *closes_typically(hardware, schedule))
    return replace(lowered, notices=(*lowered.notices, *found)), replace(hardware, notices=(*hardware.notices, *found))


@dataclass(frozen=True)
class Prediction:
    """What ``predict`` says about the events.

    Attributes:
        outside: How many have inputs outside the range of calibrated formats; ``None`` if none are calibrated.
        accuracy: What their labels say about the outputs; ``None`` without labels.
    """

    outside: int | None
    accuracy: AccuracyFacts | None


def predict(
    folder: Path,
    data: Path,
    output: Path,
    engine: Literal["reference", "cpp"] = "reference",
    trust: bool = False,
) -> Prediction:
    """Write the real-valued outputs of a build for the inputs of a file, bit-exact.

    Args:
        folder: The build folder.
        data: Real-valued events.
        output: The file to write.
        engine: The integer reference, or the C++ emulator, which needs g++ the first time.
        trust: Whether the emulator may run even if another user wrote it or it was changed after bxnn wrote it.

    Returns:
        What is known about the events.

    Raises:
        InputError: If the build or the data is wrong.
    """
    from bxnn.sim.events import read_events, write_outputs
    from bxnn.sim.outside_range import events_outside
    from bxnn.sim.reference import Reference

    runs = engine == "cpp"
    code = ("emulator",) if runs else ()
    with opened(folder, "ir", "report.json", code=code, writes=runs, trust=trust) as place:
        _check_output(output, data, place.folder)
        if not trust:
            place.check_unchanged(*code)
        build = Build(place.folder)
        reference = Reference(build.graph)
        values, labels = read_events(data, reference)
        if runs:
            from bxnn.sim.emulator import Emulator

            write_outputs(output, Emulator(build.emulator, place.work("emulator"), reference).predict(values))
        else:
            write_outputs(output, reference.predict(values))
        known = None if labels is None else accuracy_on(reference, GivenEvents(data, values, labels))
        return Prediction(events_outside(reference.graph, values), known)


def _check_output(output: Path, data: Path, build: Path) -> None:
    """Refuse to overwrite the input file, or to write into a build.

    Raises:
        InputError: Naming the file.
    """
    if output.exists() and data.exists() and output.samefile(data):
        raise InputError(str(output), "is the input file; name another file with --output")
    if output.resolve().is_relative_to(build.resolve()):
        raise InputError(str(output), "is inside the build; name a file outside it with --output")


def report(folder: Path) -> Path:
    """Render report.md and report.html from report.json.

    Returns:
        The path of report.html.
    """
    with opened(folder, "report.json", "ir", writes=True) as place:
        publish_report(place, load_report(Build(place.folder).report))
        return place.folder / "report.html"
