"""Converters: the wiring between a producer's layout and a consumer's layout."""

from __future__ import annotations

from bxnn.compiler import limits
from bxnn.compiler.hardware.delay import Delay
from bxnn.compiler.hardware.deserialize import Deserialize
from bxnn.compiler.hardware.hold import Hold
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.serialize import Serialize


def to_parallel(layout: Layout, max_fanout: int = limits.MAX_FANOUT) -> tuple[LayoutConverter, ...]:
    """Converters that make a tensor parallel and held."""
    target = Layout.parallel(layout.size)
    if layout.is_pulse:
        return (Hold(layout, target, max_fanout),)
    if layout.is_serial:
        return (Deserialize(layout, target, max_fanout),)
    return ()


def to_serial(layout: Layout, phases: int, max_fanout: int = limits.MAX_FANOUT) -> tuple[LayoutConverter, ...]:
    """Converters that make a tensor serial over at most ``phases`` phases."""
    target = Layout.serial(layout.size, phases)
    if layout.is_serial and layout.elements.shape == target.elements.shape:
        return ()
    held = to_parallel(layout, max_fanout)
    source = held[-1].result if held else layout
    return (*held, Serialize(source, target, max_fanout))


def to_port(layout: Layout, max_fanout: int = limits.MAX_FANOUT) -> tuple[LayoutConverter, ...]:
    """Converters that present all elements at an output port at the same time."""
    return to_parallel(layout, max_fanout) if layout.is_serial else ()


def delayed(converters: tuple[LayoutConverter, ...], layout: Layout, cycles: int) -> tuple[LayoutConverter, ...]:
    """The converters, followed by a delay of ``cycles`` unless that is zero."""
    if cycles == 0:
        return converters
    last = converters[-1].result if converters else layout
    return (*converters, Delay(last, last, cycles))


def cycles_of(converters: tuple[LayoutConverter, ...]) -> int:
    """Latency of a chain of converters."""
    return sum(converter.latency_cycles for converter in converters)
