"""The report as typed, frozen data: the schema of report.json. What was not run is ``None``, never 0."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from compiler.errors import InputError
from compiler.ir.line_memory import Memory


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SourceFile(_Part):
    """A file the network came from, by name and SHA-256."""

    name: str
    sha256: str


class BoardFacts(_Part):
    """The device, and the document behind each of its numbers."""

    name: str
    part: str
    dsp_type: str
    dsp: int
    lut: int
    sources: dict[str, str]


class PortFacts(_Part):
    """A tensor on the top entity, element 0 in its least significant bits; ``format`` as ap_fixed."""

    name: str
    valid: str
    data: str
    elements: int
    bits: int
    format: str


class OverflowProof(_Part):
    """Every partial sum lies in ``low .. high`` (codes), which needs ``needed_bits`` of ``accum_bits``."""

    low: int
    high: int
    needed_bits: int
    accum_bits: int


class Activity(_Part):
    """DSPs that multiply (or 1 for a stage without DSPs) in one cycle after the event's ``in_valid``."""

    cycle: int
    active: int


class LutEstimate(_Part):
    """What an adder graph should cost, and how that was counted; synthesis may find less, or share more."""

    adders: int
    lut: int
    ff: int
    source: str


class LayerReport(_Part):
    """One layer of the schedule; cycles count from the one in which ``in_valid`` is sampled.

    ``strategy`` is ``dsp``, ``lut`` or, for stages without multipliers, ``None``. ``packing`` is the number of
    products per DSP. ``latency_formula`` says where
    ``latency_cycles`` comes from; ``adapters`` lists the wiring before the layer with its cycles. In the streaming form
    a layer runs once a tile, ``tiles`` times a frame; its cycles are those of the first tile, the last one comes
    ``tiles_span_cycles`` later. ``dsp_efficiency`` is MACs a frame with a nonzero weight per DSP and cycle.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    strategy: str | None
    binding: str
    reuse_factor: int | None
    start_cycle: int
    latency_cycles: int
    latency_formula: str
    adapters: tuple[str, ...]
    dsp: int
    packing: int | None
    idle_slots: int | None
    macs: int
    macs_nonzero: int
    accum_bits: int | None
    input_format: str
    output_format: str
    overflow: str
    overflow_proof: OverflowProof | None
    activity: tuple[Activity, ...]
    predicted_lut: int | None = None
    predicted_ff: int | None = None
    lut_estimate: LutEstimate | None = None
    form: str = "frame_parallel"
    tiles: int = 1
    tiles_span_cycles: int = 0
    dsp_efficiency: float | None = None


class StageReport(_Part):
    """One stage of a streaming network: its line buffer and its tiles. Cycles are those of a frame without gaps.

    ``memory`` says in what the line buffer is stored, ``bram`` in how many half block RAMs (RAMB18).
    """

    name: str
    layers: tuple[str, ...]
    image: tuple[int, int, int]
    word_pixels: int
    tiles: int
    tile_shape: tuple[int, int, int]
    tile_interval: int
    first_read_cycle: int
    last_read_cycle: int
    tile_latency_cycles: int
    dsp: int
    buffer_rows: int
    buffer_bits: int
    memory: Memory = "distributed"
    bram: int = 0


class StreamReport(_Part):
    """What a streaming network has beyond a frame-parallel one; ``beats`` a frame, of ``pixels_per_cycle`` pixels."""

    pixels_per_cycle: int
    beats: int
    latency_from_last_beat_cycles: int
    latency_from_last_beat_ns: float
    stages: tuple[StageReport, ...]
    collected_cycle: int
    bram: int = 0


class Simulation(_Part):
    """What the bench has measured on the VHDL; ``latency_from_last_beat_cycles`` only if the input is streaming."""

    simulator: str
    events: int
    mismatches: int
    latency_cycles: int | None
    initiation_interval: int | None
    passed: bool
    directed_events: int | None = None
    received: int | None = None
    spurious: int | None = None
    seconds: float | None = None
    first_difference: str | None = None
    latency_from_last_beat_cycles: int | None = None


class CSim(_Part):
    """What the HLS C++ has shown."""

    events: int
    mismatches: int
    passed: bool
    directed_events: int | None = None
    compiler: str | None = None
    build_seconds: float | None = None
    run_seconds: float | None = None
    first_difference: str | None = None


class Predicted(_Part):
    """What the design should cost, before any synthesis; ``source`` says where the numbers come from.

    ``dsp`` is exact. ``lut_error`` and ``ff_error`` are the largest relative errors of the cost model on whole networks
    that took no part in its calibration.
    """

    dsp: int
    lut: int
    ff: int
    lut_error: float
    ff_error: float
    source: str


class Resources(_Part):
    """Cost of the synthesized design, and which tool counted it; ``bram`` counts half block RAMs."""

    source: str
    lut: int
    ff: int
    dsp: int
    bram: int
    carry: int | None = None
    logic_levels: int | None = None


class FloatComparison(_Part):
    """The firmware against the model in its own framework; ``sim.float_comparison`` says what each number means.

    ``*_differing`` counts outputs that differ once snapped to the output grid; ``unquantized_*`` is the loss against
    the same network with neither weights nor activations nor inputs quantized.
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


class Report(_Part):
    """Everything bxnn knows about a build. Field order is the order in report.json."""

    name: str
    bxnn_version: str
    files: tuple[SourceFile, ...]
    board: BoardFacts
    latency_cycles: int
    initiation_interval: int
    clock_mhz: float
    latency_ns: float
    latency_bx: float
    dsp: int
    dsp_efficiency: float | None
    macs: int
    macs_nonzero: int
    idle_slots: int
    objective: str
    alternatives: tuple[tuple[int, int], ...]
    latency_formula: str
    layers: tuple[LayerReport, ...]
    output_adapters: dict[str, tuple[str, ...]]
    inputs: tuple[PortFacts, ...]
    outputs: tuple[PortFacts, ...]
    notices: tuple[str, ...]
    renames: dict[str, str]
    left_out: tuple[str, ...]
    predicted: Predicted | None = None
    stream: StreamReport | None = None
    simulation: Simulation | None = None
    csim: CSim | None = None
    resources: Resources | None = None
    float_comparison: FloatComparison | None = None

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18) that synthesis must find: those of the line buffers."""
        return 0 if self.stream is None else self.stream.bram

    @property
    def resource_difference(self) -> str | None:
        """Which exact prediction synthesis did not find, or ``None``."""
        if self.resources is None:
            return None
        found = (("DSP", self.dsp, self.resources.dsp), ("RAMB18", self.bram, self.resources.bram))
        wrong = [f"{wanted} {unit}s predicted, {count} synthesized" for unit, wanted, count in found if wanted != count]
        return "; ".join(wrong) or None


def save_report(report: Report, path: Path) -> None:
    """Write as JSON in one move; keys in the order of the schema."""
    text = json.dumps(report.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def load_report(path: Path) -> Report:
    """Read what ``save_report`` wrote.

    Raises:
        InputError: If the file is missing or is no report of this version.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(str(path), f"cannot be read: {reason}; run bxnn compile first") from error
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "file"
        raise InputError(
            str(path),
            f"is no report of this version of bxnn ({where}: {problem['msg']}); run bxnn compile again",
        ) from error
