"""Parts of the paths through counters of a stream and through what they decide."""

from __future__ import annotations

from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.delays.technology import Technology

_FEW = 3  # loads of a net between two LUTs


def enabled(levels: int, flip_flops: int, technology: Technology) -> Delay:
    """From a net through LUTs to clock enables or resets."""
    return technology.luts(levels, _FEW) + technology.net(flip_flops) + technology.enable


def decided(levels: int, technology: Technology) -> Delay:
    """From a net through LUTs to a flip-flop."""
    return technology.luts(levels, _FEW) + technology.into_register


def compared(bits: int, technology: Technology) -> Delay:
    """From the net of a counter through a comparison with a constant to a flip-flop."""
    out = Delay(technology.fabric.carry.o_to_out) + technology.net(2)
    return technology.comparison(bits) + out + decided(1, technology)


def copied(copies: int, technology: Technology) -> Delay:
    """From the output of a LUT to copies of a register."""
    return technology.net(copies) + technology.around_into_register
