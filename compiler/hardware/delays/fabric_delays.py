"""Delays of the fabric of an AMD device: primitives, the nets between them, and what is wired inside a site."""

from __future__ import annotations

from math import log2
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bxnn.compiler.hardware.delays.dsp_delays import DspDelays
from bxnn.compiler.sourced import Ns, Sourced

Estimate = Literal["typical", "pessimistic"]
WIDE_NET = 128  # sinks above which a net takes at least `wide_...`, unless it is replicated


class LutDelays(Sourced):
    """Any input of a look-up table to its output; pins are not known before placement."""

    mean: Ns


class FlipFlopDelays(Sourced):
    """A flip-flop; ``from_lut`` and ``bypass``: to D from the LUT of the same site, or from outside."""

    clk_q: Ns
    setup_d: Ns
    setup_ce: Ns
    setup_r: Ns
    from_lut: Ns
    bypass: Ns


class WideMultiplexerDelays(Sourced):
    """MUXF7 or MUXF8."""

    data: Ns
    select: Ns


class CarryDelays(Sourced):
    """A carry block of ``bits`` bits.

    Attributes:
        bits: Bits of one block.
        s_to_o: From S of the lowest bit to O of the highest.
        s_to_co: From S of the lowest bit to the carry out.
        lut_to_s: From the LUT in front to S.
        ci_pin: Into the carry input.
        ci_to_co: Carry input to carry output.
        ci_to_o: Carry input to O of the highest bit.
        o_to_ff: From O to the flip-flop of the same bit.
        o_to_out: From O to the fabric.
    """

    bits: int = Field(gt=0, description="a positive number")
    s_to_o: Ns
    s_to_co: Ns
    lut_to_s: Ns
    ci_pin: Ns
    ci_to_co: Ns
    ci_to_o: Ns
    o_to_ff: Ns
    o_to_out: Ns


class LutRamDelays(Sourced):
    """Distributed RAM: written by the clock, read like a LUT."""

    clk_out: Ns
    setup_address: Ns
    setup_we: Ns
    setup_d: Ns


class ShiftRegisterDelays(Sourced):
    """A LUT as a shift register."""

    clk_out: Ns
    setup_d: Ns
    setup_ce: Ns


class BlockRamDelays(Sourced):
    """A 36-kbit block RAM; ``clk_out_reg`` with its output register."""

    clk_out: Ns
    clk_out_reg: Ns
    setup_address: Ns
    setup_we: Ns
    setup_en: Ns
    setup_d: Ns
    setup_regce: Ns


class RouteDelays(Sourced):
    """Nets through the fabric: an offset plus an amount for each doubling of the fan-out, at most ``cap``.

    ``wide_...`` is the minimum for a net of more than 128 sinks.
    """

    typical: Ns
    typical_per_doubling: Ns
    pessimistic: Ns
    pessimistic_per_doubling: Ns
    cap: Ns
    wide_typical: Ns
    wide_pessimistic: Ns

    def ns(self, fan_out: int, estimate: Estimate) -> float:
        """Delay to any sink of a net.

        Args:
            fan_out: Sinks of the net, at least 1.
            estimate: The mean, or about the 90th percentile of routed nets.
        """
        if estimate == "typical":
            base, slope, wide = self.typical, self.typical_per_doubling, self.wide_typical
        else:
            base, slope, wide = self.pessimistic, self.pessimistic_per_doubling, self.wide_pessimistic
        delay = min(base + slope * log2(fan_out), self.cap)
        return max(delay, wide) if fan_out > WIDE_NET else delay


class BoundDelays(Sourced):
    """Nets that are wired inside a site or a column."""

    carry_carry: Ns
    lut_carry: Ns
    local_ff: Ns
    pcout_pcin: Ns


class FabricDelays(BaseModel):
    """Everything that makes up a path between two registers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lut: LutDelays
    ff: FlipFlopDelays
    muxf7: WideMultiplexerDelays
    muxf8: WideMultiplexerDelays
    carry: CarryDelays
    lutram: LutRamDelays
    srl: ShiftRegisterDelays
    bram: BlockRamDelays
    dsp: DspDelays
    route: RouteDelays
    bound: BoundDelays

    @property
    def lut_to_carry(self) -> float:
        """From a LUT to the carry block of the same slice; both figures describe the same wire."""
        return max(self.bound.lut_carry, self.carry.lut_to_s)

    @property
    def lut_to_ff(self) -> float:
        """From a LUT to D of a flip-flop in the same slice; both figures describe the same wire."""
        return max(self.bound.local_ff, self.ff.from_lut)
