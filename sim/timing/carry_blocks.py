"""Delays through carry chains: yosys writes CARRY4s, two of which are the halves of a CARRY8."""

from __future__ import annotations

from collections.abc import Iterator

from bxnn.compiler.hardware.delays.fabric_delays import CarryDelays
from bxnn.sim.timing.elements import Arc, Delay, Step, fixed
from bxnn.sim.timing.flat_netlist import Cell, FlatNetlist
from bxnn.sim.timing.routes import Routes

_WRITTEN = {"CARRY4": 4, "CARRY8": 8}
# Share of the delay of a whole block that its first bit takes; it then grows linearly with the bits.
# Source: RapidWright's arcs, S0 to O3 0.139 and to O7 0.241 ns; CI to O3 0.082 and to O7 0.116 ns.
_FIRST_S = 0.26
_FIRST_CI = 0.49


class CarryBlocks:
    """The arcs of all carry chains, one block of the device after another.

    Args:
        netlist: The netlist.
        delays: Delays of the device's carry block.
        routes: Routes of the netlist.
    """

    def __init__(self, netlist: FlatNetlist, delays: CarryDelays, routes: Routes) -> None:
        self.netlist, self.delays, self.routes = netlist, delays, routes

    def arcs(self) -> Iterator[Arc]:
        """The arcs of all chains."""
        cells = [cell for cell in self.netlist.cells.values() if cell.is_carry]
        before = {cell.name: self._before(cell) for cell in cells}
        after: dict[str, list[Cell]] = {}
        for cell in cells:
            previous = before[cell.name]
            if previous is not None:
                after.setdefault(previous.name, []).append(cell)
        for first in (cell for cell in cells if before[cell.name] is None):
            waiting = [first]
            while waiting:
                block, ends = self._block(waiting.pop(), after)
                yield from self._through(block)
                waiting += ends

    def _block(self, cell: Cell, after: dict[str, list[Cell]]) -> tuple[list[Cell], list[Cell]]:
        """The cells from this one on that make up one block of the device, and those that follow it."""
        block = [cell]
        while sum(_WRITTEN[part.kind] for part in block) < self.delays.bits:
            following = after.get(block[-1].name, [])
            if len(following) != 1:
                return block, following
            block.append(following[0])
        return block, after.get(block[-1].name, [])

    def _through(self, block: list[Cell]) -> Iterator[Arc]:
        sinks: list[tuple[int, str, int]] = []
        sources: list[tuple[int, str, int, bool]] = []
        for number, cell in enumerate(block):
            low = sum(_WRITTEN[part.kind] for part in block[:number])
            sinks += [(low + bit, port, net) for port in ("O", "CO") for bit, net in cell.nets(port)]
            sources += [(low + bit, port, net, False) for port in ("S", "DI") for bit, net in cell.nets(port)]
            sources += [(low, "CYINIT", net, False) for _, net in cell.nets("CYINIT")]
            sources += [(low, "CI", net, number > 0 or self._before(cell) is not None) for _, net in cell.nets("CI")]
        for bit, port, net, chained in sources:
            if port == "CI" and chained and bit > 0:
                continue  # inside the block: covered by the arcs below
            route = fixed(0.0) if chained else self.routes.to_carry(net, port)
            step = Step.NONE if chained else Step.CARRY
            for position, out, target in sinks:
                through = self._ns(port, bit, out, position)
                if through is not None:
                    yield Arc(net, target, Delay(route[0] + through, route[1] + through), step)

    def _ns(self, port: str, bit: int, out: str, position: int) -> float | None:
        """Delay from an input at one bit of a block to an output at another, ``None`` if there is no such arc."""
        if position < bit or (port == "DI" and out == "O" and position == bit):
            return None
        span = (position - bit) / (self.delays.bits - 1)
        if port in ("CI", "CYINIT"):
            ends = self.delays.ci_to_o * (_FIRST_CI + (1 - _FIRST_CI) * span)
            return self.delays.ci_pin + (ends if out == "O" else self.delays.ci_to_co)
        whole = self.delays.s_to_o if out == "O" else self.delays.s_to_co
        return whole * (_FIRST_S + (1 - _FIRST_S) * span)

    def _before(self, cell: Cell) -> Cell | None:
        """The cell whose carry-out a cell continues."""
        for _, net in cell.nets("CI"):
            driver = self.netlist.drivers.get(net)
            if driver is not None and driver.is_carry and driver.pins["CO"][-1] == net:
                return driver
        return None
