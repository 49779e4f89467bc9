"""Delays of LUT memories, shift registers and block RAMs."""

from __future__ import annotations

from collections.abc import Iterator

from bxnn.compiler.hardware.delays.fabric_delays import BlockRamDelays, FabricDelays
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.lut_memories import LUT_MEMORIES
from bxnn.sim.timing.elements import Arc, Element, End, Start, Step
from bxnn.sim.timing.flat_netlist import Cell
from bxnn.sim.timing.routes import Routes


class Memories:
    """Everything that is written by a clock and read by address.

    Args:
        delays: Delays of the device.
        routes: Routes of the netlist.
    """

    def __init__(self, delays: FabricDelays, routes: Routes) -> None:
        self.delays, self.routes = delays, routes

    def lut_ram(self, cell: Cell) -> Iterator[Element]:
        """Distributed RAM; for a MUXF9, which the table does not have, the delay of a MUXF8 is taken."""
        ram, memory = self.delays.lutram, LUT_MEMORIES[cell.kind]
        wide = (self.delays.muxf7, self.delays.muxf8, self.delays.muxf8)[: memory.multiplexers]
        after = sum(each.data for each in wide)
        for port, address in memory.reads.items():
            for _, target in cell.nets(port):
                yield Start(target, ram.clk_out + after)
                for pin in memory.address_pins(address, cell.pins):
                    yield from self._read(cell, pin, target, after)
        for port in memory.data:
            yield from self._ends(cell, port, ram.setup_d, PathClass.MEMORY)
        for pin in memory.address_pins(memory.written, cell.pins):
            yield from self._ends(cell, pin, ram.setup_address, PathClass.MEMORY)
        yield from self._ends(cell, "WE", ram.setup_we, PathClass.MEMORY)

    def shift_register(self, cell: Cell) -> Iterator[Element]:
        """SRL16E or SRLC32E; the address selects its length."""
        srl = self.delays.srl
        for port in ("Q", "Q31"):
            yield from (Start(net, srl.clk_out) for _, net in cell.nets(port))
        for _, target in cell.nets("Q"):
            for address in ("A", "A0", "A1", "A2", "A3"):
                yield from self._read(cell, address, target)
        yield from self._ends(cell, "D", srl.setup_d, PathClass.DATA)
        yield from self._ends(cell, "CE", srl.setup_ce, PathClass.CONTROL)

    def block_ram(self, cell: Cell) -> Iterator[Element]:
        """RAMB18 or RAMB36 in either family."""
        ram = self.delays.bram
        for port in cell.pins:
            if port in cell.outputs:
                # DOADO and DOUTADOUT belong to port A, DOBDO and DOUTBDOUT to port B; parity pins likewise.
                side = "DOB_REG" if port.startswith(("DOB", "DOPB", "DOUTB", "DOUTPB")) else "DOA_REG"
                clk_out = ram.clk_out_reg if cell.number(side, 0) else ram.clk_out
                yield from (Start(net, clk_out) for _, net in cell.nets(port))
            elif not cell.clocks(port):
                yield from self._ends(cell, port, _setup(ram, port), PathClass.MEMORY)

    def _read(self, cell: Cell, address: str, target: int, after: float = 0.0) -> Iterator[Arc]:
        """Through the LUT and what follows it."""
        for _, net in cell.nets(address):
            yield Arc(net, target, self.routes.general(net).plus(self.delays.lut.mean + after), Step.LEVEL)

    def _ends(self, cell: Cell, port: str, setup: float, kind: PathClass) -> Iterator[End]:
        for _, net in cell.nets(port):
            yield End(net, self.routes.general(net).plus(setup), cell.name, port, kind)


def _setup(ram: BlockRamDelays, port: str) -> float:
    if "ADDR" in port:
        return ram.setup_address
    if port.startswith("WE"):
        return ram.setup_we
    if port.startswith("REGCE"):
        return ram.setup_regce
    return ram.setup_d if port.startswith("DI") else ram.setup_en
