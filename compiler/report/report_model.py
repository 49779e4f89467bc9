"""The report as typed, frozen data: the schema of report.json. What has not been run is ``None``, never 0."""

from __future__ import annotations

from pydantic import Field

from bxnn.compiler.plural import counted
from bxnn.compiler.report.accuracy_facts import AccuracyFacts
from bxnn.compiler.report.axi_facts import AxiStreamFacts
from bxnn.compiler.report.budget_facts import BudgetFacts
from bxnn.compiler.report.calibration_facts import CalibrationFacts
from bxnn.compiler.report.fault_facts import Faults
from bxnn.compiler.report.front_facts import FrontFacts
from bxnn.compiler.report.measured import (
    CSim,
    DeviceUse,
    FloatComparison,
    Predicted,
    Resources,
    Simulation,
    Verification,
)
from bxnn.compiler.report.part import Part
from bxnn.compiler.report.port_facts import PortFacts
from bxnn.compiler.report.proof_facts import Proofs
from bxnn.compiler.report.stream_parts import StreamReport
from bxnn.compiler.report.timing_facts import Timing
from bxnn.compiler.report.vendor_facts import VendorReport
from bxnn.compiler.report.weights_facts import WeightsFacts

SCHEMA_VERSION = 2


class SourceFile(Part):
    """A file that the network came from, by name and SHA-256."""

    name: str
    sha256: str


class BoardFacts(Part):
    """The device, and the source of each of its numbers; ``None`` for what is not known or a report of 0.1 lacks."""

    name: str
    part: str
    dsp_type: str
    dsp: int
    lut: int
    ff: int | None = None
    bram36: int | None = None
    slrs: int | None = None
    sources: dict[str, str]


class OverflowProof(Part):
    """Every partial sum is in ``low .. high`` (codes), which needs ``needed_bits`` of ``accum_bits``."""

    low: int
    high: int
    needed_bits: int
    accum_bits: int


class Activity(Part):
    """DSPs that multiply (or 1 for a stage without DSPs) in one cycle after the event's ``in_valid``."""

    cycle: int
    active: int


class LutEstimate(Part):
    """What an adder graph should cost, and how that was counted; synthesis may need less, or share more."""

    adders: int
    lut: int
    ff: int
    source: str


class LayerReport(Part):
    """One layer of the schedule; cycles are counted from the one in which ``in_valid`` is sampled.

    ``strategy`` is ``dsp``, ``lut`` or, for stages without multipliers, ``None``. ``packing`` is the number of
    products per DSP. ``latency_formula`` says where ``latency_cycles`` comes from; ``adapters`` lists the wiring before
    the layer with its cycles. In the streaming form a layer runs once per tile, ``tiles`` times per frame; its cycles
    are those of the first tile, and the last tile follows ``tiles_span_cycles`` later. ``dsp_efficiency`` is the number
    of MACs per frame with a nonzero weight, per DSP and cycle. ``bram`` counts half block RAMs of tables.
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
    bram: int = 0
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


class ReportModel(Part):
    """Everything that bxnn knows about a build. Field order is the order in report.json.

    ``compile_command``, run in the build, makes it again from the files that it keeps. ``channels`` take turns, an
    event of one every ``initiation_interval`` cycles, with one or several ``sets`` of weights; an ensemble has
    ``members``. A tag of ``tag_bits`` bits (0: none) passes with an event. For ``padding_cycles`` results wait.
    ``git_revision`` ends with ``+`` if the model file has changed. ``dates`` are those of measured parts.
    ``schema_version``, 1 by default, grows when a key changes its meaning.
    """

    schema_version: int = SCHEMA_VERSION
    name: str
    bxnn_version: str
    files: tuple[SourceFile, ...]
    compile_command: str | None = None
    board: BoardFacts
    latency_cycles: int
    padding_cycles: int = 0
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
    front: tuple[FrontFacts, ...]
    not_searched: str | None
    latency_formula: str
    layers: tuple[LayerReport, ...]
    output_adapters: dict[str, tuple[str, ...]]
    inputs: tuple[PortFacts, ...]
    outputs: tuple[PortFacts, ...]
    channels: int = 1
    sets: int = 1
    members: int = 1
    tag_bits: int = 0
    axi_stream: AxiStreamFacts | None = None
    weights: WeightsFacts | None = None
    budget: BudgetFacts | None = None
    git_revision: str | None = None
    library: str | None = None
    prefix: str = ""
    notices: tuple[str, ...]
    renames: dict[str, str]
    left_out: tuple[str, ...]
    predicted: Predicted | None = None
    device_use: DeviceUse | None = None
    stream: StreamReport | None = None
    simulation: Simulation | None = None
    csim: CSim | None = None
    verification: Verification | None = None
    faults: Faults | None = None
    proofs: Proofs | None = None
    resources: Resources | None = None
    timing: Timing | None = None
    vendor: VendorReport | None = None
    float_comparison: FloatComparison | None = None
    calibration: CalibrationFacts | None = None
    accuracy: AccuracyFacts | None = None
    dates: dict[str, str] = Field(default_factory=dict)

    @property
    def brief(self) -> str:
        """Name, latency, initiation interval and DSPs, in one line."""
        latency = f"{counted(self.latency_cycles, 'cycle')} ({self.latency_ns:.1f} ns)"
        return f"{self.name}: {latency}, II {self.initiation_interval}, {counted(self.dsp, 'DSP')}"

    def __repr__(self) -> str:
        return f"<bxnn.ReportModel {self.brief}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from bxnn.compiler.report.notebook import html_report

        return html_report(self)

    def spelled(self, name: str) -> str:
        """A layer's name as spelled by the user."""
        return self.renames.get(name, name)

    @property
    def bram(self) -> int:
        """Half block RAMs (RAMB18) that synthesis must find: those of tables and line buffers."""
        return sum(layer.bram for layer in self.layers) + (0 if self.stream is None else self.stream.bram)

    @property
    def resource_difference(self) -> str | None:
        """Which exact prediction synthesis did not confirm, or ``None``."""
        own = self.resources
        found = () if own is None else (("DSP", self.dsp, own.dsp), ("RAMB18", self.bram, own.bram))
        wrong = [f"{wanted} {unit}s predicted, {count} synthesized" for unit, wanted, count in found if wanted != count]
        return "; ".join(wrong) or None
