"""Ports of the top entity in the report, and what a host does to the values at them."""

from __future__ import annotations

from bxnn.compiler.report.part import Part


class HostStepFacts(Part):
    """``x operation value`` in float32, with one value for all elements or one for each."""

    operation: str
    values: tuple[float, ...]


class PortFacts(Part):
    """A tensor of the top entity, element 0 in its least significant bits; ``format`` in ap_fixed notation.

    A streaming tensor arrives in ``beats`` beats of ``lanes`` elements, the first of them marked by the port ``first``.
    The codes of an input with ``host_steps`` are those of its format, rounded from the result of the steps, less the
    ``zero_point``. Codes of an output with ``factors`` stand for ``factor * code + shift``, with one number for all
    channels of the last axis or one for each.
    """

    name: str
    valid: str
    data: str
    elements: int
    bits: int
    format: str
    first: str | None = None
    beats: int = 1
    lanes: int | None = None
    host_steps: tuple[HostStepFacts, ...] = ()
    zero_point: int = 0
    factors: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Bits of the data port."""
        return self.bits * (self.elements if self.lanes is None else self.lanes)
