"""Where the valid of an event has copies, so that no register of it has more loads than `max_fanout`.

A copy is a register like the valid itself, so it is loaded a cycle earlier: copies come from the valid of an earlier
layer or converter, through `bxnn_valid_copies`. What takes the valid of a port has none: nothing comes before that. In
the tiles and the tail of a streaming network, a valid comes before that of the inputs (`Schedule.valid_lead`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bxnn.compiler.hardware.layout_converter import LayoutConverter
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.valid_loads import ValidLoads, stage_registers

SignalKey = tuple[object, ...]  # a tensor, and the converters after it
EARLY: SignalKey = ()  # the valid that comes before that of the inputs

_FEW = 8  # shares of max_fanout: most registers of the first cycle that a valid drives besides its own loads


@dataclass(frozen=True)
class ValidCopies:
    """Copies of a valid for one layer or converter.

    Attributes:
        source: The signal whose valid they delay.
        cycles: By how many cycles.
        shares: Copies for every share of the loads.
        max_fanout: Most loads of a register.
    """

    source: SignalKey
    cycles: int
    shares: tuple[int, ...]
    max_fanout: int

    @property
    def count(self) -> int:
        """Copies in all."""
        return sum(self.shares)

    @property
    def registers(self) -> int:
        """Flip-flops, those of earlier cycles included."""
        return sum(self._stages)

    @property
    def first_loads(self) -> int:
        """Registers that the source drives."""
        return self._stages[0]

    @property
    def _stages(self) -> tuple[int, ...]:
        return stage_registers(self.cycles, self.count, self.max_fanout)


@dataclass(frozen=True)
class _Reader:
    """What reads a valid.

    Attributes:
        step: Number of its layer among the steps of the schedule; their number for what is at the ports.
        key: The signal that it writes.
        source: The signal that it reads.
        loads: What its valid drives; ``None`` if that has few loads.
    """

    step: int
    key: SignalKey
    source: SignalKey
    loads: ValidLoads | None


class ValidWiring:
    """The copies of all valids of a schedule.

    Args:
        schedule: The hardware; its graph is that which was scheduled.

    Attributes:
        copies: By the signal that the layer or converter writes.
        uncopied: Loads of the valid in every cycle in which it has more than ``max_fanout`` and no copies.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule, self._tensors = schedule, schedule.graph.tensors()
        self._cycles: dict[SignalKey, int] = {(name,): schedule.entry_cycles for name in schedule.graph.inputs}
        self._before: dict[SignalKey, SignalKey] = {}
        if schedule.valid_lead:
            self._before = {(name,): EARLY for name in schedule.graph.inputs}
            self._cycles[EARLY] = schedule.entry_cycles - schedule.valid_lead
        self.copies: dict[SignalKey, ValidCopies] = {}
        self.uncopied: dict[int, int] = {}
        self._steps: dict[SignalKey, int] = {}
        self._place(list(self._readers()))

    def registers(self, step: int) -> int:
        """Flip-flops of the copies for a layer and the converters before it, or for those at the output ports."""
        return sum(copies.registers for key, copies in self.copies.items() if self._steps[key] == step)

    @property
    def early_loads(self) -> int:
        """Registers that the valid before that of the inputs drives."""
        return sum(copies.first_loads for copies in self.copies.values() if copies.source == EARLY)

    def _readers(self) -> Iterator[_Reader]:
        """All that read valids, each after what writes its own."""
        schedule, built = self._schedule, set()
        chains: list[tuple[int, str, Sequence[LayoutConverter]]]
        for number, step in enumerate(schedule.steps):
            layer = schedule.graph.layer(step.layer)
            converters = step.converters or ((),) * len(layer.inputs)
            chains = [(number, name, own) for name, own in zip(layer.inputs, converters, strict=True)]
            for reader in self._of_chains(chains):
                if reader.key not in built:
                    built.add(reader.key)
                    yield reader
            source = signal_keys(layer.inputs[0], converters[0])[-1]
            key: SignalKey = (step.layer,)
            self._cycles[key], self._before[key] = step.end_cycle, source
            yield _Reader(number, key, source, step.binding.valid_loads(schedule.max_fanout))
        ends = zip(schedule.graph.outputs, schedule.output_converters, strict=True)
        yield from self._of_chains([(len(schedule.steps), name, own) for name, own in ends])

    def _of_chains(self, chains: Sequence[tuple[int, str, Sequence[LayoutConverter]]]) -> Iterator[_Reader]:
        for number, name, converters in chains:
            keys = signal_keys(name, converters)
            for source, key, converter in zip(keys, keys[1:], converters, strict=False):
                self._cycles[key], self._before[key] = self._cycles[source] + converter.latency_cycles, source
                loads = converter.valid_loads(self._tensors[name].bits, self._schedule.max_fanout)
                yield _Reader(number, key, source, loads)

    def _place(self, readers: Sequence[_Reader]) -> None:
        """From the last cycle to the first: copies are loads of an earlier valid."""
        most, further = self._schedule.max_fanout, defaultdict[int, int](int)
        by_cycle = defaultdict[int, list[tuple[_Reader, ValidLoads]]](list)
        for reader in readers:
            self._steps[reader.key] = reader.step
            if reader.loads is not None:
                by_cycle[self._cycles[reader.source]].append((reader, reader.loads))
        for cycle in sorted(by_cycle, reverse=True):
            found = by_cycle[cycle]
            total = sum(loads.loads for _, loads in found) + further[cycle]
            if total <= most:
                continue
            if cycle <= self._schedule.entry_cycles and not self._schedule.valid_lead:
                self.uncopied[cycle] = total
                continue
            for reader, loads in found:
                shares = loads.copies(most)
                if any(shares):
                    copies = self._copies(reader.source, shares)
                    self.copies[reader.key] = copies
                    further[self._cycles[copies.source]] += copies.first_loads

    def _copies(self, signal: SignalKey, shares: tuple[int, ...]) -> ValidCopies:
        """Copies of a valid from the latest earlier one that they load little."""
        cycle, source, most = self._cycles[signal], signal, self._schedule.max_fanout
        while source in self._before:
            source = self._before[source]
            if self._cycles[source] < cycle:
                found = ValidCopies(source, cycle - self._cycles[source], shares, most)
                if found.first_loads <= most // _FEW:
                    break
        return found


def signal_keys(name: str, converters: Sequence[LayoutConverter]) -> list[SignalKey]:
    """A tensor as it is written, and after each converter; readers share converters that are equal up to there."""
    keys: list[SignalKey] = [(name,)]
    for converter in converters:
        keys.append((*keys[-1], converter.key))
    return keys
