"""The driver: joins front end, passes, scheduler, back end, simulation and report, one function per command.

What only one command needs is imported inside its function: a compile must not pay for a simulator.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from boards.board import Board, load_board
from compiler.backend.project import Build, write_build
from compiler.backend.vhdl import VhdlBackend, port_names
from compiler.bunch_crossing import cycles_to_ns
from compiler.config import DesignConfig, load_config
from compiler.errors import ConfigError, VerificationError
from compiler.frontend import load_model
from compiler.ir.binding import Schedule
from compiler.ir.graph import Graph
from compiler.nearest import nearest
from compiler.passes import PIPELINE, PassOptions, run
from compiler.report import (
    FloatComparison,
    Report,
    Resources,
    Simulation,
    build_report,
    load_report,
    save_report,
)
from compiler.schedule.device import Multiplier
from compiler.schedule.options import LayerSettings
from compiler.schedule.search import Budget, Search
from sim.interface import Interface, Port

if TYPE_CHECKING:
    from sim.events import Arrays
    from sim.reference import Reference

DEFAULT_EVENTS = 1000  # random events, when no input file is given


def compile_model(model: Path, weights: Path | None, config_path: Path | None, folder: Path) -> Report:
    """Compile a model file into a build folder.

    Raises:
        InputError: If the model, the configuration or the folder is wrong; then nothing is written.
    """
    config = load_config(config_path)
    board = load_board(config.board)
    board.check_clock(config.clock_mhz)
    graph = load_model(model, weights, config.name)
    options = PassOptions(config.input_quantizers(), config.argmax_outputs())

    def fill(build: Build) -> None:
        lowered = run(graph, PIPELINE, options, build.folder / "ir")
        schedule = schedule_graph(lowered, config, board)
        facts = {"version": version("bxnn"), "board": board.name, "clock_mhz": config.clock_mhz}
        files = VhdlBackend(lowered, schedule, facts).write(build.vhdl)
        (build.vhdl / "files.txt").write_text("\n".join(files) + "\n", encoding="utf-8")
        interface = _interface(lowered, schedule, files)
        interface.save(build.interface)
        build.write_graph(lowered)
        build.write_model(model, weights)
        sources = [path for path in (model, weights) if path is not None]
        report = build_report(lowered, schedule, board, config, sources, interface.inputs, interface.outputs)
        save_report(report, build.report)

    return _rendered(write_build(folder, fill))


def schedule_graph(graph: Graph, config: DesignConfig, board: Board) -> Schedule:
    """The best schedule of a lowered graph within the configuration.

    Raises:
        ConfigError: If the configuration names a layer that does not exist.
        ScheduleError: If no design fits.
    """
    names = [layer.name for layer in graph.layers if layer.inputs]
    settings = {}
    for name, choice in config.layers.items():
        if name not in names:
            near = nearest(name, names)
            raise ConfigError(f"design.yaml: layers: {name}", f"is not a layer; did you mean {near!r}?")
        settings[name] = LayerSettings(choice.binding, choice.reuse_factor, choice.cascade)
    if config.budget.lut is not None:
        raise ConfigError("design.yaml: budget: lut", "is not available yet: only DSPs and latency are exact; remove it")
    latency_ns = config.budget.latency_ns
    cycles = None if latency_ns is None else int(latency_ns / cycles_to_ns(1, config.clock_mhz) + 1e-9)
    multiplier = Multiplier(
        board.dsp_type, board.operand_a_bits, board.operand_b_bits, board.accumulator_bits
    )
    search = Search(graph, config.initiation_interval, settings, multiplier)
    return search.best(Budget(config.budget.dsp, cycles), board.dsp)


def simulate(
    folder: Path,
    data: Path | None,
    events: int | None,
    simulator: Literal["ghdl", "verilator"] = "ghdl",
    seed: int = 1,
) -> Report:
    """Simulate a build on events of a file, or on random ones, and compare with the float model where possible.

    Raises:
        InputError: If the build, the data or a tool is missing.
        VerificationError: If an output bit, the latency or the II is not as predicted; the report is written all
            the same.
    """
    from sim.events import random_codes, read_events
    from sim.reference import Reference
    from sim.rtl import simulate as simulate_rtl
    from sim.vectors import corner_vectors

    build = Build.open(folder)
    reference = Reference(build.graph)
    if data is None:
        values, labels = None, None
        codes = random_codes(reference, DEFAULT_EVENTS if events is None else events, seed)
    else:
        values, labels = read_events(data, reference, events)
        codes = {name: array.astype(np.int64) for name, array in reference.quantize_inputs(values).items()}
    interface = Interface.load(build.interface)
    directed = corner_vectors(reference, seed)
    result = simulate_rtl(
        folder, interface, codes, reference.output_codes(codes), simulator, seed, directed
    )
    measured = {key: value for key, value in asdict(result).items() if key in Simulation.model_fields}
    report = load_report(build.report).model_copy(update={"simulation": Simulation(**measured)})
    save_report(report, build.report)
    if values is not None:
        comparison = _float_comparison(build, reference, values, labels)
        report = report.model_copy(update={"float_comparison": comparison})
        save_report(report, build.report)
    _rendered(build)
    if not result.passed:
        raise VerificationError(report.name, result.first_difference or "the simulation did not pass")
    return report


def synthesize(folder: Path) -> Report:
    """Count DSP, LUT and FF of a build with GHDL and yosys, and check the predicted number of DSPs.

    Raises:
        InputError: If the build or a tool is missing.
        VerificationError: If the numbers of DSPs differ; the report is written all the same.
    """
    from sim.synthesis import synthesize as run_synthesis

    build = Build.open(folder)
    interface = Interface.load(build.interface)
    files = [build.vhdl / name for name in interface.files]
    result = run_synthesis(files, interface.top, build.simulation / "synthesis")
    measured = {key: value for key, value in asdict(result).items() if key in Resources.model_fields}
    report = load_report(build.report).model_copy(update={"resources": Resources(**measured)})
    save_report(report, build.report)
    _rendered(build)
    if result.dsp != report.dsp:
        raise VerificationError(report.name, f"{report.dsp} DSPs predicted, {result.dsp} synthesized")
    return report


def predict(folder: Path, data: Path, output: Path) -> None:
    """Write the real-valued outputs of a build for the inputs of a file, bit-exact.

    Raises:
        InputError: If the build or the data is wrong.
    """
    from sim.events import read_events, write_outputs
    from sim.reference import Reference

    reference = Reference(Build.open(folder).graph)
    values, _ = read_events(data, reference)
    write_outputs(output, reference.predict(values))


def report(folder: Path) -> Path:
    """Render report.md and report.html from report.json.

    Returns:
        The path of report.html.
    """
    build = Build.open(folder)
    _rendered(build)
    return build.folder / "report.html"


def _interface(graph: Graph, schedule: Schedule, files: tuple[str, ...]) -> Interface:
    tensors = graph.tensors()

    def ports(names: tuple[str, ...], side: str) -> tuple[Port, ...]:
        return tuple(
            Port(name, *signals, tensors[name].size, tensors[name].bits, tensors[name].format.signed)
            for name, signals in port_names(names, side).items()
        )

    return Interface(
        graph.name,
        files,
        ports(graph.inputs, "in"),
        ports(graph.outputs, "out"),
        schedule.latency_cycles,
        schedule.initiation_interval,
    )


def _float_comparison(
    build: Build, reference: Reference, values: Arrays, labels: object
) -> FloatComparison | None:
    from sim.float_model import compare

    model, weights = build.model
    found = compare(model, weights, reference, values, labels, build.simulation / "float_model")
    return None if found is None else FloatComparison(**asdict(found))


def _rendered(build: Build) -> Report:
    """Render what people read from report.json."""
    from compiler.report import write_html, write_markdown

    found = load_report(build.report)
    write_markdown(found, build.folder / "report.md")
    write_html(found, build.folder / "report.html")
    return found
