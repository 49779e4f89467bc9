"""The driver: joins front end, passes, scheduler, back end, emulation and report.

What only one command needs is imported inside its function: a compile must not pay for an emulator.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from boards.board import load_board
from compiler.backend.emulator import EmulatorBackend
from compiler.backend.hls_stream import hls_backend
from compiler.backend.project import Build, write_build
from compiler.backend.vhdl import VhdlBackend
from compiler.backend.vhdl_stream import StreamVhdlBackend
from compiler.config import DesignConfig, load_config
from compiler.frontend import load_model
from compiler.interface import interface_of
from compiler.ir.graph import Graph
from compiler.ir.stream import StreamSchedule
from compiler.passes import PIPELINE, PassOptions, run
from compiler.planning import schedule_graph, unused_reuse
from compiler.report import Report, build_report, load_report, save_report, save_slots, slot_maps, write_pages


def compile_model(model: Path, weights: Path | None, config_path: Path | None, folder: Path) -> Report:
    """Compile a model file into a build folder.

    Raises:
        InputError: If the model, the configuration or the folder is wrong; then nothing is written.
    """
    config = load_config(config_path)
    load_board(config.board).check_clock(config.clock_mhz)
    return compile_graph(load_model(model, weights, config.name), config, folder, (model, weights))


def compile_graph(
    graph: Graph, config: DesignConfig, folder: Path, files: tuple[Path, Path | None] | None = None
) -> Report:
    """Compile a graph that a front end has read.

    Args:
        graph: Before the pipeline.
        config: What the user has decided.
        folder: The build.
        files: The model file and its weights file, to be kept in the build; ``None`` if there are none.

    Raises:
        InputError: As ``compile_model``.
    """
    board = load_board(config.board)
    board.check_clock(config.clock_mhz)

    def fill(build: Build) -> None:
        lowered = lower(graph, config, build.folder / "ir")
        schedule = schedule_graph(lowered, config, board)
        lowered = replace(lowered, notices=(*lowered.notices, *unused_reuse(config, lowered, schedule)))
        facts = {"version": version("bxnn"), "board": board.name, "clock_mhz": config.clock_mhz}
        if isinstance(schedule, StreamSchedule):
            vhdl = StreamVhdlBackend(lowered, schedule, facts).write(build.vhdl)
        else:
            vhdl = VhdlBackend(lowered, schedule, facts).write(build.vhdl)
        (build.vhdl / "files.txt").write_text("\n".join(vhdl) + "\n", encoding="utf-8")
        hls_backend(lowered, schedule, {**facts, "part": board.part}).write(build.hls)
        EmulatorBackend(lowered, schedule, facts).write(build.emulator)
        interface = interface_of(lowered, schedule, vhdl)
        interface.save(build.interface)
        build.write_graph(lowered)
        build.write_model(files)
        sources = [path for path in files or () if path is not None]
        report = build_report(lowered, schedule, board, config, sources, interface.inputs, interface.outputs)
        save_slots(slot_maps(lowered, schedule), build.folder)
        save_report(report, build.report)
        write_pages(report, build.folder)

    return load_report(write_build(folder, fill).report)


def lower(graph: Graph, config: DesignConfig, dump_folder: Path | None = None) -> Graph:
    """What the front end has read, after all passes: integers only, ready to be scheduled.

    Raises:
        InputError: If a pass refuses the network.
    """
    now = {original: name for name, original in graph.renames.items()}
    options = PassOptions(
        {now.get(name, name): quantizer for name, quantizer in config.input_quantizers().items()},
        frozenset(now.get(name, name) for name in config.argmax_outputs()),
        {now.get(name, name): quantizer for name, quantizer in config.layer_quantizers().items()},
    )
    return run(graph, PIPELINE, options, dump_folder)


def predict(folder: Path, data: Path, output: Path, engine: Literal["reference", "cpp"] = "reference") -> None:
    """Write the real-valued outputs of a build for the inputs of a file, bit-exact.

    Args:
        folder: The build.
        data: Real-valued events.
        output: The file to write.
        engine: The integer reference, or the C++ emulator, which needs g++ at its first use.

    Raises:
        InputError: If the build or the data is wrong.
    """
    from sim.events import read_events, write_outputs
    from sim.reference import Reference

    build = Build.open(folder)
    reference = Reference(build.graph)
    values, _ = read_events(data, reference)
    if engine == "cpp":
        from sim.emulator import Emulator

        write_outputs(output, Emulator(build.emulator, build.simulation / "emulator", reference).predict(values))
    else:
        write_outputs(output, reference.predict(values))


def report(folder: Path) -> Path:
    """Render report.md and report.html from report.json.

    Returns:
        The path of report.html.
    """
    build = Build.open(folder)
    write_pages(load_report(build.report), build.folder)
    return build.folder / "report.html"
