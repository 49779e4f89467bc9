"""Predicted cost outside DSPs, and what was measured on a build; ``None`` in the report until then."""

from __future__ import annotations

from bxnn.compiler.layer_difference import LayerDifference
from bxnn.compiler.report.part import Part


class Simulation(Part):
    """What the bench has measured on the VHDL; ``latency_from_last_beat_cycles`` only if the input is streaming.

    ``mismatches`` counts wrong events, including those added by the bench, of which there are ``directed_events``;
    ``directed_mismatches`` counts the wrong ones among the latter. ``changed_files`` are VHDL files that differ from
    what bxnn wrote.
    """

    simulator: str
    events: int
    mismatches: int
    latency_cycles: int | None
    initiation_interval: int | None
    passed: bool
    directed_events: int | None = None
    received: int | None = None
    directed_mismatches: int | None = None
    spurious: int | None = None
    seed: int | None = None
    seconds: float | None = None
    first_difference: str | None = None
    first_wrong_layer: LayerDifference | None = None
    latency_from_last_beat_cycles: int | None = None
    changed_files: tuple[str, ...] = ()


class CSim(Part):
    """Result of the HLS C++; counts as in ``Simulation``.

    ``changed_files`` are C++ files that differ from what bxnn wrote.
    """

    events: int
    mismatches: int
    passed: bool
    directed_events: int | None = None
    directed_mismatches: int | None = None
    compiler: str | None = None
    build_seconds: float | None = None
    run_seconds: float | None = None
    first_difference: str | None = None
    first_wrong_layer: LayerDifference | None = None
    changed_files: tuple[str, ...] = ()


class EngineResult(Part):
    """What one engine answered to ``bxnn verify``; ``seconds`` is the time of all its workers together.

    ``mismatches`` counts wrong events, corner vectors (``directed_events``) included. ``problem`` is the first
    difference, or why the engine gave no answer.
    """

    engine: str
    events: int
    directed_events: int
    mismatches: int
    passed: bool
    seconds: float
    problem: str | None = None


class Verification(Part):
    """Engines against the reference on the same events: those of a file, or random ones of a seed."""

    events: int
    seed: int
    input: str | None
    engines: tuple[EngineResult, ...]


class Predicted(Part):
    """What the design should cost, before any synthesis; ``source`` says where the numbers come from.

    ``dsp`` is exact. ``lut_error`` and ``ff_error`` are the largest relative errors of the cost model on whole networks
    that were not used in its calibration.
    """

    dsp: int
    lut: int
    ff: int
    lut_error: float
    ff_error: float
    source: str


class UnusedRegister(Part):
    """A register, such as MREG, that ``slices`` DSP slices leave unused, and the layers that contain them."""

    name: str
    slices: int
    layers: tuple[str, ...]


class DspUse(Part):
    """``cascaded`` DSP slices take the sum of the slice below through PCIN; ``unused`` lists unused registers."""

    cascaded: int
    unused: tuple[UnusedRegister, ...]


class Resources(Part):
    """Cost of the synthesized design, and the tool that counted it; ``bram`` counts half block RAMs."""

    source: str
    lut: int
    ff: int
    dsp: int
    bram: int
    carry: int | None = None
    logic_levels: int | None = None
    dsp_use: DspUse | None = None


class DeviceUse(Part):
    """Share of the device that the design takes: as synthesized, if it was, else as predicted.

    ``None`` where the design or the device has no number. Block RAMs are counted in halves (RAMB18). ``slr`` is the
    largest share as one of a single super logic region: above 1 the design does not fit in one.
    """

    dsp: float
    lut: float | None
    ff: float | None
    bram: float | None
    slr: float | None = None


class FloatComparison(Part):
    """The firmware against the model in its own framework; ``bxnn.sim.float_comparison`` explains each number.

    ``*_differing`` counts outputs that differ once rounded to the output grid; ``unquantized_*`` is the loss relative
    to the same network with weights, activations and inputs unquantized. ``events_undecided`` may be decided
    by the rounding of the framework's float32, and are not counted if they differ.
    """

    reference: str
    events: int
    max_abs_error: float
    events_differing: int | None = None
    elements_differing: int | None = None
    first_difference: str | None = None
    unquantized_max_abs_error: float | None = None
    unquantized_rms_error: float | None = None
    unquantized_reason: str | None = None
    accuracy: float | None = None
    accuracy_model: float | None = None
    accuracy_unquantized: float | None = None
    events_undecided: int = 0
