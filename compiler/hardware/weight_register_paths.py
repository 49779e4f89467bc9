"""The paths into the registers that hold the weights of the current phase, and into their counters."""

from __future__ import annotations

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.fabric import LUT_INPUTS
from bxnn.compiler.hardware.multiplexer_paths import multiplexer
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.weight_registers import own_loads, table_pages, table_rows
from bxnn.compiler.numeric.integers import ceil_log2


def register_paths(phases: int, loads: int, begun: int, technology: Technology) -> tuple[PathDelay, PathDelay]:
    """From a counter, or from valid, to the words, and to what resets these between events.

    Args:
        phases: Phases of an event.
        loads: Most loads of a bit of a counter.
        begun: Loads of the valid that starts counters.
        technology: The device.
    """
    counter, valid = (technology.start + technology.net(sinks) for sinks in (loads, begun))
    reset = _idle(phases, technology) + technology.net(loads) + technology.reset
    starts = started(phases, loads, begun, technology).delay
    return (
        PathDelay(
            PathClass.DATA, slowest((counter, valid)) + _looked_up(phases, technology) + technology.into_register
        ),
        PathDelay(PathClass.CONTROL, slowest((counter + reset, valid + starts))),
    )


def started(phases: int, loads: int, begun: int, technology: Technology) -> Entry:
    """From the net of the valid that starts counters; arguments as in `register_paths`.

    Of a few phases, registers that change as an event starts read valid in their LUTs: it resets the count only.
    """
    reset = technology.net(own_loads(phases) if ceil_log2(phases) < LUT_INPUTS else loads) + technology.reset
    return Entry(PathClass.CONTROL, begun, _idle(phases, technology) + reset)


def _idle(phases: int, technology: Technology) -> Delay:
    """Through the LUTs that find that there is no event."""
    return technology.luts(1 if ceil_log2(phases) < LUT_INPUTS else 2, 2)


def set_paths(
    phases: int, sets: int, loads: int, begun: int, counters: int, technology: Technology
) -> tuple[PathDelay, PathDelay]:
    """From a counter or valid through the next phase, or from a set's number, to the words; and to that number.

    Args:
        phases: Phases of an event.
        sets: Sets of weights.
        loads: Most loads of a bit of what looks up words.
        begun: Loads of the valid that starts counters.
        counters: Registers with the number of the set.
        technology: The device.
    """
    start, bits = technology.start, ceil_log2(phases)
    counted = start
    if bits > 1:
        levels = 1 if bits < LUT_INPUTS else 2 if bits == LUT_INPUTS else bits // 2
        read = slowest((technology.net(2 * bits + 1), technology.net(begun)))
        counted += read + technology.luts(levels, bits)
    found = _looked_up(table_rows(phases, sets), technology)
    return (
        PathDelay(PathClass.DATA, counted + technology.net(loads + 1) + found + technology.into_register),
        PathDelay(PathClass.DATA, start + technology.net(counters + 1) + technology.around_into_register),
    )


def _looked_up(rows: int, technology: Technology) -> Delay:
    """From the nets of an address through the table."""
    pages = table_pages(rows)
    found = technology.luts(1)
    return found if pages == 1 else found + technology.net(2) + multiplexer(pages, technology, 2)
