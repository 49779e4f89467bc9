"""What is known about the speed of a device family in one speed grade."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bxnn.compiler.hardware.delays.clock_limits import ClockLimits
from bxnn.compiler.hardware.delays.fabric_delays import FabricDelays
from bxnn.compiler.sourced import Sourced


class DelayTable(BaseModel):
    """Clock limits, and delays where they are public.

    Attributes:
        family: Such as ``ultrascaleplus``.
        speed_grade: As a part number carries it, such as ``2`` or ``2LV``.
        sources: What the keys in the sources of the numbers stand for.
        limits: The fastest clocks.
        fabric: Delays; ``None`` where none are public: then no path of a design is judged.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str
    speed_grade: str
    sources: dict[str, str] = Field(default_factory=dict)
    limits: ClockLimits
    fabric: FabricDelays | None = None

    @property
    def name(self) -> str:
        """Family and speed grade in one word, as its file is named."""
        return f"{self.family}-{self.speed_grade}"

    @property
    def assumed(self) -> tuple[str, ...]:
        """Numbers for which no source was found, such as ``dsp.clk_p``."""
        groups: list[tuple[str, Sourced]] = [("limits", self.limits)]
        if self.fabric is not None:
            groups += [(name, getattr(self.fabric, name)) for name in type(self.fabric).model_fields]
        return tuple(f"{name}.{number}" for name, group in groups for number in group.assumed())
