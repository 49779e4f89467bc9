"""The tables that follow the summary of the report: one source for Markdown and HTML."""

from __future__ import annotations

from bxnn.compiler.hardware.lhc_clock import clocks_per_bx
from bxnn.compiler.plural import counted
from bxnn.compiler.report.accuracy_tables import accuracy_tables
from bxnn.compiler.report.calibration_tables import calibration_tables
from bxnn.compiler.report.device_use import use_text
from bxnn.compiler.report.fault_table import fault_tables
from bxnn.compiler.report.front_table import front
from bxnn.compiler.report.port_facts import PortFacts
from bxnn.compiler.report.report_model import ReportModel
from bxnn.compiler.report.table import Table
from bxnn.compiler.report.timing_report import dsp_registers, measured_paths, predicted_paths
from bxnn.compiler.report.weights_facts import weights_rows


def segments(report: ReportModel) -> Table | None:
    """The segments of a streaming network, or ``None``."""
    if report.stream is None:
        return None
    window = "image", "tiles", "every", "first read", "last read"
    header = ("segment", "layers", *window, "latency", "DSP", "line buffer")
    rows = tuple(
        (
            segment.name,
            ", ".join(map(report.spelled, segment.layers)),
            "x".join(map(str, segment.image)),
            f"{segment.tiles} of {'x'.join(map(str, segment.tile_shape))}",
            counted(segment.tile_interval, "cycle"),
            str(segment.first_read_cycle),
            str(segment.last_read_cycle),
            str(segment.tile_latency_cycles),
            str(segment.dsp),
            f"{counted(segment.buffer_rows, 'row')}, {counted(segment.buffer_bits, 'bit')}, "
            + (f"{segment.bram} RAMB18" if segment.memory == "block" else "distributed"),
        )
        for segment in report.stream.stages
    )
    return Table("Segments", header, rows)


def design(report: ReportModel) -> Table:
    """What was built, for which device, at which clock."""
    board = report.board
    efficiency = "no DSPs"
    if report.dsp_efficiency is not None:
        in_dsp = sum(layer.macs for layer in report.layers if layer.strategy == "dsp")
        every = in_dsp / (report.dsp * report.initiation_interval)
        efficiency = f"{report.dsp_efficiency:.1%} (nonzero weights; {every:.1%} with all weights counted)"
    rows = (
        ("board", f"{board.name} ({board.part}), {board.dsp} {board.dsp_type}"),
        ("device use", use_text(report)),
        ("clock", f"{report.clock_mhz:g} MHz, {clocks_per_bx(report.clock_mhz):.3f} clocks per BX"),
        ("MACs", f"{report.macs} ({report.macs_nonzero} with a nonzero weight)"),
        ("DSP efficiency", efficiency),
        ("idle DSP slots", f"{report.idle_slots} of {report.dsp * report.initiation_interval} per event"),
        ("objective", report.objective),
        ("latency", report.latency_formula),
        *weights_rows(report.weights),
        *((f"file {file.name}", f"sha256 {file.sha256}") for file in report.files),
        ("compiled by", f"bxnn {report.bxnn_version}"),
    )
    return Table("Design", ("", ""), rows)


def layers(report: ReportModel) -> Table:
    """All layers: form, time, cost and formats."""
    header = (
        "layer",
        "kind",
        "binding",
        "reuse",
        "start",
        "latency",
        "DSP",
        "packing",
        "efficiency",
        "idle",
        "MACs",
        "nonzero",
    )
    rows = tuple(
        (
            report.spelled(layer.name),
            layer.kind,
            layer.binding,
            _or_dash(layer.reuse_factor),
            str(layer.start_cycle),
            str(layer.latency_cycles),
            str(layer.dsp),
            _or_dash(layer.packing),
            "-" if layer.dsp_efficiency is None else f"{layer.dsp_efficiency:.1%}",
            _or_dash(layer.idle_slots),
            str(layer.macs),
            str(layer.macs_nonzero),
        )
        for layer in report.layers
    )
    return Table("Layers", header, rows)


def adder_graphs(report: ReportModel) -> Table | None:
    """Estimated cost of the layers without multipliers, or ``None``."""
    found = [(layer.name, layer.lut_estimate) for layer in report.layers if layer.lut_estimate is not None]
    if not found:
        return None
    rows = tuple((report.spelled(name), str(cost.adders), str(cost.lut), str(cost.ff)) for name, cost in found)
    return Table("Adder graphs", ("layer", "adders", "LUT", "FF"), rows, found[0][1].source)


def latencies(report: ReportModel) -> Table:
    """Where each layer's latency comes from."""
    rows = [
        (report.spelled(layer.name), layer.latency_formula, "; ".join(layer.adapters) or "-") for layer in report.layers
    ]
    rows += [(f"port {name}", "-", "; ".join(chain) or "-") for name, chain in report.output_adapters.items()]
    return Table("Latency, layer by layer", ("layer", "cycles", "wiring before it"), tuple(rows))


