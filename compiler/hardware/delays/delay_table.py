"""What is known about the speed of a device family in one speed grade."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bxnn.compiler.hardware.delays.clock_limits import ClockLimits
from bxnn.compiler.hardware.delays.fabric_delays import FabricDelays
from bxnn.compiler.sourced import Sourced


class DelayTable(BaseModel):
    """Clock limits, and delays if they are public.

    Attributes:
        family: For example ``ultrascaleplus``.
        speed_grade: As in a part number, for example ``2`` or ``2LV``.
        sources: Meaning of the keys in the sources of the numbers.
        limits: The fastest clocks; infinite if none are public.
        fabric: Delays; ``None`` if none are public: no path of a design is then judged.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: str
    speed_grade: str
    sources: dict[str, str] = Field(default_factory=dict)
    limits: ClockLimits = Field(default_factory=ClockLimits.unknown)
    fabric: FabricDelays | None = None

    @property
    def name(self) -> str:
        """Family and speed grade in one word, which is the name of the file."""
        return f"{self.family}-{self.speed_grade}"

    @property
    def assumed(self) -> tuple[str, ...]:
        """Numbers for which no source was found, such as ``dsp.clk_p``."""
        groups: list[tuple[str, Sourced]] = [("limits", self.limits)]
        if self.fabric is not None:
            groups += [(name, getattr(self.fabric, name)) for name in type(self.fabric).model_fields]
        return tuple(f"{name}.{number}" for name, group in groups for number in group.assumed())
