"""What a vendor's tool has reported about a build, beside the prediction."""

from __future__ import annotations

from bxnn.compiler.report.part import Part


class VendorFile(Part):
    """A report of the tool, by name and SHA-256."""

    name: str
    sha256: str


class VendorReport(Part):
    """Timing and resources of the design as the tool sees it; ``None`` for what no file told.

    ``state`` is how far the tool went, in its own word. ``setup_slack_ns`` and ``hold_slack_ns`` are the worst ones;
    ``max_clock_mhz`` is derived from the former and the period. ``bram`` counts half block RAMs (RAMB18);
    ``memory_blocks`` are those of Intel devices, whose LUTs are counted in ALMs, ``alm``.
    """

    tool: str
    version: str | None = None
    device: str | None = None
    state: str | None = None
    files: tuple[VendorFile, ...]
    period_ns: float | None = None
    setup_slack_ns: float | None = None
    hold_slack_ns: float | None = None
    failing_endpoints: int | None = None
    max_clock_mhz: float | None = None
    dsp: int | None = None
    lut: int | None = None
    alm: int | None = None
    ff: int | None = None
    bram: int | None = None
    uram: int | None = None
    memory_blocks: int | None = None

    @property
    def missed(self) -> str | None:
        """How the clock is missed, or ``None``."""
        slacks = (("setup", self.setup_slack_ns), ("hold", self.hold_slack_ns))
        late = [f"{name} slack {slack:.3f} ns" for name, slack in slacks if slack is not None and slack < 0]
        return f"{', '.join(late)} in {self.tool}" if late else None
