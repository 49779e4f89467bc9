"""A design.yaml to begin with, with the names of the model. Compiling with it works: it is scheduled to find out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bxnn.boards.board import board_names
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.calibration.float_network import float_network
from bxnn.compiler.calibration.starting_formats import starting_inputs, starting_layers
from bxnn.compiler.config.design_config import DEFAULT_BOARD, DEFAULT_CLOCK_MHZ, DesignConfig
from bxnn.compiler.config.formats_file import format_lines, quoted
from bxnn.compiler.errors import InternalError, ModelError, ScheduleError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredTypes
from bxnn.compiler.passes import PIPELINE, run
from bxnn.compiler.passes.options import pass_options
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.compiler.stages import begin_stage

_INTERVALS = tuple(8 << power for power in range(14))  # an event per bunch crossing, then fewer
_FORMATS = "formats.yaml"


@dataclass(frozen=True)
class StartingDesign:
    """What ``bxnn init`` writes.

    Attributes:
        text: design.yaml.
        formats: formats.yaml beside it, if the model has float weights; ``None`` for others.
        initiation_interval: The shortest of 8, 16, 32, ... cycles for which there is a schedule.
    """

    text: str
    formats: str | None
    initiation_interval: int


def starting_design(model: Path, weights: Path | None = None) -> StartingDesign:
    """A design.yaml for a model.

    Args:
        model: The model file.
        weights: Weights of a .json model.

    Raises:
        InputError: If the model is refused, or has no schedule at any initiation interval.
    """
    begin_stage("read the model")
    graph, lowered, types = _as_it_is_or_with_types(model, weights)
    begin_stage("schedule")
    interval = _interval(lowered)
    floats = bool(types.layers)
    lines = [*_head(model, weights, graph), *_hardware(interval), *_types(types, floats), *_choices(graph)]
    formats = "\n".join([*_FORMATS_HEAD, *format_lines(types), ""]) if floats else None
    return StartingDesign("\n".join([*lines, ""]), formats, interval)


def _as_it_is_or_with_types(model: Path, weights: Path | None) -> tuple[Graph, Graph, DeclaredTypes]:
    """The graph as read, the lowered one, and the types that it needs: of layers only if it is refused without."""
    try:
        return _lowered(load_model(model, weights), NO_TYPES)
    except ModelError as refused:
        read = load_model(model, weights, floats=True)
        try:
            types = starting_layers(float_network(read, DesignConfig(initiation_interval=_INTERVALS[0])))
        except InternalError:  # what has quantizers has no meaning on floats
            raise refused from None
        if not types.layers:
            raise
        return _lowered(load_model(model, weights, types=types, floats=True), types)


def _lowered(graph: Graph, types: DeclaredTypes) -> tuple[Graph, Graph, DeclaredTypes]:
    every = replace(types, inputs=starting_inputs(graph, types).inputs)
    return graph, run(graph, PIPELINE, pass_options(graph, every)), every


def _interval(lowered: Graph) -> int:
    """The shortest initiation interval of the list with a schedule."""
    first: ScheduleError | None = None
    for interval in _INTERVALS:
        config = DesignConfig(initiation_interval=interval)
        try:
            schedule_graph(lowered, config, chosen_board(config))
            return interval
        except ScheduleError as error:
            first = first or error
    assert first is not None
    raise first


_FORMATS_HEAD = (
    "# Number formats chosen by bxnn init without any events: the range of results is a guess.",
    "# `bxnn calibrate MODEL --events x.npz -c design.yaml` chooses from events and replaces this file.",
)


def _head(model: Path, weights: Path | None, graph: Graph) -> list[str]:
    """What the model consists of, in the names by which this file knows it."""
    shapes = graph.shapes()
    weighed = "" if weights is None else f" --weights {weights.name}"
    lines = [f"# The hardware of {model.name}; written by `bxnn init {model.name}{weighed}`, yours to edit.", "#"]
    inputs = [f"{graph.spelled(name)} {_shape(shapes[name])}" for name in graph.inputs]
    outputs = [f"{_named(graph, name)} {_shape(shapes[name])}" for name in graph.outputs]
    layers = list(dict.fromkeys(_named(graph, layer.name) for layer in graph.layers if layer.inputs))
    for what, names in (("inputs", inputs), ("outputs", outputs), ("layers", layers)):
        lines += _wrapped(what, names)
    return [*lines, ""]


def _named(graph: Graph, name: str) -> str:
    """A layer as spelled in the model file: the one that it is a part of, if that became several."""
    owners = {end: owner for owner, end in graph.ends.items()}
    return graph.spelled(owners.get(name, name))


def _wrapped(what: str, names: Sequence[str]) -> list[str]:
    """``#   layers   fc1, relu1, ...`` in lines of at most 100 characters or one name."""
    lines, start = [], f"#   {what:<9}"
    for name in names:
        if len(start) + len(name) > 100 and start.strip("# "):
            lines.append(start.rstrip())
            start = "#" + " " * 12
        start += f"{name}, "
    return [*lines, start.rstrip(", ")]


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "1"


def _hardware(interval: int) -> list[str]:
    """Board, clock, throughput and limits."""
    boards = ", ".join(board_names())
    return [
        f"board: {DEFAULT_BOARD}                # {boards}",
        f"clock_mhz: {DEFAULT_CLOCK_MHZ}           # 8 clocks per bunch crossing of 24.95 ns",
        f"initiation_interval: {interval:<8}# cycles from one event to the next",
        "strategy: auto               # auto, dsp (DSP slices) or lut (adder graphs in LUTs)",
        "# budget: {dsp: 1000, lut: 100000, latency_ns: 250}   # limits; the command fails if they cannot be met",
        "",
    ]


def _types(types: DeclaredTypes, floats: bool) -> list[str]:
    """Number formats: the file with those of a float model, or the inputs that the model does not quantize."""
    if floats:
        return [
            "# The model is not quantized. These formats are a first guess; better ones come from events:",
            "#   bxnn calibrate MODEL --events x.npz -c design.yaml -o formats.yaml",
            f"formats: {_FORMATS}",
            "",
        ]
    if not types.inputs:
        return []
    lines = [
        "# The model does not quantize these inputs: bits, those before the binary point, rounding, overflow.",
        *format_lines(DeclaredTypes(types.inputs, {}))[:-1],
    ]
    return [*lines, ""]


def _choices(graph: Graph) -> list[str]:
    """Outputs and layers by name, to uncomment."""
    outputs = [_named(graph, name) for name in graph.outputs]
    lines = ["# outputs:                   # values, argmax, {threshold: x}, or a list of these"]
    lines += [f"#   {quoted(name)}: values" for name in outputs]
    lines.append("# layers:                    # what the scheduler chooses where nothing is said")
    for layer in graph.layers:
        if layer.inputs and layer.constants():
            lines.append(f"#   {quoted(graph.spelled(layer.name))}: {{strategy: auto}}")
    return lines if len(lines) > len(outputs) + 2 else lines[:-1]
