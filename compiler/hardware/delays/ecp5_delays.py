"""Delays of an ECP5, used in the check against nextpnr; slow corner, ns."""

from __future__ import annotations

from math import log2

from pydantic import BaseModel, ConfigDict, Field

from bxnn.compiler.sourced import Ns, Sourced


class Lut4Delays(Sourced):
    """Any input of a LUT4 to its output, and the multiplexers that combine several into a LUT5 or LUT6."""

    lut: Ns
    lut_to_pfumx: Ns
    pfumx_select: Ns
    l6mux_data: Ns
    l6mux_select: Ns


class SliceRegisterDelays(Sourced):
    """A flip-flop of a slice."""

    clk_q: Ns
    setup_d: Ns
    setup_ce: Ns
    setup_lsr: Ns


class Ccu2cDelays(Sourced):
    """Two bits of a carry chain; ``in_to_...`` from A to D of the same bit, or of the lower one to S1."""

    in_to_s: Ns
    in_to_s1: Ns
    in_to_cout: Ns
    cin_to_cout: Ns
    cin_to_s0: Ns
    cin_to_s1: Ns


class Ecp5MemoryDelays(Sourced):
    """Distributed RAM (16x4) and block RAM without output register."""

    lutram_clk_out: Ns
    lutram_setup_we: Ns
    bram_clk_out: Ns
    bram_setup: Ns


class MultiplierDelays(Sourced):
    """An 18x18 multiplier without registers: yosys and nextpnr use none of them."""

    through: Ns


class Ecp5Routes(Sourced):
    """Nets: an offset by destination, plus a delay per doubling of the fan-out and of the design.

    Attributes:
        to_lut: To a LUT, multiplexer or flip-flop in a design of 1,000 cells; the placer puts them nearby.
        to_carry: To a carry chain, whose place is fixed by its column.
        per_doubling: Per doubling of the fan-out.
        per_size_doubling: Per doubling of the cells in the design.
        to_ff: From a LUT or sum to the flip-flop of the same slice.
        dsp_own: To a multiplier that shares no operand.
        dsp_shared: To one that shares operands with others, without the part for each of the group.
        dsp_shared_each: For each multiplier of the group.
        dsp_out: From a multiplier.
    """

    to_lut: Ns
    to_carry: Ns
    per_doubling: Ns
    per_size_doubling: Ns
    to_ff: Ns
    dsp_own: Ns
    dsp_shared: Ns
    dsp_shared_each: Ns
    dsp_out: Ns

    def general(self, fan_out: int, cells: int, to_carry: bool) -> float:
        """A net through the fabric.

        Args:
            fan_out: Its sinks, at least 1.
            cells: Primitives of the design.
            to_carry: Whether it leads to a carry chain.
        """
        base = self.to_carry if to_carry else self.to_lut
        return base + self.per_doubling * log2(fan_out) + self.per_size_doubling * log2(cells / 1000)

    def to_multiplier(self, group: int) -> float:
        """To an operand of a multiplier in a group that shares operands."""
        return self.dsp_own if group == 1 else self.dsp_shared + self.dsp_shared_each * group


class Ecp5Delays(BaseModel):
    """All delays of one speed grade."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    speed_grade: str
    sources: dict[str, str] = Field(default_factory=dict)
    lut: Lut4Delays
    ff: SliceRegisterDelays
    carry: Ccu2cDelays
    memory: Ecp5MemoryDelays
    multiplier: MultiplierDelays
    route: Ecp5Routes
