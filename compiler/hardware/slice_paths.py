"""The paths into and out of DSP slices that share operands, weights and control."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.hardware.delays.path_delay import Delay, Entry, HardwarePaths, PathDelay, slowest
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.multiplexer_paths import first_phase, next_phase, restarts
from bxnn.compiler.hardware.operand_choice import OperandChoice
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.hardware.tree_paths import TreePaths
from bxnn.compiler.hardware.weight_banks import LayerLoad
from bxnn.compiler.hardware.weight_register_paths import register_paths, set_paths, started

_WIDE_PORT = 30  # pins of the A port
_NARROW_PORT = 18  # pins of the B port
_SUM_PORT = 48  # pins of C


@dataclass(frozen=True)
class SlicePaths:
    """The paths of all slices of a layer.

    Attributes:
        operand_bits: Bits of the operand that a slice multiplies.
        weight_bits: Bits of the weight.
        readers: Largest number of slices that read an input element.
        enabled: Slices that load an operand at once.
        phases: Phases of an event.
        counted: Most loads of a bit of a counter of the registers with the weights.
        begun: Loads of the valid that starts those counters.
        alike: Most bits of weights that such a register drives.
        started: Most bits of constants that one drives.
        addressed: Most loads of a bit of a phase that switches operands.
        copies: Copies of the control, with a counter each if a phase switches operands.
        choice: Between which operands slices switch; ``None`` if they always have the same one.
        in_fabric: Bits of sums whose adders are outside the slices; 0 if none.
        inverted: Whether LUTs invert signs of packed operands.
        tree: The tree after the slices.
        load: The memories of weights that are loaded at run time; ``None`` if all are constants.
        sets: Sets of weights of which the tag of an event chooses one.
        set_registers: Most registers with the number of the set that change at once.
        max_fanout: Most loads of a valid, or of its copies; ``None`` if it has no copies.
    """

    operand_bits: int
    weight_bits: int
    readers: int
    enabled: int
    phases: int
    counted: int
    begun: int
    alike: int
    started: int
    addressed: int
    copies: int
    choice: OperandChoice | None
    in_fabric: int
    inverted: bool
    tree: TreePaths
    load: LayerLoad | None = None
    sets: int = 1
    set_registers: int = 0
    max_fanout: int | None = None

    def paths(self, technology: Technology, loads: int) -> HardwarePaths:
        """The slowest paths; see ``Binding.paths``."""
        tree = self.tree.paths(technology, loads)
        start = self._start(technology)
        inner = [*self._inner(technology, start), *tree.inner]
        for entry in tree.entries:
            inner.append(PathDelay(entry.kind, start + technology.net(entry.sinks) + entry.delay))
        out = tree.exit
        if tree.through is not None and self.tree.levels:
            out = start + technology.net(tree.through.sinks) + tree.through.delay
        elif tree.through is not None:
            out = start + _sign(self.tree.inverted, technology)
        return HardwarePaths(self._entries(technology), tuple(inner), out, valid=self._valid(technology))

    def _lookups(self, technology: Technology) -> tuple[PathDelay, ...]:
        """From counters to the registers with weights."""
        if self.sets > 1:
            return set_paths(self.phases, self.sets, self.counted, self._begun, self.set_registers, technology)
        if self.load is None or self.counted:
            return register_paths(self.phases, self.counted, self._begun, technology)
        return ()

    @property
    def _begun(self) -> int:
        """Most loads of the valid of an event, or of a copy of it."""
        return min(self._started, self.max_fanout or self._started)

    @property
    def _started(self) -> int:
        """Loads of the valid of an event if it has no copies: the copies of the control read it as well."""
        return self.begun + (self.copies - 1 if self.choice is None else restarts(self.phases, self.copies))

    def _valid(self, technology: Technology) -> tuple[Entry, ...]:
        """From the net of valid, into the counters of the weights and of the phases that switch operands."""
        found = []
        if self.phases > 1 and self.sets == 1 and self.begun > 0:
            found.append(started(self.phases, self.counted, self._started, technology))
        if self.choice is not None:
            found.append(Entry(PathClass.CONTROL, self._started, first_phase(self.phases, technology)))
        return tuple(sorted(found, key=lambda entry: entry.delay.ns)[-1:])

    def _start(self, technology: Technology) -> Delay:
        """From the registers of the sums."""
        sums = Delay(technology.fabric.dsp.clk_p)
        return slowest((sums, technology.start)) if self.in_fabric else sums

    @property
    def operand_pins(self) -> int:
        """Most pins of a slice that a bit of an operand drives."""
        return self._pins(self.operand_bits, self.weight_bits)

    def _pins(self, own: int, other: int) -> int:
        """Pins that the sign of an operand drives: synthesis puts the wider one on the wider port."""
        return (_WIDE_PORT if own >= other else _NARROW_PORT) - own + 1

    def _entries(self, technology: Technology) -> tuple[Entry, ...]:
        setup = Delay(technology.fabric.dsp.setup_a)
        pins = self._pins(self.operand_bits, self.weight_bits)
        if self.choice is not None:
            chosen = self.choice.from_word(technology) + _sign(self.inverted, technology) + technology.net(pins) + setup
            return (Entry(PathClass.DSP_OPERAND, self.readers * self.choice.word_loads, chosen),)
        direct = Entry(PathClass.DSP_OPERAND, self.readers * pins + 1, setup)
        if not self.inverted:
            return (direct,)
        return direct, Entry(PathClass.DSP_OPERAND, 1, technology.luts(1) + technology.net(self.readers) + setup)

    def _inner(self, technology: Technology, sums: Delay) -> list[PathDelay]:
        dsp, start = technology.fabric.dsp, technology.start
        found = [
            PathDelay(PathClass.DSP_CONTROL, start + technology.net(self.enabled + 1) + Delay(dsp.setup_ce)),
            PathDelay(PathClass.DSP_CONTROL, start + technology.net(self.enabled + 1) + Delay(dsp.alu + dsp.setup_p)),
            PathDelay(PathClass.DSP_SUM, sums + technology.net(_SUM_PORT) + Delay(dsp.alu + dsp.setup_p)),
        ]
        if self.phases > 1 or self.sets > 1 or self.load is not None:
            pins = self.alike * self._pins(self.weight_bits, self.operand_bits)
            started = max(self.started, int(self.load is not None))
            word, constant = start + technology.net(pins), start + technology.net(started * _SUM_PORT)
            found += [
                *self._lookups(technology),
                *(() if self.load is None else self.load.paths(technology)),
                PathDelay(PathClass.DSP_OPERAND, word + Delay(dsp.setup_b)),
                PathDelay(PathClass.DSP_SUM, constant + Delay(dsp.setup_c)),
            ]
        if self.choice is not None:
            pins = self._pins(self.operand_bits, self.weight_bits)
            addressed = start + technology.net(self.addressed)
            chosen = addressed + self.choice.from_phase(technology) + _sign(self.inverted, technology)
            found.append(PathDelay(PathClass.DSP_OPERAND, chosen + technology.net(pins) + Delay(dsp.setup_a)))
            restarted = start + technology.net(self._begun) + first_phase(self.phases, technology)
            counted = addressed + next_phase(self.phases, technology)
            found += (PathDelay(PathClass.CONTROL, delay) for delay in (counted, restarted))
        if self.in_fabric:
            # The register of the sum is outside as well: a registered product leaves through the adder of its slice.
            product = Delay(dsp.m_clk + dsp.alu + dsp.alu_to_p) + technology.net(2) + technology.adders(self.in_fabric)
            found.append(PathDelay(PathClass.DATA, product + technology.sum_into_register))
        return found


def _sign(inverted: bool, technology: Technology) -> Delay:
    """Through the LUT that inverts a sign of packed operands or sums: what follows may be mapped apart from it."""
    return technology.net(1) + technology.luts(1) if inverted else Delay()
