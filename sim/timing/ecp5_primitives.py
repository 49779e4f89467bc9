"""The effect of ECP5 primitives on a path, for the check of the analysis against a real router."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count

from bxnn.compiler.hardware.delays.ecp5_delays import Ecp5Delays
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.timing.elements import Arc, Delay, Element, End, Start, Step, elements_of, fixed
from bxnn.sim.timing.flat_netlist import Cell, FlatNetlist
from bxnn.sim.timing.operand_groups import operand_groups

_BESIDE_FF = frozenset(("CCU2C", "L6MUX21", "LUT4", "PFUMX"))
_BIT_INPUTS = tuple((letter, bit) for bit in (0, 1) for letter in "ABCD")


class Ecp5Primitives:
    """Delays of all cells of a netlist of ``synth_ecp5``; both estimates are the same.

    Args:
        netlist: The netlist.
        delays: Delays of the device.
    """

    def __init__(self, netlist: FlatNetlist, delays: Ecp5Delays) -> None:
        self.netlist, self.delays = netlist, delays
        self._groups = operand_groups(netlist)
        self._nodes = count(netlist.first_free)
        self._flip_flops = Counter(
            net for cell in netlist.cells.values() if cell.kind == "TRELLIS_FF" for _, net in cell.nets("DI")
        )
        chained = Counter(net for cell in netlist.cells.values() if cell.kind == "CCU2C" for _, net in cell.nets("CIN"))
        self._fed_out = {
            net
            for cell in netlist.cells.values()
            if cell.kind == "CCU2C"
            for _, net in cell.nets("COUT")
            if netlist.fan_out(net) > chained[net] or chained[net] > 1
        }
        self._handlers: dict[str, Callable[[Cell], Iterator[Element]]] = {
            "LUT4": self._lut,
            "PFUMX": self._multiplexer,
            "L6MUX21": self._multiplexer,
            "CCU2C": self._carry,
            "TRELLIS_FF": self._flip_flop,
            "TRELLIS_DPR16X4": self._lut_ram,
            "DP16KD": self._block_ram,
            "MULT18X18D": self._multiplier,
        }

    def elements(self) -> Iterator[Element]:
        """The elements of all cells, without those of ports."""
        return elements_of(self.netlist.cells.values(), self._handlers)

    def from_ports(self) -> Iterator[Start]:
        """None: paths of ports are not judged, since nextpnr does not count them in the clock period."""
        return iter(())

    def to_ports(self) -> Iterator[End]:
        """None, for the same reason."""
        return iter(())

    def route(self, net: int, to_carry: bool = False) -> Delay:
        """A net through the fabric."""
        driver = self.netlist.drivers.get(net)
        if driver is not None and driver.kind == "MULT18X18D":
            return fixed(self.delays.route.dsp_out)
        cells = len(self.netlist.cells)
        return fixed(self.delays.route.general(max(self.netlist.fan_out(net), 1), cells, to_carry))

    def _lut(self, cell: Cell) -> Iterator[Element]:
        ((_, target),) = cell.nets("Z")
        for port in "ABCD":
            for _, net in cell.nets(port):
                yield Arc(net, target, self.route(net).plus(self.delays.lut.lut), Step.LEVEL)

    def _multiplexer(self, cell: Cell) -> Iterator[Element]:
        """PFUMX and L6MUX21 are beside the LUTs from which they select."""
        lut = self.delays.lut
        ((_, target),) = cell.nets("Z")
        wide = cell.kind == "L6MUX21"
        data = lut.l6mux_data if wide else lut.lut_to_pfumx
        for port in ("D0", "D1") if wide else ("ALUT", "BLUT"):
            for _, net in cell.nets(port):
                driver = self.netlist.drivers.get(net)
                beside = driver is not None and driver.kind in _BESIDE_FF
                yield Arc(net, target, (fixed(0.0) if beside else self.route(net)).plus(data), Step.NONE)
        for _, net in cell.nets("SD" if wide else "C0"):
            delay = self.route(net).plus(lut.l6mux_select if wide else lut.pfumx_select)
            yield Arc(net, target, delay, Step.LEVEL)

    def _carry(self, cell: Cell) -> Iterator[Element]:
        """A carry has no way into the fabric: one that is read there leaves through the sum of a cell of the router.

        The rest of the chain begins at an input of that cell, which its own sum drives.
        """
        carry = self.delays.carry
        for letter, bit in _BIT_INPUTS:
            for _, net in cell.nets(f"{letter}{bit}"):
                route = self.route(net, to_carry=True)
                through = {f"S{bit}": carry.in_to_s, "COUT": carry.in_to_cout}
                if bit == 0:
                    through["S1"] = carry.in_to_s1
                for out, ns in through.items():
                    for _, target in cell.nets(out):
                        yield Arc(net, target, route.plus(ns + self._left(out, target)), Step.CARRY)
        for _, net in cell.nets("CIN"):
            driver = self.netlist.drivers.get(net)
            chained = driver is not None and driver.kind == "CCU2C"
            if net in self._fed_out:
                route = self.route(net).plus(carry.in_to_cout)
            else:
                route = fixed(0.0) if chained else self.route(net, to_carry=True)
            for out, ns in (("S0", carry.cin_to_s0), ("S1", carry.cin_to_s1), ("COUT", carry.cin_to_cout)):
                for _, target in cell.nets(out):
                    yield Arc(
                        net, target, route.plus(ns + self._left(out, target)), Step.NONE if chained else Step.CARRY
                    )

    def _left(self, out: str, net: int) -> float:
        """What a carry takes into the fabric, if it is read there; ns."""
        return self.delays.carry.cin_to_s0 if out == "COUT" and net in self._fed_out else 0.0

    def _flip_flop(self, cell: Cell) -> Iterator[Element]:
        ff = self.delays.ff
        yield from (Start(net, ff.clk_q) for _, net in cell.nets("Q"))
        for port in ("DI", "M"):
            for _, net in cell.nets(port):
                driver = self.netlist.drivers.get(net)
                beside = driver is not None and driver.kind in _BESIDE_FF and self._flip_flops[net] == 1
                route = fixed(self.delays.route.to_ff) if beside else self.route(net)
                yield End(net, route.plus(ff.setup_d), cell.name, port, PathClass.DATA)
        for port, setup in (("CE", ff.setup_ce), ("LSR", ff.setup_lsr)):
            yield from self._ends(cell, port, setup, PathClass.CONTROL)

    def _lut_ram(self, cell: Cell) -> Iterator[Element]:
        memory = self.delays.memory
        for _, target in cell.nets("DO"):
            yield Start(target, memory.lutram_clk_out)
            for _, net in cell.nets("RAD"):
                yield Arc(net, target, self.route(net).plus(self.delays.lut.lut), Step.LEVEL)
        for port, setup in (("DI", 0.0), ("WAD", 0.0), ("WRE", memory.lutram_setup_we)):
            yield from self._ends(cell, port, setup, PathClass.MEMORY)

    def _block_ram(self, cell: Cell) -> Iterator[Element]:
        for port in cell.pins:
            if port in cell.outputs:
                yield from (Start(net, self.delays.memory.bram_clk_out) for _, net in cell.nets(port))
            elif not cell.clocks(port):
                yield from self._ends(cell, port, self.delays.memory.bram_setup, PathClass.MEMORY)

    def _multiplier(self, cell: Cell) -> Iterator[Element]:
        """Every bit of P depends on every bit of A and B."""
        route = fixed(self.delays.route.to_multiplier(self._groups[cell.name]))
        operands = [net for port in cell.pins if port[0] in "AB" and port[1:].isdigit() for _, net in cell.nets(port)]
        results = [net for port in cell.pins if port[0] == "P" and port[1:].isdigit() for _, net in cell.nets(port)]
        node = next(self._nodes)
        for net in operands:
            yield Arc(net, node, route.plus(self.delays.multiplier.through), Step.NONE)
        yield from (Arc(node, net, fixed(0.0), Step.NONE) for net in results)

    def _ends(self, cell: Cell, port: str, setup: float, kind: PathClass) -> Iterator[End]:
        for _, net in cell.nets(port):
            yield End(net, self.route(net).plus(setup), cell.name, port, kind)
