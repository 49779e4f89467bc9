"""How events and results of a network travel on AXI4-Stream: bytes, transfers, places for results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.numeric.integers import ceil_div

_ENTRY, _EXIT = 1, 2  # cycles from the last transfer into the network, and from the network to the first transfer
_RETURN = 1  # cycles from the last transfer of a result to an event in its place


@dataclass(frozen=True)
class AxisField:
    """A port of the network among the bytes of an event or result.

    Attributes:
        port: Its data port.
        elements: Number of elements.
        bits: Bits of an element.
        signed: Whether codes are two's complement.
        first: Byte of element 0.
    """

    port: str
    elements: int
    bits: int
    signed: bool
    first: int

    @property
    def bytes(self) -> int:
        """Bytes of an element."""
        return ceil_div(self.bits, 8)


@dataclass(frozen=True)
class AxiStream:
    """The wrapper of a network.

    Attributes:
        fields_in: Ports of an event.
        fields_out: Ports of a result.
        bytes_in: Bytes of a transfer of an event.
        bytes_out: Bytes of a transfer of a result.
        network_cycles: Latency of the network.
        spacing: Its initiation interval.
        stall_cycles: For which the sink may stall before the rate suffers.
    """

    fields_in: tuple[AxisField, ...]
    fields_out: tuple[AxisField, ...]
    bytes_in: int
    bytes_out: int
    network_cycles: int
    spacing: int
    stall_cycles: int = 0

    @classmethod
    def of(
        cls,
        inputs: Iterable[Port],
        outputs: Iterable[Port],
        network_cycles: int,
        spacing: int,
        most_bytes: int,
        stall_cycles: int,
    ) -> AxiStream:
        """The wrapper of a network.

        Args:
            inputs: Its input ports.
            outputs: Its output ports.
            network_cycles: Its latency.
            spacing: Its initiation interval.
            most_bytes: Largest transfer.
            stall_cycles: For which the sink may stall before the rate suffers.
        """
        entering, leaving = tuple(_fields(inputs)), tuple(_fields(outputs))
        sizes = (min(_size(entering), most_bytes), min(_size(leaving), most_bytes))
        return cls(entering, leaving, *sizes, network_cycles, spacing, stall_cycles)

    @property
    def beats_in(self) -> int:
        """Transfers of an event."""
        return ceil_div(_size(self.fields_in), self.bytes_in)

    @property
    def beats_out(self) -> int:
        """Transfers of a result."""
        return ceil_div(_size(self.fields_out), self.bytes_out)

    @property
    def unused_out(self) -> int:
        """Bytes of the last transfer of a result that carry nothing."""
        return self.beats_out * self.bytes_out - _size(self.fields_out)

    @property
    def latency_cycles(self) -> int:
        """From the last transfer of an event to the first of its result, while the sink is ready."""
        return _ENTRY + self.network_cycles + _EXIT

    @property
    def interval(self) -> int:
        """Cycles from event to event, while the sink is ready."""
        return max(self.spacing, self.beats_in, self.beats_out)

    @property
    def depth(self) -> int:
        """Places for results: one for each event that is under way at full rate."""
        occupied = self.latency_cycles + self.beats_out - 1 + _RETURN + self.stall_cycles
        return ceil_div(occupied, self.interval)


def _fields(ports: Iterable[Port]) -> Iterator[AxisField]:
    first = 0
    for port in ports:
        field = AxisField(port.data, port.elements, port.bits, port.signed, first)
        yield field
        first += field.elements * field.bytes


def _size(fields: Sequence[AxisField]) -> int:
    """Bytes of an event or result."""
    return fields[-1].first + fields[-1].elements * fields[-1].bytes