def overflow(report: ReportModel) -> Table:
    """Formats and overflow proofs."""
    rows = []
    for layer in report.layers:
        proof = layer.overflow_proof
        sums = f"{proof.low} .. {proof.high}" if proof else "-"
        bits = f"{proof.needed_bits} of {proof.accum_bits}" if proof else "-"
        rows.append((report.spelled(layer.name), layer.input_format, sums, bits, layer.output_format, layer.overflow))
    header = ("layer", "input", "partial sums", "bits needed", "output", "overflow")
    return Table("Overflow proofs", header, tuple(rows))


def ports(report: ReportModel) -> Table:
    """The tensors of the top entity."""
    rows = tuple(
        (side, port.name, port.valid, port.first or "-", f"{port.data}({port.width - 1} downto 0)", _contents(port))
        for side, tensors in (("in", report.inputs), ("out", report.outputs))
        for port in tensors
    )
    return Table("Ports", ("", "tensor", "valid", "first beat", "data", "elements"), rows)


def _contents(port: PortFacts) -> str:
    """What the data port carries."""
    lanes = port.elements if port.lanes is None else port.lanes
    beats = f", {counted(port.beats, 'beat')}" if port.first is not None else ""
    return f"{lanes} x {port.format}{beats}{_real_value(port)}"


def _real_value(port: PortFacts) -> str:
    """How the host makes or reads codes where their scale is not a power of two."""
    if port.host_steps:
        steps = [f"{step.operation} {_numbers(step.values)}" for step in port.host_steps]
        rounded = f"x {' '.join(steps)} in float32, rounded"
        return f"; the host sends {rounded}" + (f", less {port.zero_point}" if port.zero_point else "")
    if port.factors:
        return f"; a code stands for {_numbers(port.factors)} * code + {_numbers(port.shifts)}"
    return ""


def _numbers(values: tuple[float, ...]) -> str:
    return f"{values[0]:.9g}" if len(values) == 1 else "one of each channel"


def resources(report: ReportModel) -> Table | None:
    """What synthesis counted, or ``None``."""
    found = report.resources
    if found is None:
        return None
    predicted = report.predicted
    lut, ff = ("-", "-") if predicted is None else (str(predicted.lut), str(predicted.ff))
    rows = (
        ("DSP", str(found.dsp), str(report.dsp)),
        ("LUT", str(found.lut), lut),
        ("FF", str(found.ff), ff),
        ("RAMB18", str(found.bram), str(report.bram)),
        ("carry blocks", _or_dash(found.carry), "-"),
        ("logic levels", _or_dash(found.logic_levels), "-"),
    )
    return Table("Synthesis", ("", "synthesized", "predicted"), rows, found.source)


def float_comparison(report: ReportModel) -> Table | None:
    """The firmware against the float model, or ``None``."""
    found = report.float_comparison
    if found is None:
        return None
    unquantized = _number(found.unquantized_max_abs_error)
    if found.unquantized_reason is not None:
        unquantized = f"- ({found.unquantized_reason})"
    rows = (
        ("events", str(found.events) + (f", {found.events_undecided} undecided" if found.events_undecided else "")),
        ("events that differ on the output grid", _or_dash(found.events_differing)),
        ("elements that differ on the output grid", _or_dash(found.elements_differing)),
        ("first difference", found.first_difference or ("-" if found.events_differing is None else "none")),
        ("max error", f"{found.max_abs_error:g}"),
        ("max error against unquantized weights", unquantized),
        ("rms error against unquantized weights", _number(found.unquantized_rms_error)),
        ("accuracy of the firmware", _number(found.accuracy)),
        ("accuracy of the model", _number(found.accuracy_model)),
        ("accuracy with unquantized weights", _number(found.accuracy_unquantized)),
    )
    return Table(f"Against {found.reference}", ("", ""), rows)


def differences(report: ReportModel) -> Table | None:
    """Where the VHDL and the HLS C++ first differ from the prediction, or ``None``."""
    runs = (("VHDL", report.simulation), ("HLS C++", report.csim))
    rows = tuple(
        (name, run.first_difference, "-" if run.first_wrong_layer is None else str(run.first_wrong_layer))
        for name, run in runs
        if run is not None and run.first_difference is not None
    )
    return (
        Table("First difference", ("", "at the outputs", "first wrong layer of that event alone"), rows)
        if rows
        else None
    )


def renames(report: ReportModel) -> Table | None:
    """Layers whose name was not a legal identifier, or ``None``."""
    rows = tuple((original, name) for name, original in report.renames.items())
    return Table("Renamed layers", ("in the model", "in the firmware"), rows) if rows else None


def details(report: ReportModel) -> tuple[Table, ...]:
    """All tables after the summary and the timeline, in reading order."""
    optional = (
        *(segments(report), adder_graphs(report), resources(report), dsp_registers(report)),
        *(predicted_paths(report), measured_paths(report)),
        *(float_comparison(report), differences(report), renames(report)),
    )
    always = (design(report), front(report), layers(report), latencies(report), overflow(report), ports(report))
    return (
        *always,
        *accuracy_tables(report),
        *calibration_tables(report),
        *fault_tables(report),
        *filter(None, optional),
    )


def _or_dash(value: int | None) -> str:
    return "-" if value is None else str(value)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
