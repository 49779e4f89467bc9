"""The table: which figures are shown, against which targets, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.target import Target

JET = "jet tagger"
BIG = "16-5x200-5"
CNN = "mnist_cnn"


class Quantity(NamedTuple):
    """One row.

    Attributes:
        tool: Tool whose figure it is, as in the JSON line.
        network: What it was measured on.
        name: What was measured, with its unit.
        path: Keys into the tool's JSON, separated by dots.
        form: Format specification of the value.
        target: The bound, if the project has one.
        over: Tool and path of a figure to divide by, for comparisons with a peer in the same run.
    """

    tool: str
    network: str
    name: str
    path: str
    form: str = ",.0f"
    target: Target | None = None
    over: tuple[str, str] | None = None


_HLS4ML_JET = "configurations.name_no_softmax"

QUANTITIES = (
    Quantity("bxnn", JET, "compile, s", "jet_tagger.compile_seconds", ".2f", Target("<=", 2.0)),
    Quantity("bxnn", JET, "compile, peak MB", "jet_tagger.compile_peak_rss_mb", ",.0f", Target("<=", 300.0)),
    Quantity("bxnn", JET, "DSP at II = 8", "jet_tagger.dsp", ",.0f", Target("<=", 272)),
    Quantity("bxnn", JET, "latency, cycles", "jet_tagger.latency_cycles", ",.0f", Target("<=", 44)),
    Quantity("bxnn", JET, "DSP efficiency", "jet_tagger.dsp_efficiency", ".3f", Target(">=", 0.97)),
    Quantity("bxnn", JET, "GHDL, events compared", "jet_tagger.ghdl_checked.events", ",.0f", Target("==", 1000)),
    Quantity("bxnn", JET, "GHDL, mismatches", "jet_tagger.ghdl_checked.mismatches", ",.0f", Target("==", 0)),
    Quantity("bxnn", JET, "accuracy", "jet_tagger.accuracy", ".3f", Target(">=", 0.772)),
    Quantity("bxnn", JET, "GHDL, 200 events, s", "jet_tagger.ghdl_timed.seconds", ".1f", Target("<=", 60.0)),
    Quantity(
        "bxnn",
        JET,
        "emulator, events/s, the call, all cores",
        "jet_tagger.predict.call_events_per_second",
        ",.0f",
        Target(">=", 1_000_000),
    ),
    Quantity("bxnn", JET, "emulator, events/s, whole command", "jet_tagger.predict.command_events_per_second"),
    Quantity("bxnn", JET, "HLS C++, csim build, s", "jet_tagger.csim.build_seconds", ".2f"),
    Quantity(
        *("bxnn", JET, "HLS C++, csim build, times hls4ml's", "jet_tagger.csim.build_seconds", ".2f"),
        Target("<=", 0.5),
        ("hls4ml", f"{_HLS4ML_JET}.compile_seconds"),
    ),
    Quantity("bxnn", JET, "HLS C++, mismatches in 1,000 jets", "jet_tagger.csim.mismatches", ",.0f", Target("==", 0)),
    Quantity("bxnn", JET, "C++ emulator, build, s", "jet_tagger.emulator.build_seconds", ".2f", Target("<=", 2.0)),
    Quantity("bxnn", JET, "C++ emulator, events/s, one core", "jet_tagger.emulator.events_per_second"),
    Quantity("bxnn", JET, "C++ emulator, codes in and out", "jet_tagger.emulator.codes_events_per_second"),
    Quantity(
        *("bxnn", JET, "C++ emulator, times alkaid's interpreter", "jet_tagger.emulator.events_per_second", ".1f"),
        Target(">=", 10),
        ("alkaid", "events_per_second_single_core"),
    ),
    Quantity(
        *("bxnn", JET, "C++ emulator, times hls4ml's csim", "jet_tagger.emulator.events_per_second", ",.0f"),
        Target(">=", 100),
        ("hls4ml", f"{_HLS4ML_JET}.events_per_second_single_core"),
    ),
    Quantity("bxnn", JET, "C++ emulator, random events", "jet_tagger.emulator.events", ",.0f", Target("==", 1_000_000)),
    Quantity("bxnn", JET, "C++ emulator, mismatches", "jet_tagger.emulator.mismatches", ",.0f", Target("==", 0)),
    Quantity("bxnn", CNN, "compile, s", "mnist_cnn.compile_seconds", ".1f"),
    Quantity("bxnn", CNN, "HLS C++, csim build, s", "mnist_cnn.csim.build_seconds", ".2f"),
    Quantity("bxnn", CNN, "HLS C++, mismatches", "mnist_cnn.csim.mismatches", ",.0f", Target("==", 0)),
    Quantity("bxnn", CNN, "C++ emulator, build, s", "mnist_cnn.emulator.build_seconds", ".2f"),
    Quantity("bxnn", CNN, "C++ emulator, events/s, one core", "mnist_cnn.emulator.events_per_second"),
    Quantity(
        *("bxnn", CNN, "C++ emulator, times hls4ml's csim", "mnist_cnn.emulator.events_per_second", ",.0f"),
        Target(">=", 5),
        ("hls4ml", "mnist_cnn.events_per_second_single_core"),
    ),
    Quantity("bxnn", CNN, "C++ emulator, random events", "mnist_cnn.emulator.events"),
    Quantity("bxnn", CNN, "C++ emulator, mismatches", "mnist_cnn.emulator.mismatches", ",.0f", Target("==", 0)),
    Quantity("bxnn", BIG, "compile, s", "big_network.compile_seconds", ".2f", Target("<=", 20.0)),
    Quantity("bxnn", BIG, "compile, peak MB", "big_network.compile_peak_rss_mb"),
    Quantity("bxnn", BIG, "DSP at II = 32", "big_network.dsp"),
    Quantity("bxnn", BIG, "latency, cycles", "big_network.latency_cycles"),
    Quantity("bxnn", BIG, "DSP efficiency", "big_network.dsp_efficiency", ".3f"),
    Quantity("bxnn", BIG, "GHDL, events compared", "big_network.ghdl.events"),
    Quantity("bxnn", BIG, "GHDL, mismatches", "big_network.ghdl.mismatches", ",.0f", Target("==", 0)),
    Quantity("bxnn", BIG, "GHDL, s", "big_network.ghdl.seconds", ".1f"),
    Quantity("hls4ml", JET, "imports, s", "import_seconds", ".2f"),
    Quantity("hls4ml", JET, "QKeras accuracy, same inputs", "keras_accuracy", ".3f"),
    *(
        Quantity("hls4ml", JET, f"{title}: {name}", f"configurations.{key}.{path}", form)
        for key, title in (
            ("model", "default granularity"),
            ("name", "granularity name"),
            ("name_no_softmax", "granularity name, logits"),
        )
        for name, path, form in (
            ("convert, s", "convert_seconds", ".2f"),
            ("csim build, s", "compile_seconds", ".2f"),
            ("csim, events/s, one core", "events_per_second_single_core", ",.0f"),
            ("largest difference from QKeras", "max_abs_difference", ".4f"),
            ("events of 1,000 unlike QKeras", "events_different", ",.0f"),
            ("events of 1,000 in another class", "argmax_different", ",.0f"),
            ("accuracy", "accuracy", ".3f"),
            ("accuracy, inputs fixed<8,4>", "accuracy_trn_wrap", ".3f"),
        )
    ),
    Quantity("hls4ml", CNN, "granularity name, logits: csim build, s", "mnist_cnn.compile_seconds", ".2f"),
    Quantity("hls4ml", CNN, "granularity name, logits: csim, events/s", "mnist_cnn.events_per_second_single_core"),
    Quantity("alkaid", JET, "imports, s", "import_seconds", ".2f"),
    Quantity("alkaid", JET, "trace and solve, s", "trace_and_solve_seconds", ".2f"),
    Quantity("alkaid", JET, "pipeline stages at II = 1", "stages"),
    Quantity("alkaid", JET, "its own cost estimate, LUTs", "cost_luts"),
    Quantity("alkaid", JET, "pipeline registers, bits", "rtl.register_bits"),
    Quantity("alkaid", JET, "write VHDL, s", "rtl.vhdl_seconds", ".2f"),
    Quantity("alkaid", JET, "events compared with the oracle", "events_verified"),
    Quantity("alkaid", JET, "mismatches", "mismatches"),
    Quantity("alkaid", JET, "accuracy", "accuracy", ".3f"),
    Quantity("alkaid", JET, "accuracy, inputs fixed<8,4>", "accuracy_trn_wrap", ".3f"),
    Quantity("alkaid", JET, "interpreter, events/s, one core", "events_per_second_single_core"),
    Quantity("alkaid", JET, "interpreter, events/s, default threads", "events_per_second_default"),
    Quantity("alkaid", JET, "HLS C++ emulator: build, s", "csim.build_seconds", ".1f"),
    Quantity("alkaid", JET, "HLS C++ emulator, events/s, one core", "csim.events_per_second_single_core"),
    Quantity("alkaid", JET, "HLS C++ emulator: mismatches", "csim.mismatches"),
    Quantity("adders", JET, "II = 1, latency, cycles", "bxnn.latency_cycles"),
    Quantity(
        *("adders", JET, "latency over alkaid's stages", "bxnn.latency_cycles", ".3f", Target("<=", 1.0)),
        over=("alkaid", "stages"),
    ),
    Quantity("adders", JET, "DSP", "bxnn.dsp", ",.0f", Target("==", 0)),
    Quantity("adders", JET, "LUT, bxnn", "bxnn.lut"),
    Quantity("adders", JET, "LUT, alkaid", "alkaid.lut"),
    Quantity("adders", JET, "LUT over alkaid's", "lut_ratio", ".3f", Target("<=", 1.0)),
    Quantity("adders", JET, "FF, bxnn", "bxnn.ff"),
    Quantity("adders", JET, "FF, alkaid", "alkaid.ff"),
    Quantity("adders", JET, "FF over alkaid's", "ff_ratio", ".3f", Target("<=", 1.0)),
    Quantity("choice", JET, "latency at II = 8, cycles", "latency_cycles", ",.0f", Target("<=", 30)),
    Quantity("choice", JET, "DSP", "dsp", ",.0f", Target("<=", 150)),
    Quantity("choice", JET, "LUT predicted", "predicted.lut", ",.0f", Target("<=", 20_000)),
    Quantity("choice", JET, "LUT synthesized", "resources.lut", ",.0f", Target("<=", 20_000)),
    Quantity("choice", JET, "LUT, error of the prediction, %", "lut_error_percent", ".1f", Target("<=", 15)),
    Quantity("choice", JET, "FF synthesized", "resources.ff"),
    Quantity("choice", JET, "FF, error of the prediction, %", "ff_error_percent", ".1f", Target("<=", 15)),
    Quantity("choice", JET, "GHDL, events compared", "ghdl.events", ",.0f", Target("==", 1000)),
    Quantity("choice", JET, "GHDL, mismatches", "ghdl.mismatches", ",.0f", Target("==", 0)),
    Quantity("choice", JET, "scheduling, s", "schedule_seconds", ".2f"),
    Quantity("choice", JET, "scheduling beyond the solver, s", "search_seconds", ".2f", Target("<=", 2.0)),
    *(
        Quantity("clocks", JET, f"latency at {count} clocks per BX = II, ns", f"clocks_{count}.latency_ns", ".1f")
        for count in (4, 6, 8, 10, 12, 16)
    ),
    Quantity("clocks", JET, "clocks that close with pessimistic delays", "closing"),
    Quantity("clocks", JET, "shortest latency, ns", "shortest_ns", ".1f"),
)


def lookup(facts: Mapping[str, Any], path: str) -> float | None:
    """Follow a dotted path; None if a key is missing or its value is null."""
    value: Any = facts
    for key in path.split("."):
        if not isinstance(value, Mapping) or value.get(key) is None:
            return None
        value = value[key]
    return float(value)


def measured_of(quantity: Quantity, results: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The value of a row; None if it, or what it is divided by, was not measured."""
    value = lookup(results[quantity.tool], quantity.path)
    if quantity.over is None or value is None:
        return value
    peer, path = quantity.over
    divisor = lookup(results.get(peer, {}), path)
    return value / divisor if divisor else None


def render(results: Mapping[str, Mapping[str, Any]]) -> tuple[str, int]:
    """Write the table for the tools that were run.

    Args:
        results: The JSON line of each tool, by its name.

    Returns:
        The table in markdown, and how many targets are missed or were not measured.
    """
    lines = ["| tool | network | quantity | measured | target | met |", "|---|---|---|---:|---:|---|"]
    missed = 0
    for quantity in QUANTITIES:
        if quantity.tool not in results:
            continue
        measured, target = measured_of(quantity, results), quantity.target
        shown = "not measured" if measured is None else format(measured, quantity.form)
        bound, verdict, failed = Target.judged(target, measured)
        missed += failed
        cells = (quantity.tool, quantity.network, quantity.name, shown, bound, verdict)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines), missed
