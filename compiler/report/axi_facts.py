"""The AXI4-Stream wrapper in the report."""

from __future__ import annotations

from bxnn.compiler.hardware.axi_stream import AxiStream
from bxnn.compiler.report.part import Part


class AxiStreamFacts(Part):
    """The wrapper with AXI4-Stream: entity ``NAME_axis``.

    ``latency_cycles`` are from the last transfer of an event to the first of its result, and ``initiation_interval``
    from event to event, while the sink is ready. ``depth`` results find a place.
    """

    beats_in: int
    bytes_in: int
    beats_out: int
    bytes_out: int
    depth: int
    latency_cycles: int
    initiation_interval: int


def axi_stream_facts(wrapper: AxiStream | None) -> AxiStreamFacts | None:
    """The facts of a wrapper, if there is one."""
    if wrapper is None:
        return None
    return AxiStreamFacts(
        beats_in=wrapper.beats_in,
        bytes_in=wrapper.bytes_in,
        beats_out=wrapper.beats_out,
        bytes_out=wrapper.bytes_out,
        depth=wrapper.depth,
        latency_cycles=wrapper.latency_cycles,
        initiation_interval=wrapper.interval,
    )
