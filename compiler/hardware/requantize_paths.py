"""The paths through `requantize.vhd`: rounding, a carry chain, the clamp, and the registers after it."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import LUT_INPUTS
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.half_added import HalfAddedQuantizer
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import Tensor

_BY_SIGN = (Rounding.RND_INF, Rounding.RND_ZERO, Rounding.TRN_ZERO)
_REST = (*_BY_SIGN, Rounding.RND_CONV, Rounding.RND_MIN_INF)  # depend on all dropped bits
_TWO_IN_A_ROW = 11  # inputs of two LUTs, of which the second reads the first
CLAMP_PINS = 2  # of a lane that valid drives beside its flip-flops: it sets and resets them only if they load
_MANY = 9  # bits of a comparison and a choice that two LUTs in a row may not compute


@dataclass(frozen=True)
class RequantizePaths:
    """The paths of one lane.

    Attributes:
        bits: Bits of the signed input.
        dropped: Bits that are rounded away; negative to shift left.
        rounding: The rounding mode.
        clamped: Whether results are compared with bounds.
        out_bits: Bits of the result.
        below_zero: Whether results can be negative.
        powers: Whether both bounds are powers of two, or one less.
        slopes: Whether negative inputs are multiplied by a slope.
        enabled: Flip-flops that valid enables at once; 0 if none.
        half_added: Whether the input includes the half that rounds it.
        whole_code: Whether the bounds are those of a code: where more than the sign decides, the LUTs of a result clamp
            it, and nothing sets or resets it.
        rectified: Whether negative inputs become 0 before they are rounded.
        max_fanout: Most loads of a valid, or of its copies; ``None`` if it has no copies.
    """

    bits: int
    dropped: int
    rounding: Rounding
    clamped: bool
    out_bits: int
    below_zero: bool
    powers: bool
    slopes: bool
    enabled: int
    half_added: bool = False
    whole_code: bool = False
    rectified: bool = False
    max_fanout: int | None = None

    @classmethod
    def of(
        cls, function: FixedQuantizer, source: Tensor, out_bits: int, enabled: int, max_fanout: int | None = None
    ) -> RequantizePaths:
        """What the activation layer's template binds."""
        return cls(
            source.bits + int(not source.format.signed),
            source.format.fraction_bits - function.format.fraction_bits,
            function.rounding,
            function.overflow is not Overflow.WRAP,
            out_bits,
            function.low < 0,
            are_powers(function.low, function.high),
            function.slope_shift > 0,
            enabled,
            isinstance(function, HalfAddedQuantizer),
            function.low in (0, -(1 << (out_bits - 1))) and function.high - function.low == (1 << out_bits) - 1,
            max_fanout=max_fanout,
        )

    @property
    def rounds(self) -> bool:
        """Whether there is a carry chain."""
        never = self.rounding is Rounding.TRN or (self.rounding is Rounding.RND_MIN_INF and self.dropped == 1)
        return self.dropped > 0 and not never and not self.half_added

    @property
    def chain_bits(self) -> int:
        """Bits of the rounded value."""
        whole = max(self.bits + int(self.rounds) - max(self.dropped, 0), 1)
        return whole if self.clamped else min(whole, self.out_bits)

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        enable = technology.enable
        if self.clamped or (self.rectified and not self.rounds):  # what sets or resets is enabled as well
            enable = technology.luts(1) + technology.net(self.out_bits) + technology.reset
        valid = (Entry(PathClass.CONTROL, self.enabled, enable),) if self.enabled else ()
        started = technology.start + technology.net(min(self.enabled, self.max_fanout or self.enabled))
        inner = tuple(PathDelay(own.kind, started + own.delay) for own in valid)
        return HardwarePaths(self.entries(technology), inner, technology.start, valid=valid)

    def entries(self, technology: Technology) -> tuple[Entry, ...]:
        """From the input to the registers of the result: by their D, or by the set and reset of a clamp."""
        sinks = self.out_bits + 1 if self.rounding in _BY_SIGN or self.slopes or not self.rounds else 3
        if self.rectified:  # by the sign, all bits of the input
            sinks = max(sinks, self.chain_bits + 1)
        before = self._rounded(technology)
        if not self.clamped and self.rectified and not self.rounds:
            chosen = technology.luts(1)
            reset = chosen + technology.net(self.out_bits) + technology.reset
            return Entry(PathClass.DATA, sinks, chosen + technology.into_register), Entry(PathClass.CONTROL, 0, reset)
        if not self.clamped:
            late = technology.into_register + self._late(technology)
            end = late if self.rounds else technology.around_into_register
            return (Entry(PathClass.DATA, sinks, slowest((before + end, self._tie(technology)))),)
        last = before + self._clamped(technology)
        ends = slowest((self._late(technology) + last + technology.into_register, self._tie(technology)))
        data = Entry(PathClass.DATA, sinks, ends)
        if self.whole_code and self._above > 1:
            return (data,)
        return data, Entry(PathClass.CONTROL, 0, last + technology.net(self.out_bits) + technology.reset)

    def _tie(self, technology: Technology) -> Delay:
        """From the dropped bits of an input with its half to the lowest bit of the result: ties go to even."""
        if not self._ties:
            return Delay()
        levels = max(lut_levels(self._inputs), lut_levels(self._above)) + 1
        return technology.luts(levels, 2) + technology.into_register

    @property
    def _above(self) -> int:
        """Bits that decide whether a result is clamped."""
        signs = int(self.below_zero) + int(self.rectified)
        return max(self.chain_bits - self.out_bits + signs, 1) if self.clamped else 0

    def _rounded(self, technology: Technology) -> Delay:
        """From the input's net to the net of the rounded value."""
        if not self.rounds:
            return technology.luts(1, 1) + technology.net(self.out_bits) if self.slopes else Delay()
        own = self.slopes or self.rectified or not self.powers
        direct = self.rounding is Rounding.RND and not own  # half is added by the LUT of the lowest bit
        before = technology.luts(1 if direct else lut_levels(self._inputs), 2)
        chain = max(technology.sum_bit(0, last) for last in range(self.chain_bits))
        out = technology.fabric.carry.o_to_out * self.clamped
        onto = technology.net(3).ns + technology.fabric.lut.mean + technology.fabric.lut_to_carry
        return before + Delay(onto + chain + out, 1, 3)

    def _late(self, technology: Technology) -> Delay:
        """What a D may take longer than a set or reset.

        A comparison of many bits has one bit more; of fewer bits than that, one LUT compares and another one clamps.
        Where several LUTs tell whether to round up, the lowest bit of the sum has a LUT after them: synthesis has time
        for that where one LUT clamps the code, and needs it for what two LUTs in a row cannot read.
        """
        if self.rounds and self.powers and not self.slopes and self._above == LUT_INPUTS:
            return technology.net(3) + technology.luts(1)
        one = self.powers and self.clamped and not self.slopes and self._above < LUT_INPUTS
        late = self.rounds and self._inputs > (LUT_INPUTS if one else _TWO_IN_A_ROW) and (one or not self.clamped)
        return technology.net(2) + technology.luts(1) if late else Delay()

    @property
    def _inputs(self) -> int:
        """Bits that decide whether to round up, and the lowest bit of the sum."""
        rest = self.dropped - 1 if self.rounding in _REST else 0
        return rest + 2 + int(self.rounding in _BY_SIGN) + int(self.rectified)

    def _clamped(self, technology: Technology) -> Delay:
        """From the net of the rounded value to the last LUT."""
        wide = technology.net(self.out_bits + 1) if self.rounds else Delay()
        last = Delay(technology.fabric.lut.mean, 1)
        if self.powers and not self.slopes and self._above <= LUT_INPUTS:
            whole = self.rounds or self._above < LUT_INPUTS
            return wide + last if whole else technology.luts(2, self.out_bits + 1)
        more = technology.net(3) + last if self.slopes else Delay()
        out = technology.net(self.out_bits + 1) + last
        if self.rectified and not self.rounds:
            out += technology.net(2) + last  # what the comparisons tell is combined before it clamps the code
        return wide + last + self._compared(technology) + out + more

    def _compared(self, technology: Technology) -> Delay:
        """From the LUTs of the bits of the rounded value to the end of both comparisons.

        Synthesis divides a comparison with a constant into groups of bits, with two LUTs each, and chains three or more
        groups: one LUT tells whether the bits are equal to the constant's, the other one whether they are larger. It
        may share a LUT between the two, or between both comparisons if none is of the sign only.
        """
        if self._groups <= 2:
            return self._in_a_row(technology.net(4 if self.rounds else 2) + technology.luts(1), self._further_levels)
        fabric, second = technology.fabric, technology.net(3) + technology.luts(1)
        shared = technology.net(1).ns if self.below_zero and not self.powers else fabric.lut_to_carry
        ends = [second + Delay(shared + technology.sum_bit(self._least_group, self._groups))]
        if self._ties:
            levels = lut_levels(self._inputs)
            own = not self.powers or self.chain_bits % LUT_INPUTS == 1  # the lowest group has that bit only
            lowest = Delay(fabric.lut_to_carry + technology.sum_bit(0, self._groups))
            ends.append(lowest + self._in_a_row(second, levels if own else max(levels, 2) - 1))
        return slowest(ends) + Delay(fabric.carry.o_to_out)

    @staticmethod
    def _in_a_row(level: Delay, count: int) -> Delay:
        """Several of the same delay; none for 0."""
        return sum([level] * count, Delay())

    @property
    def _further_levels(self) -> int:
        """LUTs in a row, beyond two, of comparisons of one or two groups.

        The LUTs before the lowest bit leave time for one more after the others.
        """
        full = self.chain_bits == 2 * LUT_INPUTS
        many = self.chain_bits >= _MANY + int(self.rounds and not self.below_zero)
        late = self._inputs > LUT_INPUTS
        if self.powers:
            return int(self.chain_bits > _MANY)
        if not self.rounds:
            return int(many or self._ties) + int(full and late and self._ties)
        return min(int(many) + int(full) + int(late and self.below_zero and self.chain_bits > _MANY), 2)

    @property
    def _ties(self) -> bool:
        """Whether a LUT of the dropped bits clears the lowest bit."""
        return self.half_added and self.rounding is Rounding.RND_CONV

    @property
    def _groups(self) -> int:
        """Groups of bits, of one LUT each, into which synthesis divides a comparison with a constant."""
        return ceil_div(self.chain_bits, LUT_INPUTS)

    @property
    def _least_group(self) -> int:
        """The lowest group that tells which of both is larger: that of the lowest bit above the bits of a code."""
        if not self.whole_code:
            return 0
        return self._groups - 1 - max(self.chain_bits - 1 - self.out_bits + int(self.below_zero), 0) // LUT_INPUTS


def are_powers(low: int, high: int) -> bool:
    """Whether both bounds are powers of two, or one less, in size: single bits of a sum tell what exceeds them."""
    return all((bound & (bound + 1)) == 0 or (-bound & (-bound - 1)) == 0 for bound in (low, high))


def lut_levels(inputs: int) -> int:
    """LUTs in a row in a tree that computes a function of this many inputs."""
    levels, left = 1, inputs
    while left > LUT_INPUTS:
        left, levels = ceil_div(left, LUT_INPUTS), levels + 1
    return levels
