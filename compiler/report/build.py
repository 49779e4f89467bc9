"""Builds the report of a compiled network from its graph and schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bxnn.boards.board import Board
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import InternalError
from bxnn.compiler.files import sha256
from bxnn.compiler.hardware.adder_graph import AdderGraph
from bxnn.compiler.hardware.axi_stream import AxiStream
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.lhc_clock import BX_NS, cycles_to_ns
from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.ir.notices import LeftOut
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.host_quantizer import ScaledHostQuantizer
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.plural import counted
from bxnn.compiler.report.axi_facts import axi_stream_facts
from bxnn.compiler.report.budget_facts import BudgetFacts
from bxnn.compiler.report.critical_path import network_formula
from bxnn.compiler.report.device_use import board_facts, with_device_use
from bxnn.compiler.report.front_facts import FrontFacts
from bxnn.compiler.report.git_revision import git_revision
from bxnn.compiler.report.latency_formula import latency_formula
from bxnn.compiler.report.measured import Predicted
from bxnn.compiler.report.notice_text import notice_text
from bxnn.compiler.report.objective_text import not_searched_text, objective_text
from bxnn.compiler.report.overflow_text import OVERFLOW_TEXT
from bxnn.compiler.report.port_facts import HostStepFacts, PortFacts
from bxnn.compiler.report.report_model import (
    LayerReport,
    LutEstimate,
    OverflowProof,
    ReportModel,
    SourceFile,
)
from bxnn.compiler.report.stream_report import PlacedLayer, placed_layers, stream_report
from bxnn.compiler.report.timeline import activity
from bxnn.compiler.report.timing_report import timing_report


def build_report(
    graph: Graph,
    schedule: Schedule | StreamSchedule,
    board: Board,
    config: DesignConfig,
    files: Sequence[Path],
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    wrapper: AxiStream | None = None,
) -> ReportModel:
    """The report of a compiled network, with nothing measured yet.

    Args:
        graph: After the pipeline.
        schedule: When and where its layers run.
        board: The device.
        config: The user's configuration.
        files: Model and weights files.
        inputs: Input ports of the top entity.
        outputs: Output ports.
        wrapper: The AXI4-Stream wrapper; ``None`` without one.

    Raises:
        InternalError: If a latency is not the sum of its parts.
    """
    tensors = graph.tensors()
    layers = tuple(_layer(placed) for placed in placed_layers(graph, schedule))
    report = ReportModel(
        name=graph.name,
        bxnn_version=version("bxnn"),
        files=tuple(SourceFile(name=path.name, sha256=sha256(path)) for path in files),
        board=board_facts(board),
        **_times(schedule, config.clock_mhz),
        **_multiplications(schedule, layers),
        objective=objective_text(schedule.objective),
        alternatives=tuple(sorted({(design.latency_cycles, design.dsp) for design in schedule.front})),
        front=tuple(FrontFacts.model_validate(asdict(design)) for design in schedule.front),
        not_searched=not_searched_text(schedule),
        latency_formula=network_formula(graph, schedule),
        layers=layers,
        output_adapters=_output_converters(graph, schedule),
        inputs=tuple(_port(port, tensors, graph) for port in inputs),
        outputs=tuple(_port(port, tensors, graph) for port in outputs),
        **_asked(config, graph.sets),
        axi_stream=axi_stream_facts(wrapper),
        git_revision=git_revision(files[0]) if files else None,
        notices=tuple(notice_text(notice) for notice in graph.notices),
        renames=dict(graph.renames),
        left_out=tuple(notice_text(notice) for notice in graph.notices if isinstance(notice, LeftOut)),
        predicted=_predicted(schedule),
        stream=stream_report(schedule, config.clock_mhz) if isinstance(schedule, StreamSchedule) else None,
        timing=timing_report(config, board.delays, schedule.timing, graph.renames),
    )
    return with_device_use(report)


def _asked(config: DesignConfig, sets: int) -> dict[str, Any]:
    """What the user has asked for, as it is."""
    own = {key: getattr(config, key) for key in ("channels", "members", "library", "prefix")}
    return {**own, "sets": sets, "tag_bits": config.core_tag_bits, "budget": BudgetFacts(**config.budget.model_dump())}


def _times(schedule: Schedule | StreamSchedule, clock_mhz: float) -> dict[str, Any]:
    """Latency and II of the network, in cycles, nanoseconds and bunch crossings."""
    latency_ns = cycles_to_ns(schedule.latency_cycles, clock_mhz)
    return {
        "latency_cycles": schedule.latency_cycles,
        "padding_cycles": schedule.padding_cycles,
        "initiation_interval": schedule.initiation_interval,
        "clock_mhz": clock_mhz,
        "latency_ns": latency_ns,
        "latency_bx": latency_ns / BX_NS,
    }


def _multiplications(schedule: Schedule | StreamSchedule, layers: Sequence[LayerReport]) -> dict[str, Any]:
    """MACs per event, and how well they use the DSPs."""
    slots = schedule.dsp * schedule.initiation_interval
    macs_in_dsp = sum(layer.macs_nonzero for layer in layers if layer.strategy == "dsp")
    return {
        "dsp": schedule.dsp,
        "dsp_efficiency": macs_in_dsp / slots if slots else None,
        "macs": sum(layer.macs for layer in layers),
        "macs_nonzero": sum(layer.macs_nonzero for layer in layers),
        "idle_slots": sum(layer.idle_slots or 0 for layer in layers),
    }


def _layer(placed: PlacedLayer) -> LayerReport:
    layer, step, sources = placed.layer, placed.step, placed.sources
    binding, linear = step.binding, placed.linear
    return LayerReport(
        name=layer.name,
        kind=layer.kind,
        inputs=layer.inputs,
        strategy=binding.strategy,
        binding=binding.name,
        reuse_factor=binding.reuse_factor,
        start_cycle=step.start_cycle,
        latency_cycles=binding.latency_cycles,
        latency_formula=latency_formula(binding),
        adapters=tuple(_converter(converter) for chain in step.converters for converter in chain),
        dsp=binding.dsp,
        bram=binding.bram,
        packing=binding.products_per_dsp,
        idle_slots=placed.idle_slots,
        macs=placed.macs,
        macs_nonzero=0 if linear is None else linear.macs_nonzero * placed.tiles,
        accum_bits=binding.accumulator,
        input_format=", ".join(str(source.format) for source in sources),
        output_format=str(placed.result.format),
        overflow=OVERFLOW_TEXT[layer.overflow_behaviour(sources)],
        overflow_proof=_proof(binding, linear, sources),
        activity=activity(step),
        predicted_lut=step.cost.lut,
        predicted_ff=step.cost.ff,
        lut_estimate=_lut_estimate(binding),
        form="streaming" if placed.streams else "frame_parallel",
        tiles=placed.tiles,
        tiles_span_cycles=placed.tiles_span_cycles,
        dsp_efficiency=placed.dsp_efficiency,
    )


def _predicted(schedule: Schedule | StreamSchedule) -> Predicted | None:
    cost, error = schedule.cost, schedule.cost_error
    if cost is None or error is None:
        return None
    source = "cost model calibrated against yosys (docs/cost_model.md); DSPs are exact"
    return Predicted(dsp=schedule.dsp, lut=cost.lut, ff=cost.ff, lut_error=error.lut, ff_error=error.ff, source=source)


def _output_converters(graph: Graph, schedule: Schedule | StreamSchedule) -> dict[str, tuple[str, ...]]:
    last = schedule.tail if isinstance(schedule, StreamSchedule) else schedule
    if last is None:
        return {}
    chains = zip(graph.outputs, last.output_converters, strict=True)
    return {name: tuple(map(_converter, chain)) for name, chain in chains}


def _lut_estimate(binding: Binding) -> LutEstimate | None:
    if not isinstance(binding, AdderGraph):
        return None
    source = "computed: a LUT per full adder, a flip-flop per bit and stage for which a value is kept; not synthesized"
    return LutEstimate(
        adders=binding.pipeline.graph.sums,
        lut=binding.pipeline.lut_estimate,
        ff=binding.pipeline.register_bits + binding.latency_cycles,
        source=source,
    )


def _proof(binding: Binding, linear: LinearMap | None, sources: Sequence[Tensor]) -> OverflowProof | None:
    accum_bits, summed = binding.accumulator, binding.linear if isinstance(binding, DspBinding) else linear
    if summed is None or accum_bits is None:
        return None
    lows, highs = summed.partial_sum_bounds(sources[0].low.ravel(), sources[0].high.ravel())
    needed = signed_bits(low := int(lows.min()), high := int(highs.max()))
    if needed > accum_bits:
        problem = f"sums from {low} to {high} need {counted(needed, 'bit')}, but it has {accum_bits}"
        raise InternalError("accumulator", problem)
    return OverflowProof(low=low, high=high, needed_bits=needed, accum_bits=accum_bits)


def _converter(converter: LayoutConverter) -> str:
    cycles = converter.latency_cycles
    return f"{converter.name} ({converter.source} to {converter.result}, {counted(cycles, 'cycle')})"


def _port(port: Port, tensors: Mapping[str, Tensor], graph: Graph) -> PortFacts:
    fraction_bits = tensors[port.name].format.fraction_bits
    return PortFacts(
        **_real_values(graph, port.name),
        name=port.name,
        valid=port.valid,
        data=port.data,
        elements=port.elements,
        bits=port.bits,
        format=str(FixedFormat(port.signed, port.bits - fraction_bits - int(port.signed), fraction_bits)),
        first=port.first,
        beats=max(len(port.beats), 1),
        lanes=len(port.beats[0]) if port.beats else port.elements,
    )


def _real_values(graph: Graph, name: str) -> dict[str, Any]:
    """What the host must know about a tensor whose scale is not a power of two."""
    layer, scale = graph.layer(name), graph.scales.get(name)
    found: dict[str, Any] = {} if scale is None else {"factors": scale.factors, "shifts": scale.shifts}
    if isinstance(layer, Input) and isinstance(layer.quantizer, ScaledHostQuantizer):
        steps = [HostStepFacts(operation=s.operation.value, values=s.values) for s in layer.quantizer.steps]
        found |= {"host_steps": tuple(steps), "zero_point": layer.quantizer.zero_point}
    return found
