"""Compares every output bit and the cycle of every output with the prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.plural import counted
from bxnn.sim.bench.bits import BitVectors, unpack
from bxnn.sim.bench.findings import Difference, Findings, Sent
from bxnn.sim.bench.plan import Part

_KEPT_STRAYS = 64


@dataclass
class Scoreboard:
    """Receives accepted events, resets and observed outputs, in order of time.

    Attributes:
        interface: Ports and guaranteed timing.
        expected: Expected outputs of the pool of vectors, by output name.
        directed: Number of directed vectors at the beginning of the pool.
    """

    interface: Interface
    expected: Mapping[str, BitVectors]
    directed: int
    _due: dict[int, Sent] = field(default_factory=dict)
    _sent: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    _number: int = 0
    _received: int = 0
    _wrong: dict[int, Part] = field(default_factory=dict)
    _first: Difference | None = None
    _spurious: int = 0
    _strays: list[tuple[int, str, str]] = field(default_factory=list)
    _first_sent: tuple[int, int] | None = None
    _first_seen: int | None = None
    _window: tuple[int, int] | None = None
    _seen: list[int] = field(default_factory=list)
    _resets: list[int] = field(default_factory=list)
    _incomplete: list[tuple[int, str]] = field(default_factory=list)

    def accepted(self, vector: int, cycle: int, part: Part, last: int | None = None, tag: str = "") -> None:
        """The edge of ``cycle`` samples the first beat of this vector, that of ``last`` its last one and its tag."""
        last = cycle if last is None else last
        if self._first_sent is None:
            self._first_sent = cycle, last
        if part is Part.BACK_TO_BACK:
            self._window = (self._window[0] if self._window else cycle, cycle)
        due = last + self._promise
        waiting = {port.name for port in self.interface.outputs}
        self._due[due] = Sent(self._number, vector, part, due, waiting, tag)
        self._sent[part.user] += 1
        self._number += 1

    def incomplete(self, vector: int, last: int, sent: range) -> None:
        """Beats ``sent`` of a frame, fewer than all, were sent, the last of them in cycle ``last``."""
        text = f"{self.name(vector)} with beats {sent[0]} to {sent[-1]} of {self.interface.beats}"
        self._incomplete.append((last, text))

    def reset(self, cycle: int) -> None:
        """The rising edge of ``cycle`` samples `rst`: what is due later must never come out."""
        self._resets.append(cycle)
        for due in [due for due in self._due if due > cycle]:
            self._sent[self._due.pop(due).part.user] -= 1

    def observed(self, port: str, cycle: int, bits: str, tag: str = "") -> None:
        """The rising edge of ``cycle`` samples `out_valid` with these bits and tag; ignored before the first reset."""
        if not self._resets or cycle <= self._resets[0]:
            return
        if self._first_seen is None and self._first_sent is not None:
            self._first_seen = cycle
        if port == self.interface.outputs[0].name:
            self._seen.append(cycle)
        sent = self._due.get(cycle)
        if sent is None or port not in sent.waiting:
            self._spurious += 1
            if len(self._strays) < _KEPT_STRAYS:
                self._strays.append((cycle, port, bits))
            return
        if bits != self.expected[port][sent.vector]:
            self._wrong[sent.number] = sent.part
            self._note(Difference(cycle, sent.vector, self._wrong_value(sent, port, bits)))
        elif tag != sent.tag:
            self._wrong[sent.number] = sent.part
            where = f"out_tag, {self.name(sent.vector)} ({sent.part}), cycle {sent.due}"
            self._note(Difference(cycle, sent.vector, f"{where}: expected {sent.tag}, got {tag}"))
        sent.waiting.remove(port)
        if not sent.waiting:
            del self._due[cycle]
            self._received += 1

    def undefined(self, port: str, cycle: int, value: str) -> None:
        """The valid of ``port`` is neither 0 nor 1 right after a reset."""
        text = f"output {port}, cycle {cycle}: out_valid is {value!r} after reset, expected '0'"
        self._note(Difference(cycle, None, text))

    def finish(self) -> Findings:
        """Summarise, after the last output has had time to come out."""
        for sent in self._due.values():
            self._note(Difference(sent.due, sent.vector, self._missing(sent)))
        for cycle, port, _ in self._strays:
            self._note(Difference(cycle, None, self._stray(cycle, port)))
        wrong = self._wrong | {sent.number: sent.part for sent in self._due.values()}
        latency, from_last, interval = self._latency(), self._latency_from_last(), self._interval()
        events = self._sent[True] + self._sent[False]
        if self._first is None and interval not in (None, self.interface.initiation_interval):
            text = f"initiation interval: expected {self.interface.initiation_interval}, got {interval}"
            self._first = Difference(0, None, text)
        passed = self._first is None and not wrong and self._spurious == 0 and self._received == events > 0
        return Findings(
            events=self._sent[True],
            directed_events=self._sent[False],
            received=self._received,
            mismatches=len(wrong),
            directed_mismatches=sum(not part.user for part in wrong.values()),
            spurious=self._spurious,
            latency_cycles=latency,
            latency_from_last_beat_cycles=from_last,
            initiation_interval=interval,
            passed=passed and latency == self.interface.latency_cycles,
            first_difference=self._first.text if self._first else None,
            first_vector=self._first.vector if self._first else None,
        )

    def name(self, vector: int) -> str:
        """Description of an event."""
        if vector < self.directed:
            return f"directed event {vector}"
        return f"event {vector - self.directed}"

    def _note(self, difference: Difference) -> None:
        if self._first is None or difference.cycle < self._first.cycle:
            self._first = difference

    def _latency(self) -> int | None:
        if self._first_sent is None or self._first_seen is None:
            return None
        return self._first_seen - self._first_sent[0]

    def _latency_from_last(self) -> int | None:
        if self._first_sent is None or self._first_seen is None or not self.interface.streaming:
            return None
        return self._first_seen - self._first_sent[1]

    def _interval(self) -> int | None:
        """Smallest spacing of the outputs that the measured latency places in the back-to-back part."""
        latency = self._latency()
        if self._window is None or latency is None:
            return None
        first, last = self._window
        cycles = [cycle for cycle in self._seen if first + latency <= cycle <= last + latency]
        return min((late - early for early, late in pairwise(cycles)), default=None)

    def _port(self, name: str) -> Port:
        return next(port for port in self.interface.outputs if port.name == name)

    def _wrong_value(self, sent: Sent, name: str, bits: str) -> str:
        port = self._port(name)
        pairs = zip(unpack(self.expected[name][sent.vector], port), unpack(bits, port), strict=True)
        element, (expected, got) = next((e, pair) for e, pair in enumerate(pairs) if pair[0] != pair[1])
        where = f"output {name}, element {element}, {self.name(sent.vector)} ({sent.part}), cycle {sent.due}"
        return f"{where}: expected {expected}, got {got}"

    def _missing(self, sent: Sent) -> str:
        """Description of an event that is missing where it is due: it came in another cycle, or never."""
        name = min(sent.waiting)
        where = f"output {name}, {self.name(sent.vector)} ({sent.part})"
        expected = self.expected[name][sent.vector]
        reach = self.interface.latency_cycles + self.interface.initiation_interval
        same = [c for c, port, bits in self._strays if port == name and bits == expected and abs(c - sent.due) <= reach]
        if not same:
            return f"{where}: expected out_valid in cycle {sent.due}, but it never came"
        cycle = min(same, key=lambda found: abs(found - sent.due))
        latency = "latency from the last beat" if self.interface.streaming else "latency"
        return (
            f"{where}: expected out_valid in cycle {sent.due}, got it in cycle {cycle}"
            f" ({latency} {self._promise + cycle - sent.due}, predicted {self._promise})"
        )

    def _stray(self, cycle: int, name: str) -> str:
        """Description of an output that belongs to no event, unless an event is missing nearby."""
        reach = self.interface.latency_cycles + self.interface.initiation_interval
        bits = next(bits for c, port, bits in self._strays if (c, port) == (cycle, name))
        for sent in self._due.values():
            if abs(sent.due - cycle) <= reach and name in sent.waiting and bits == self.expected[name][sent.vector]:
                return self._missing(sent)
        before, what = self._last_upset(cycle)
        since = f"{counted(cycle - before, 'cycle')} after {what}"
        return f"output {name}, cycle {cycle}: expected no out_valid, got one ({since})"

    def _last_upset(self, cycle: int) -> tuple[int, str]:
        """The last reset or incomplete frame before a cycle, whichever is later."""
        upsets = [(reset, "a reset") for reset in self._resets] + self._incomplete
        return max((upset for upset in upsets if upset[0] <= cycle), default=(0, "the start"))

    @property
    def _promise(self) -> int:
        """Cycles from the last beat of an event to its output."""
        return self.interface.latency_cycles - (self.interface.beats - 1)
