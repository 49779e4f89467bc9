"""The driver: joins front end, passes, scheduler, back end, emulation and report.

What only one command needs is imported inside its function: a compile must not pay for an emulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from boards.board import Board, load_board
from compiler.backend.emulator import EmulatorBackend
from compiler.backend.hls import HlsBackend
from compiler.backend.project import Build, write_build
from compiler.backend.vhdl import VhdlBackend, port_names
from compiler.bunch_crossing import cycles_to_ns
from compiler.config import DesignConfig, load_config
from compiler.errors import ConfigError
from compiler.frontend import load_model
from compiler.ir.binding import Schedule, Step
from compiler.ir.graph import Graph
from compiler.ir.tensor import Tensor
from compiler.nearest import nearest
from compiler.passes import PIPELINE, PassOptions, run
from compiler.report import Report, build_report, load_report, save_report, write_pages
from compiler.schedule.device import Multiplier
from compiler.schedule.option import LayerSettings
from compiler.schedule.search import Budget, Search
from sim.interface import Interface, Port, Probe


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
        lowered = replace(lowered, notices=(*lowered.notices, *_unused_reuse(config, lowered, schedule)))
        facts = {"version": version("bxnn"), "board": board.name, "clock_mhz": config.clock_mhz}
        vhdl = VhdlBackend(lowered, schedule, facts).write(build.vhdl)
        (build.vhdl / "files.txt").write_text("\n".join(vhdl) + "\n", encoding="utf-8")
        HlsBackend(lowered, schedule, {**facts, "part": board.part}).write(build.hls)
        EmulatorBackend(lowered, schedule, facts).write(build.emulator)
        interface = interface_of(lowered, schedule, vhdl)
        interface.save(build.interface)
        build.write_graph(lowered)
        build.write_model(files)
        sources = [path for path in files or () if path is not None]
        report = build_report(lowered, schedule, board, config, sources, interface.inputs, interface.outputs)
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
    )
    return run(graph, PIPELINE, options, dump_folder)


def schedule_graph(graph: Graph, config: DesignConfig, board: Board) -> Schedule:
    """The best schedule of a lowered graph within the configuration.

    Raises:
        ConfigError: If the configuration names a layer that does not exist.
        ScheduleError: If no design fits.
    """
    names = [layer.name for layer in graph.layers if layer.inputs]
    now = {original: name for name, original in graph.renames.items()}
    settings = {}
    for written, choice in config.layers.items():
        name = now.get(written, written)
        if name not in names:
            near = nearest(name, names)
            raise ConfigError(f"design.yaml: layers: {name}", f"is not a layer; did you mean {near!r}?")
        settings[name] = LayerSettings(
            choice.binding, choice.reuse_factor, choice.cascade, choice.strategy, choice.adders_per_stage
        )
    if config.budget.lut is not None:
        raise ConfigError("design.yaml: budget: lut", "is not available yet; remove it, or set dsp or latency_ns")
    latency_ns = config.budget.latency_ns
    cycles = None if latency_ns is None else int(latency_ns / cycles_to_ns(1, config.clock_mhz) + 1e-9)
    multiplier = Multiplier(
        board.dsp_type,
        board.operand_a_bits,
        board.operand_b_bits,
        board.accumulator_bits,
        board.lut / board.dsp,
    )
    search = Search(graph, config.initiation_interval, settings, multiplier, config.strategy)
    return search.best(Budget(config.budget.dsp, cycles), board.dsp)


def _unused_reuse(config: DesignConfig, graph: Graph, schedule: Schedule) -> Iterator[str]:
    """A notice for every layer that is too small for the reuse factor asked for."""
    for written, choice in config.layers.items():
        name = {original: name for name, original in graph.renames.items()}.get(written, written)
        used = schedule.step(name).binding.reuse_factor
        if choice.reuse_factor is not None and used is not None and used < choice.reuse_factor:
            layer = graph.layer(name)
            yield f"{layer.describe()}: reuse_factor {choice.reuse_factor} is an upper limit; it can use {used}"


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


def interface_of(graph: Graph, schedule: Schedule, files: tuple[str, ...]) -> Interface:
    """What a bench must know of the VHDL of a scheduled graph, whose files are in compile order."""
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
        tuple(_probe(step, tensors[step.layer]) for step in schedule.steps),
    )


def _probe(step: Step, tensor: Tensor) -> Probe:
    """Where the bench finds the output of a layer."""
    elements = tuple(tuple(phase) for phase in step.binding.result.elements.tolist())
    signals = f"valid_{step.layer}", f"data_{step.layer}"
    return Probe(step.layer, *signals, elements, tensor.bits, tensor.format.signed)
