"""The reset port of a top entity."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.resource_usage import ResourceUsage

_STAGES = 2  # flip-flops of bxnn_reset_adapter with which an asynchronous reset ends


@dataclass(frozen=True)
class ResetPort:
    """What resets a network from outside; inside, the reset is synchronous and active high.

    Attributes:
        active_low: Whether it is active at 0.
        asynchronous: Whether it comes without the clock.
    """

    active_low: bool = False
    asynchronous: bool = False

    @property
    def name(self) -> str:
        """Name of the port."""
        return ("arst" if self.asynchronous else "rst") + ("_n" if self.active_low else "")

    @property
    def adapted(self) -> bool:
        """Whether it differs from the reset inside."""
        return self.active_low or self.asynchronous

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return (
            f"{'asynchronous' if self.asynchronous else 'synchronous'}, active {'low' if self.active_low else 'high'}"
        )

    @property
    def recovery_cycles(self) -> int:
        """Cycles after its end in which the network is still reset."""
        return _STAGES if self.asynchronous else 0

    def level(self, active: bool) -> int:
        """Level of the port."""
        return int(active is not self.active_low)

    @property
    def cost(self) -> ResourceUsage:
        """Cost of the adapter: an inverter, and flip-flops."""
        return ResourceUsage(lut=int(self.active_low), ff=self.recovery_cycles)


DEFAULT_RESET = ResetPort()
