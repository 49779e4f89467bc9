"""Pattern files of MP7 and EMP boards: what is on the links in each clock cycle.

The bits of all input ports, or of all output ports, in their order and the first one lowest, are cut into words, one
for each link. A frame is a clock cycle.

Source: MP7's BoardDataIO.cpp; L1Trigger/DemonstratorTools of CMSSW.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from bxnn.compiler.delivery.vector_text import tags_of
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.numeric.integers import ceil_div

MOST_FRAMES = 1024  # in the buffers of a board


class PatternFormat(Enum):
    """A format by its board; the value is the number of bits on a link in a clock cycle."""

    MP7 = 32  # version 1: valid and data
    EMP = 64  # version 2: start of orbit, start and end of a packet, valid and data


@dataclass(frozen=True)
class Frame:
    """The bits of all links in a clock cycle.

    Attributes:
        bits: Of all ports.
        valid: Whether they are those of an event or result.
        start: Whether they are its first ones.
        end: Whether they are its last ones.
    """

    bits: int = 0
    valid: bool = False
    start: bool = False
    end: bool = False


def pattern_files(vectors: str, interface: Interface, tags: Sequence[int] | None = None) -> dict[str, str]:
    """Text of the pattern files of a test bench's events, as many as a board's buffers take, by name.

    MP7's files cannot mark the first beat of a frame, so a streaming network has only those of EMP.

    Args:
        vectors: The events, a line each, of the plain test bench.
        interface: The ports.
        tags: Those that choose the weights of the events; ``None`` for the ones that the plain test bench sends.
    """
    most = most_events(interface)
    rows = [line.split() for line in vectors.splitlines() if not line.startswith("#")][:most]
    events = _with_tags([[int(word, 16) for word in row] for row in rows], interface, tags)
    last = (len(events) - 1) * interface.initiation_interval + interface.latency_cycles + interface.beats
    sent, due = dict(_inputs(events, interface)), dict(_results(events, interface))
    formats = [PatternFormat.EMP] if interface.streaming else list(PatternFormat)
    return {
        f"{form.name.lower()}_{side}.txt": pattern_text(form, interface.top, frames, width_of(ports), last + 1)
        for form in formats
        for side, frames, ports in (("in", sent, interface.inputs), ("out", due, interface.outputs))
    }


def _with_tags(events: Sequence[list[int]], interface: Interface, tags: Sequence[int] | None) -> list[list[int]]:
    """Events with their tags after the other inputs, if the tag is one of the inputs."""
    if interface.chooser is None:
        return list(events)
    own = tags_of(np.arange(len(events)), interface.tag_bits).tolist() if tags is None else tags
    place = len(interface.data_inputs)
    return [[*event[:place], tag, *event[place:]] for event, tag in zip(events, own, strict=False)]


def most_events(interface: Interface) -> int:
    """How many events the buffers of a board take, at least one."""
    return max((MOST_FRAMES - 1 - interface.latency_cycles - interface.beats) // interface.initiation_interval + 1, 1)


def width_of(ports: Sequence[Port]) -> int:
    """Bits of all data ports."""
    return sum(port.width for port in ports)


def pattern_text(form: PatternFormat, name: str, frames: Mapping[int, Frame], width: int, count: int) -> str:
    """A pattern file.

    Args:
        form: Its format.
        name: Of the board.
        frames: By clock cycle; nothing is valid in the others.
        width: Bits of all ports.
        count: Number of clock cycles.
    """
    links = range(ceil_div(width, form.value))
    if form is PatternFormat.MP7:
        head = [f"Board {name}", " Quad/Chan :" + "".join(f" q{link // 4:02d}c{link % 4}" for link in links)]
        head += ["      Link :" + "".join(f" {link:02d}     " for link in links).rstrip()]
    else:
        head = [f"ID: {name}", "Metadata: (strobe,) start of orbit, start of packet, end of packet, valid", ""]
        head += ["      Link  " + "".join(f"{link:23d}" for link in links)]
    first = min(frames, default=0)
    lines = [_line(form, number, frames.get(number, Frame()), number == first, len(links)) for number in range(count)]
    return "\n".join([*head, *lines]) + "\n"


def _line(form: PatternFormat, number: int, frame: Frame, orbit: bool, links: int) -> str:
    """A clock cycle."""
    words = [(frame.bits >> (link * form.value)) & ((1 << form.value) - 1) for link in range(links)]
    if form is PatternFormat.MP7:
        return f"Frame {number:04d} :" + "".join(f" {int(frame.valid)}v{word:08x}" for word in words)
    flags = f"{int(orbit and frame.start)}{int(frame.start)}{int(frame.end)}{int(frame.valid)}"
    return f"Frame {number:04d}  " + "".join(f"  {flags} {word:016x}" for word in words)


def _inputs(events: Sequence[Sequence[int]], interface: Interface) -> Iterator[tuple[int, Frame]]:
    """What enters, by clock cycle; data that must stay is repeated without its valid."""
    beats, interval = interface.beats, interface.initiation_interval
    for number, event in enumerate(events):
        for beat in range(beats):
            mask = [(1 << port.width) - 1 for port in interface.inputs]
            words = [(value >> (beat * port.width)) for value, port in zip(event, interface.inputs, strict=False)]
            bits = _joined(interface.inputs, [word & bound for word, bound in zip(words, mask, strict=True)])
            yield number * interval + beat, Frame(bits, True, beat == 0, beat == beats - 1)
        if interface.held_input:
            for cycle in range(1, interval):
                yield number * interval + cycle, Frame(bits)


def _results(events: Sequence[Sequence[int]], interface: Interface) -> Iterator[tuple[int, Frame]]:
    """What leaves, by clock cycle."""
    for number, event in enumerate(events):
        bits = _joined(interface.outputs, event[len(interface.inputs) :])
        yield number * interface.initiation_interval + interface.latency_cycles, Frame(bits, True, True, True)


def _joined(ports: Sequence[Port], values: Sequence[int]) -> int:
    """The bits of several ports, the first one lowest."""
    total = place = 0
    for port, value in zip(ports, values, strict=True):
        total |= value << place
        place += port.width
    return total
