"""LUTs in a row in multiplexers, read-only memories and counters of phases."""

from __future__ import annotations

from bxnn.compiler.hardware.delays.path_delay import Delay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.numeric.integers import ceil_div, ceil_log2

_LUT_WORDS = 6  # bits of an address that one LUT looks up
_SHARED_LEVELS = 4  # most LUTs in a row in columns of one LUT each that are computed from each other
_CARRIED = range(4, 7)  # bits of a counter whose next value takes a carry chain and a LUT, or three LUTs in a row
_SHARED_SINKS = {5: 2, 6: 5}  # loads of these LUTs, by the bits of the counter; fewer bits never take them
_COUNTED_LEVELS = 4  # LUTs in a row in that of a wider one
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


def counted_phase(phases: int, technology: Technology) -> Delay:
    """From the nets of a counter of phases through its next value, to the inputs of its flip-flops."""
    bits = max(ceil_log2(phases), 1)
    if bits in _CARRIED:
        carried = technology.adders(bits) + technology.net(1) + technology.luts(1)
        shared = _SHARED_SINKS.get(bits)
        return carried if shared is None else slowest((carried, technology.luts(3, shared) + technology.net(bits)))
    return technology.luts(1 if bits < min(_CARRIED) else _COUNTED_LEVELS, bits) + technology.net(bits)
