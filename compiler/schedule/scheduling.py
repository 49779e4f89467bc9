"""From a lowered network and the user's configuration to a schedule, in frame-parallel or streaming form."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bxnn.boards.board import Board
from bxnn.compiler.config.conflicts import check_streaming
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.errors import ConfigError, FrameTooLargeError, LimitMissedError, ScheduleError, all_of
from bxnn.compiler.hardware.folded_rounding import folded_rounding
from bxnn.compiler.hardware.lhc_clock import cycles_to_ns
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_plan import StreamPlan
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.notices import ReuseLimit
from bxnn.compiler.large_frames import with_way_out
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.out_of_reach import explained
from bxnn.compiler.plural import counted
from bxnn.compiler.schedule.amount import Amount
from bxnn.compiler.schedule.budget import Budget, OutOfReachError
from bxnn.compiler.schedule.choose import best_schedule
from bxnn.compiler.schedule.clock_choice import by_strictest, clock_targets
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.loading import with_loading
from bxnn.compiler.schedule.padded import with_latency
from bxnn.compiler.schedule.reset_adapter import reset_of, with_reset
from bxnn.compiler.schedule.stream.partition import image_of, partition, streamed_input, streams
from bxnn.compiler.schedule.stream.stream_search import FrameRateError, StreamSearch
from bxnn.compiler.schedule.tag import with_tag
from bxnn.compiler.schedule.turned import core_config, with_turns

_LARGE_IMAGE, _LANES = 256, 4  # `form: auto` streams from this many pixels on, if at most _LANES must arrive per cycle


def schedule_graph(
    graph: Graph, config: DesignConfig, board: Board, pipelining: Pipelining | None = None
) -> Schedule | StreamSchedule:
    """The best schedule of a lowered graph for the configuration.

    The ``graph`` of the schedule has halves for rounding in its biases if ``pipelining`` or a clock says so.

    Args:
        graph: After the pipeline.
        config: The user's configuration.
        board: The device.
        pipelining: Where the registers are; ``None`` places them by the clock, if the delays of the device are known.

    Raises:
        ConfigError: If the configuration names a nonexistent layer, or a latency that the network does not reach.
        ModelError: If a layer is too large for one frame.
        ScheduleError: If no design fits; the message names layers as the user spells them.
    """
    clocks = () if pipelining is not None else clock_targets(config, board)
    folded = bool(clocks) or (pipelining is not None and pipelining.folded_rounding)
    graph, core = graph.core or graph, core_config(config)
    built = folded_rounding(graph) if folded else graph
    try:
        if not clocks:
            found = _scheduled(built, core, board, pipelining or EVERY_REGISTER, ())
        else:
            found = by_strictest(built, clocks, lambda judges: _scheduled(built, core, board, EVERY_REGISTER, judges))
        found = with_latency(built, with_turns(found, config, clocks), config, clocks)
        return with_reset(with_tag(with_loading(found, config), config.core_tag_bits), reset_of(config))
    except FrameTooLargeError as error:
        raise with_way_out(error, graph, config) from None
    except FrameRateError as error:
        raise FrameRateError(graph.spelled(error.subject), error.problem, error.needed_cycles) from error
    except ScheduleError as error:
        kind = LimitMissedError if isinstance(error, LimitMissedError) else ScheduleError
        raise kind(graph.spelled(error.subject), error.problem) from error


def _scheduled(
    graph: Graph, config: DesignConfig, board: Board, pipelining: Pipelining, clocks: Sequence[ClockTarget]
) -> Schedule | StreamSchedule:
    settings, pipelining, budget = _settings(graph, config), _with_ports(pipelining, config), _budget(config)
    multiplier = Multiplier.of(board, config.dsp == "instantiated")
    forms = {_name(graph, written): choice.form for written, choice in config.layers.items()}
    whole = frozenset(name for name, form in forms.items() if form == "frame_parallel")
    if not _streaming(graph, config, forms):
        limits = Budget(board.dsp, None, board.lut)
        interval = config.core_interval
        try:
            return best_schedule(
                graph, interval, settings, multiplier, config.strategy, budget, limits, pipelining, clocks
            )
        except OutOfReachError as error:
            by_dsp = error.amount is Amount.DSP and not whole and streams(graph)
            raise explained(error, config, board, "form: streaming" if by_dsp else None) from None
    check_streaming(config, graph.sets)
    failed: FrameRateError | None = None
    for pixels in _pixels_per_cycle(graph, config, whole):
        plan = partition(graph, pixels, whole)
        _check_forms(graph, plan, forms)
        budget = budget if budget.lut is None else budget.within(Budget(lut=board.lut))
        stream = StreamSearch(plan, config.core_interval, settings, multiplier, config.strategy, pipelining, clocks[:1])
        try:
            return stream.best(budget, board.dsp)
        except OutOfReachError as error:
            wider = "a larger pixels_per_cycle" if plan.beats_per_row > 1 else None
            raise explained(error, config, board, wider) from None
        except FrameRateError as error:  # more pixels per cycle leave the segments more time
            failed = error if failed is None or error.needed_cycles < failed.needed_cycles else failed
    assert failed is not None
    chosen = config.pixels_per_cycle is not None and plan.beats_per_row > 1
    advice = ", or a larger pixels_per_cycle" if chosen else ""
    raise FrameRateError(failed.subject, failed.problem + advice, failed.needed_cycles)


def _with_ports(pipelining: Pipelining, config: DesignConfig) -> Pipelining:
    """The registers with what the user says of ports and control."""
    timing = config.timing
    return replace(
        pipelining,
        input_register=timing.input_register,
        output_register=timing.output_register,
        held_input=timing.held_input,
        max_fanout=timing.max_fanout,
    )


def _check_forms(graph: Graph, plan: StreamPlan, forms: Mapping[str, str | None]) -> None:
    """Refuse `form: streaming` for a layer that is not computed on tiles."""
    on_tiles = {name for segment in plan.segments for name in segment.layers}
    for name, form in forms.items():
        if form == "streaming" and name not in on_tiles:
            raise ScheduleError(
                graph.layer(name).describe(),
                "cannot stream: it, or a layer before it, needs the whole frame; remove form: streaming",
            )


def unused_reuse(config: DesignConfig, graph: Graph, schedule: Schedule | StreamSchedule) -> Iterator[ReuseLimit]:
    """A notice for each layer that is too small for the requested reuse factor."""
    for written, choice in config.layers.items():
        name = _name(graph, written)
        if choice.reuse_factor is None:
            continue
        used = schedule.step(name).binding.reuse_factor
        if used is not None and used < choice.reuse_factor:
            yield ReuseLimit(graph.describe(graph.layer(name)), choice.reuse_factor, used)


def _name(graph: Graph, written: str) -> str:
    """The name in the graph of a layer as spelled by the user."""
    return {original: name for name, original in graph.renames.items()}.get(written, written)


def _settings(graph: Graph, config: DesignConfig) -> Mapping[str, LayerSettings]:
    names = [layer.name for layer in graph.layers if layer.inputs]
    own = {_name(graph, name): (name, choice) for name, choice in config.layers.items() if not choice.is_type_only}
    known = [graph.spelled(layer) for layer in names]
    wrong = [written for name, (written, _) in own.items() if name not in names]
    if wrong:
        raise all_of(
            [ConfigError(f"design.yaml: layers: {name}", unknown(name, known, "is not a layer")) for name in wrong]
        )
    settings = {}
    for name, (_, choice) in own.items():
        settings[name] = LayerSettings(
            choice.binding,
            choice.reuse_factor,
            choice.cascade,
            choice.strategy,
            choice.adders_per_stage,
            1 if choice.packing == "none" else choice.packing,
        )
    if config.packing == "none":
        for layer in graph.layers:
            chosen = settings.get(layer.name, LayerSettings())
            if layer.multiplies and chosen.packing is None:
                settings[layer.name] = replace(chosen, packing=1)
    return settings


def _budget(config: DesignConfig) -> Budget:
    latency_ns = config.budget.latency_ns
    cycles = None if latency_ns is None else int(latency_ns / cycles_to_ns(1, config.clock_mhz) + 1e-9)
    return Budget(config.budget.dsp, cycles, config.budget.lut)


def _streaming(graph: Graph, config: DesignConfig, forms: Mapping[str, str | None]) -> bool:
    """Whether the network streams: if requested, or for a large image of which few pixels must arrive per cycle."""
    if config.form == "frame_parallel":
        asked = ["pixels_per_cycle"] if config.pixels_per_cycle is not None else []
        asked += [f"layers: {name}" for name, form in forms.items() if form == "streaming"]
        if asked:
            raise ConfigError(f"design.yaml: {asked[0]}", "needs the streaming form; remove it or form: frame_parallel")
        return False
    if config.form == "streaming" or config.pixels_per_cycle is not None or "streaming" in forms.values():
        return True
    if not streams(graph) or any(form == "frame_parallel" and _is_first(graph, name) for name, form in forms.items()):
        return False
    rows, columns, _ = image_of(graph.tensors()[graph.inputs[0]])
    return rows * columns >= _LARGE_IMAGE and rows * ceil_div(columns, _LANES) <= config.core_interval


def _is_first(graph: Graph, name: str) -> bool:
    return graph.layer(name).inputs == graph.inputs


def _pixels_per_cycle(graph: Graph, config: DesignConfig, whole: Collection[str]) -> Iterator[int]:
    """Pixels per beat worth trying: the user's, or the smallest that fit, the least work first.

    Where rows of outputs do not fill their tiles, part of the work is wasted.

    Raises:
        ScheduleError: If the beats of a frame do not fit the initiation interval.
    """
    name = streamed_input(graph)
    rows, columns, _ = image_of(graph.tensors()[name])
    interval = config.core_interval
    beats = {pixels: rows * ceil_div(columns, pixels) for pixels in range(columns, 0, -1)}
    fewest = {count: pixels for pixels, count in beats.items()}  # the fewest pixels for each number of beats
    fitting = sorted(pixels for count, pixels in fewest.items() if count <= interval)
    chosen = config.pixels_per_cycle
    if chosen is None and fitting:
        yield from sorted(fitting, key=lambda pixels: (_work(partition(graph, pixels, whole)), pixels))
        return
    chosen = columns if chosen is None else chosen
    count = rows * ceil_div(columns, chosen)
    if count > interval:
        advice = f"use at least {count}" + (f", or pixels_per_cycle {fitting[0]}" if fitting else "")
        raise ScheduleError(
            f"{name} (input)",
            f"arrives in {counted(count, 'beat')} of {counted(chosen, 'pixel')}, but "
            f"initiation_interval {interval} is smaller; {advice}",
        )
    yield chosen


def _work(plan: StreamPlan) -> int:
    """MACs that the segments perform per frame."""
    total = 0
    for segment in plan.segments:
        tensors = segment.graph.tensors()
        layers = [layer for layer in segment.graph.layers if layer.inputs]
        total += segment.tiling.tiles * sum(layer.macs(tensors[layer.inputs[0]].shape) for layer in layers)
    return total
