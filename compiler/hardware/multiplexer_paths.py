"""LUTs in a row in multiplexers, read-only memories and counters of phases."""

from __future__ import annotations

from bxnn.compiler.hardware.delays.path_delay import Delay
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_LUT_WORDS = 6  # bits of an address that one LUT looks up
_SHARED_LEVELS = 4  # most LUTs in a row in columns of one LUT each that are computed from each other
_COUNTED_LEVELS = (1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 4)  # LUTs in a row in the next value of a counter, by its bits
_STEP_BITS = range(6, 11)  # of counters that consist of pages (bxnn_phase_step), where valid enters the last LUT
_LUT_CHOICES = 4  # inputs from which one LUT selects


def multiplexer(inputs: int, technology: Technology, sinks: int) -> Delay:
    """From the nets of data and address through a multiplexer; the nets between its LUTs have a number of sinks."""
    levels, left = 1, max(inputs, 1)
    while left > _LUT_CHOICES:
        left, levels = ceil_div(left, _LUT_CHOICES), levels + 1
    return technology.luts(levels, sinks)


def memory(words: int, technology: Technology, sinks: int) -> Delay:
    """From the net of the address through a one-bit read-only memory."""
    pages, bits = ceil_div(words, 1 << _LUT_WORDS), max(ceil_log2(words), 1)
    # Synthesis may compute a column of a few bits from other columns, where it has time to spare.
    first = technology.luts(min(bits + 1, _SHARED_LEVELS) if bits > 1 else 1, 2)
    return first if pages == 1 else first + technology.net(sinks) + multiplexer(pages, technology, sinks)


def next_phase(phases: int, technology: Technology) -> Delay:
    """From the nets of a counter of phases through its next value, into its flip-flops."""
    return technology.luts(_counted_levels(phases), ceil_log2(phases) + 1) + technology.into_register


def first_phase(phases: int, technology: Technology) -> Delay:
    """From the net of the valid that restarts a counter of phases, into its flip-flops: past the first LUT."""
    levels = 1 if ceil_log2(phases) in _STEP_BITS else max(_counted_levels(phases) - 1, 1)
    return technology.luts(levels, ceil_log2(phases)) + technology.into_register


def _counted_levels(phases: int) -> int:
    bits = max(ceil_log2(phases), 1)
    return _COUNTED_LEVELS[min(bits, len(_COUNTED_LEVELS)) - 1]


def restarts(phases: int, counters: int) -> int:
    """Loads of the valid that restarts equal counters of phases, and with each of them the next flip-flop of valid."""
    return counters * (ceil_log2(phases) + 2)
