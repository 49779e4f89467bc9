"""`timing:` of design.yaml: how much delay a register-to-register path may have, and the registers at the ports."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bxnn.compiler.config.section import Section

Estimate = Literal["pessimistic", "typical"]

DEFAULT_MARGIN = 0.05
LEAST_MAX_FANOUT = 2  # a register that drives a single load cannot feed copies of itself


class TimingConfig(Section):
    """How the hardware is made to meet the clock.

    Attributes:
        margin: Fraction of the period reserved for clock uncertainty.
        estimate: Which of the two delay estimates of a route counts.
        max_fanout: Maximum loads of a control register; one with more is replicated.
        input_register: Whether input ports are registered; ``None`` registers those that logic reads.
        output_register: Whether output ports are driven by dedicated registers.
        held_input: Whether the source holds an event's data at the ports for ``initiation_interval`` cycles.
    """

    margin: float = Field(default=DEFAULT_MARGIN, ge=0, le=0.5, description="a number from 0 to 0.5")
    estimate: Estimate = Field(default="pessimistic", description="pessimistic or typical")
    max_fanout: int | None = Field(
        default=None,
        ge=LEAST_MAX_FANOUT,
        le=1 << 31,
        description=f"an integer of at least {LEAST_MAX_FANOUT}",
    )
    input_register: bool | None = Field(default=None, description="true or false")
    output_register: bool = Field(default=False, description="true or false")
    held_input: bool = Field(default=False, description="true or false")
