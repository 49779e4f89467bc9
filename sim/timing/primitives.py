"""What every primitive of an AMD device does to a path: where paths start, go on, and end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from bxnn.compiler.hardware.delays.clock_limits import ClockLimits
from bxnn.compiler.hardware.delays.fabric_delays import FabricDelays
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.lut_memories import LUT_MEMORIES
from bxnn.sim.timing.carry_blocks import CarryBlocks
from bxnn.sim.timing.dsp_slices import DspSlices
from bxnn.sim.timing.elements import Arc, Element, End, Start, Step, elements_of
from bxnn.sim.timing.flat_netlist import Cell, FlatNetlist
from bxnn.sim.timing.memories import Memories
from bxnn.sim.timing.routes import Routes


class Primitives:
    """Delays of all cells of a netlist, and of the registers assumed around it.

    Args:
        netlist: The netlist.
        delays: Delays of the device.
        limits: The fastest clocks of the device.
    """

    def __init__(self, netlist: FlatNetlist, delays: FabricDelays, limits: ClockLimits) -> None:
        self.netlist, self.delays = netlist, delays
        self.routes = Routes(netlist, delays)
        slices = DspSlices(delays.dsp, limits, self.routes, count(netlist.first_free))
        memories = Memories(delays, self.routes)
        self._handlers: dict[str, Callable[[Cell], Iterator[Element]]] = {
            **dict.fromkeys(("INV", *(f"LUT{inputs}" for inputs in range(1, 7))), self._lut),
            **dict.fromkeys(("MUXF7", "MUXF8"), self._wide_multiplexer),
            **dict.fromkeys(("CARRY4", "CARRY8"), lambda _: iter(())),
            **dict.fromkeys(("FDCE", "FDPE", "FDRE", "FDSE"), self._flip_flop),
            **dict.fromkeys(("DSP48E1", "DSP48E2"), slices.elements),
            **dict.fromkeys(LUT_MEMORIES, memories.lut_ram),
            **dict.fromkeys(("SRL16E", "SRLC32E"), memories.shift_register),
            **dict.fromkeys(("RAMB18E1", "RAMB18E2", "RAMB36E1", "RAMB36E2"), memories.block_ram),
        }

    def elements(self) -> Iterator[Element]:
        """The elements of all cells, without those of ports."""
        yield from elements_of(self.netlist.cells.values(), self._handlers)
        yield from CarryBlocks(self.netlist, self.delays.carry, self.routes).arcs()

    def from_ports(self) -> Iterator[Start]:
        """Input ports, driven by flip-flops outside."""
        for nets in self.netlist.inputs.values():
            yield from (Start(net, self.delays.ff.clk_q) for net in nets)

    def to_ports(self) -> Iterator[End]:
        """Output ports, read by flip-flops outside."""
        for name, nets in self.netlist.outputs.items():
            for net in nets:
                delay = self.routes.to_flip_flop(net).plus(self.delays.ff.setup_d)
                yield End(net, delay, name, "", PathClass.OUTPUT_PORT)

    def _lut(self, cell: Cell) -> Iterator[Element]:
        ((_, target),) = cell.nets("O")
        for port in cell.pins.keys() - {"O"}:
            for _, net in cell.nets(port):
                yield Arc(net, target, self.routes.general(net).plus(self.delays.lut.mean), Step.LEVEL)

    def _wide_multiplexer(self, cell: Cell) -> Iterator[Element]:
        wide = self.delays.muxf7 if cell.kind == "MUXF7" else self.delays.muxf8
        ((_, target),) = cell.nets("O")
        for port in ("I0", "I1"):
            for _, net in cell.nets(port):
                yield Arc(net, target, self.routes.to_wide_multiplexer(net).plus(wide.data), Step.LEVEL)
        for _, net in cell.nets("S"):
            yield Arc(net, target, self.routes.general(net).plus(wide.select), Step.LEVEL)

    def _flip_flop(self, cell: Cell) -> Iterator[Element]:
        ff = self.delays.ff
        yield from (Start(net, ff.clk_q) for _, net in cell.nets("Q"))
        for _, net in cell.nets("D"):
            yield End(net, self.routes.to_flip_flop(net).plus(ff.setup_d), cell.name, "D", PathClass.DATA)
        setups = (("CE", ff.setup_ce), ("R", ff.setup_r), ("S", ff.setup_r), ("CLR", ff.setup_r), ("PRE", ff.setup_r))
        for port, setup in setups:
            for _, net in cell.nets(port):
                yield End(net, self.routes.general(net).plus(setup), cell.name, port, PathClass.CONTROL)
