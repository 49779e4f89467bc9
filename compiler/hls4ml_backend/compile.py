"""From a ModelGraph of hls4ml to a build: converts its configuration and its graph, then calls the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bxnn.boards.board import load_board
from bxnn.compiler import driver
from bxnn.compiler.config.design_config import DEFAULT_BOARD, DEFAULT_CLOCK_MHZ, DesignConfig, LayerConfig, check_config
from bxnn.compiler.errors import ConfigError, InputError, ScheduleError, StreamNeededError
from bxnn.compiler.frontend.hls4ml.hls4ml_config import (
    check_hls_config,
    check_names,
    initiation_interval,
    reuse_factor,
    strategy,
)
from bxnn.compiler.frontend.hls4ml.hls4ml_graph import from_hls4ml, linear_nodes
from bxnn.compiler.hls4ml_backend.model_names import model_names
from bxnn.compiler.hls4ml_backend.parts import board_keys, ignored_part
from bxnn.compiler.hls4ml_backend.streaming import arrives_whole, stream_interval, whole_interval
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import IgnoredKey, IntervalRaised, Notice
from bxnn.compiler.ir.reasons import IgnoredReason
from bxnn.compiler.report import ReportModel
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.stream.stream_search import FrameRateError


def compile_model_graph(
    model: Any,
    folder: Path,
    design: DesignConfig | None = None,
    sources: tuple[Path, Path | None] | None = None,
    notices: tuple[Notice, ...] = (),
    force: bool = False,
    beside: bool = False,
) -> ReportModel:
    """Make a build from a ModelGraph.

    Args:
        model: The ModelGraph, made for the back end bxnn.
        folder: The build folder.
        design: A design.yaml in addition to hls4ml's configuration.
        sources: Model file and weights file, if there are any.
        notices: What the report should say about the configuration.
        force: Whether files that were changed after bxnn wrote them may be replaced.
        beside: Whether a first build may be written into a folder that holds a user's files.

    Raises:
        InputError: If the model or the configuration requires something that is not supported; nothing is written.
    """
    options: Mapping[str, Any] = model.config.config
    ignored = (*check_hls_config(options.get("HLSConfig") or {}), *_set_aside(model, design))
    _check_layer_names(model, options)
    if options.get("IOType") not in (None, "io_parallel", "io_stream"):
        raise ConfigError("IOType", f"{options['IOType']!r} is not supported; use 'io_parallel' or 'io_stream'")
    config = design_of(model, design)
    graph = from_hls4ml(model, config.name or str(model.config.get_project_name()))
    graph = replace(graph, notices=tuple(dict.fromkeys((*notices, *ignored, *graph.notices))))
    files = () if sources is None else (sources,)

    def compiled(graph: Graph, config: DesignConfig) -> ReportModel:
        return driver.compile_graph(graph, config, folder, files, force, beside=beside)

    streamed_at_will = config.form == "streaming" and not _interval_asked(model, design)
    try:
        return _at_its_rate(graph, config, compiled) if streamed_at_will else compiled(graph, config)
    except (StreamNeededError, ScheduleError) as error:
        in_beats = _in_beats(model, design)
        if in_beats is None:
            raise
        noted = IgnoredKey("IOType", "'io_parallel'", "", IgnoredReason.ARRIVES_IN_BEATS)
        graph = replace(graph, notices=(*graph.notices, noted))
        try:
            return _at_its_rate(graph, in_beats, compiled)
        except InputError:
            if isinstance(error, ScheduleError):
                raise error from None
            raise


def _at_its_rate(
    graph: Graph, config: DesignConfig, compiled: Callable[[Graph, DesignConfig], ReportModel]
) -> ReportModel:
    """Compile a streaming network, with frames as far apart as the last windows of a padded image need."""
    asked, notices = config.initiation_interval, graph.notices
    while True:
        try:
            return compiled(graph, config)
        except FrameRateError as error:
            config = config.model_copy(update={"initiation_interval": error.needed_cycles})
            graph = replace(graph, notices=(*notices, IntervalRaised("IOType", asked, error.needed_cycles)))


def _in_beats(model: Any, design: DesignConfig | None) -> DesignConfig | None:
    """The configuration with its image in beats; ``None`` without an image, or if form or interval are chosen."""
    if model.config.config.get("IOType") == "io_stream" or arrives_whole(model):
        return None
    if (design is not None and "form" in design.model_fields_set) or _interval_asked(model, design):
        return None
    try:
        return design_of(model, design, in_beats=True)
    except ConfigError:  # of a stream, which was not asked for
        return None


def _set_aside(model: Any, design: DesignConfig | None) -> tuple[Notice, ...]:
    """What a configuration asks for and the firmware does differently, without another bit."""
    options: Mapping[str, Any] = model.config.config
    boards = () if design is not None and {"board", "part"} & design.model_fields_set else ignored_part(options)
    streams = options.get("IOType") == "io_stream" and arrives_whole(model)
    return (*boards, *([IgnoredKey("IOType", "'io_stream'", "", IgnoredReason.ARRIVES_WHOLE)] if streams else []))


def _check_layer_names(model: Any, options: Mapping[str, Any]) -> None:
    """Refuse a LayerName that is not a layer of the model; hls4ml adds names such as ``fc1_relu`` and ``bn_Add_0``."""
    names = model_names(options)
    if names is None:
        return
    names += [node.name for node in model.get_layers()]
    hls_config = options.get("HLSConfig") or {}
    unknown = {
        name: value
        for name, value in (hls_config.get("LayerName") or {}).items()
        if not any(name == known or name.startswith(f"{known}_") or name.endswith(f"_{known}") for known in names)
    }
    check_names({"LayerName": unknown}, names, ())


def design_of(model: Any, design: DesignConfig | None = None, in_beats: bool = False) -> DesignConfig:
    """hls4ml's configuration as a design.yaml.

    Part or Board becomes the board, ClockPeriod (ns) the clock. The initiation interval is PipelineInterval or the
    largest ReuseFactor; a layer with a smaller ReuseFactor keeps it as its own limit. With io_stream, the form
    is streaming, and the interval is that of `stream_interval`. design.yaml takes precedence.

    Args:
        model: The ModelGraph.
        design: A design.yaml in addition to it.
        in_beats: Whether an image arrives as with io_stream, whatever IOType says.

    Raises:
        ConfigError: If there is no such part, or the two configurations disagree about a layer.
    """
    options: Mapping[str, Any] = model.config.config
    given: dict[str, Any] = {} if design is None else design.model_dump(exclude_unset=True)
    if design is not None and design.outputs:
        given["outputs"] = design.outputs
    if given.get("inputs"):
        raise ConfigError("design.yaml: inputs", "hls4ml's Precision declares the inputs; remove it")
    nodes = linear_nodes(model)
    interval = options.get("InitiationInterval")
    if interval is None:
        interval = given.get("initiation_interval")
    streams, whole = in_beats or options.get("IOType") == "io_stream", arrives_whole(model)
    asked = model.config.pipeline_ii if interval is None else interval
    if streams and not whole:
        interval = stream_interval(model, nodes, asked, given.get("form"))
    elif streams:
        interval = whole_interval(model, nodes) if asked is None else asked
    elif interval is None:
        interval = initiation_interval(model, nodes)
    keys = {} if {"board", "part"} & set(given) else board_keys(options)
    slices = Multiplier.of(load_board(str(given.get("board") or keys.get("board") or DEFAULT_BOARD)))
    layers = {node.name: _layer_config(model, node, None if streams else interval, slices) for node in nodes}
    streams = streams and not whole
    merged: dict[str, Any] = {
        "name": str(model.config.get_project_name()),
        "clock_mhz": _clock_mhz(options.get("ClockPeriod")),
        **({"pixels_per_cycle": 1} if streams and asked is None else {}),  # as hls4ml sends them
        **given,
        **({"form": "streaming"} if streams else {}),
        "initiation_interval": interval,
        "layers": _merged(layers, {} if design is None else design.layers),
    }
    merged |= keys
    return check_config({key: value for key, value in merged.items() if value is not None})


def _interval_asked(model: Any, design: DesignConfig | None) -> bool:
    """Whether the user has chosen the cycles between frames, in any of the places for that."""
    asked = design is not None and "initiation_interval" in design.model_fields_set
    return asked or model.config.config.get("InitiationInterval") is not None or bool(model.config.pipeline_ii)


def _layer_config(model: Any, node: Any, interval: Any, slices: Multiplier) -> dict[str, Any]:
    """Strategy and reuse of a layer; without an interval, that of the frames determines what it shares.

    Types wider than a DSP slice leave the choice to the scheduler: the numbers may be narrower, or need LUTs.
    """
    reuse, chosen = reuse_factor(model, node), strategy(model, node)
    if isinstance(interval, int) and 0 < interval < reuse:  # the schema has more to say about other values
        problem = f"ReuseFactor {reuse} is more than the initiation interval of {interval}"
        raise ConfigError(f"HLSConfig: {node.name}", f"{problem}; lower it, or raise the interval")
    types = (node.get_input_variable().type.precision, node.weights["weight"].type.precision)
    if chosen == "dsp" and not slices.fits(*(kind.width + (not kind.signed) for kind in types)):
        return {}
    own = {} if interval is None or reuse == interval or chosen == "lut" else {"reuse_factor": reuse}
    return own | ({} if chosen == "auto" else {"strategy": chosen})


def _merged(ours: Mapping[str, dict[str, Any]], design: Mapping[str, LayerConfig]) -> dict[str, dict[str, Any]]:
    result = {name: dict(choices) for name, choices in ours.items() if choices}
    for name, config in design.items():
        choices = result.setdefault(name, {})
        for key, value in config.model_dump(exclude_none=True).items():
            if choices.setdefault(key, value) != value:
                problem = f"{key} is {value!r} here and {choices[key]!r} in hls4ml's configuration; keep one"
                raise ConfigError(f"design.yaml: layers: {name}", problem)
    return result


def _clock_mhz(period_ns: Any) -> float:
    if period_ns is None:
        return DEFAULT_CLOCK_MHZ
    if isinstance(period_ns, bool) or not isinstance(period_ns, int | float) or not 0.5 <= period_ns <= 1000:
        raise ConfigError("ClockPeriod", f"{period_ns!r} is not a number of nanoseconds from 0.5 to 1000")
    return 1000 / float(period_ns)
