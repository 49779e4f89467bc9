"""Delays of DSP48E1 and DSP48E2 slices, stage by stage, with the registers that each slice uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from bxnn.compiler.hardware.delays.clock_limits import ClockLimits, DspRegisters
from bxnn.compiler.hardware.delays.dsp_delays import DspDelays
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.timing.elements import Arc, Element, End, Start, Step, fixed
from bxnn.sim.timing.flat_netlist import Cell
from bxnn.sim.timing.routes import Routes

_OPERANDS = ("A", "B", "D", "ACIN", "BCIN")
_CASCADED = frozenset(("ACIN", "BCIN", "PCIN", "CARRYCASCIN", "MULTSIGNIN"))


class DspSlices:
    """The stages operand, product and sum of every slice; an unused register merges its neighbours.

    Args:
        delays: Delays of a slice.
        limits: The fastest clocks by registers in use.
        routes: Routes of the netlist.
        nodes: Numbers for nodes inside slices; none is a net.
    """

    def __init__(self, delays: DspDelays, limits: ClockLimits, routes: Routes, nodes: count[int]) -> None:
        self.delays, self.limits, self.routes, self._nodes = delays, limits, routes, nodes

    def elements(self, cell: Cell) -> Iterator[Element]:
        """The elements of one slice."""
        operand, total = next(self._nodes), next(self._nodes)
        yield from self._operands(cell, operand)
        yield from self._sum(cell, total)
        yield from self._results(cell, operand, total)
        for port in cell.pins:
            if port.startswith(("CE", "RST")):
                yield from self._ends(cell, port, self.delays.setup_ce, PathClass.DSP_CONTROL)

    def _operands(self, cell: Cell, operand: int) -> Iterator[Element]:
        """A, B, D and INMODE, with the paths inside the slice that their registers start."""
        dsp = self.delays
        after = self._operand_to_register(cell)
        for port in (*_OPERANDS, "INMODE"):
            setup = dsp.setup_b if port.startswith("B") else dsp.setup_a
            kind = PathClass.DSP_OPERAND
            if port == "INMODE":
                setup, kind = dsp.setup_control, PathClass.DSP_CONTROL
            registered = cell.number("INMODEREG" if port == "INMODE" else f"{port[0]}REG", 1) != 0
            if registered:
                yield from self._ends(cell, port, setup, kind)
            elif after is None:
                yield from self._arcs(cell, port, operand, dsp.in_to_stage)
            else:
                yield from self._ends(cell, port, dsp.in_to_stage + after, kind)
            if registered and any(cell.nets(port)):
                start = operand if after is None else next(self._nodes)
                yield Start(start, dsp.reg_clk)
                if after is not None:
                    yield End(start, fixed(after), cell.name, port, PathClass.DSP_SLICE)
        for port in ("ACOUT", "BCOUT"):
            yield from (Start(net, dsp.reg_clk) for _, net in cell.nets(port))

    def _sum(self, cell: Cell, total: int) -> Iterator[Element]:
        """C, the cascade, and the controls of the post-adder."""
        dsp = self.delays
        for port in ("C", "PCIN", "CARRYCASCIN", "MULTSIGNIN", "OPMODE", "ALUMODE", "CARRYIN", "CARRYINSEL"):
            is_sum = port == "C" or port in _CASCADED
            kind = PathClass.DSP_SUM if is_sum else PathClass.DSP_CONTROL
            if port not in _CASCADED and cell.number(f"{port}REG", 1):
                yield from self._ends(cell, port, dsp.setup_c if is_sum else dsp.setup_control, kind)
                continue
            through = dsp.pcin_to_alu if port in _CASCADED else dsp.alu
            if cell.number("PREG", 1):
                yield from self._ends(cell, port, through + dsp.setup_p, kind)
            else:
                yield from self._arcs(cell, port, total, through)

    def _results(self, cell: Cell, operand: int, total: int) -> Iterator[Element]:
        """P and PCOUT, the product before them, and the limits of the data sheet."""
        dsp = self.delays
        last, pipelined = cell.number("PREG", 1) != 0, cell.number("MREG", 1) != 0
        if pipelined:
            start = next(self._nodes) if last else total
            yield Start(start, dsp.m_clk + (0.0 if last else dsp.alu))
            if last:
                yield End(start, fixed(dsp.alu + dsp.setup_p), cell.name, "P", PathClass.DSP_SLICE)
        elif not last:
            yield Arc(operand, total, fixed(dsp.preadd + dsp.mult + dsp.m_transparent + dsp.alu), Step.NONE)
        for port, clk, through in (("P", dsp.clk_p, dsp.alu_to_p), ("PCOUT", dsp.clk_pcout, dsp.alu_to_pcout)):
            for _, net in cell.nets(port):
                yield Start(net, clk) if last else Arc(total, net, fixed(through), Step.NONE)
        limit = self.limits.of_slice(registers_of(cell))
        if limit is not None:
            node = next(self._nodes)
            yield from (Start(node, 0.0), End(node, fixed(1000.0 / limit), cell.name, "F_MAX", PathClass.DSP_SLICE))

    def _operand_to_register(self, cell: Cell) -> float | None:
        """From an operand to the next register; ``None`` if there is none before P."""
        dsp = self.delays
        product = dsp.preadd + dsp.mult
        if cell.number("MREG", 1):
            return product
        return product + dsp.m_transparent + dsp.alu + dsp.setup_p if cell.number("PREG", 1) else None

    def _arcs(self, cell: Cell, port: str, node: int, ns: float) -> Iterator[Arc]:
        for net in {net for _, net in cell.nets(port)}:
            route = fixed(self.routes.delays.bound.pcout_pcin) if port in _CASCADED else self.routes.general(net)
            yield Arc(net, node, route.plus(ns), Step.NONE)

    def _ends(self, cell: Cell, port: str, setup: float, kind: PathClass) -> Iterator[End]:
        for net in {net for _, net in cell.nets(port)}:
            route = fixed(self.routes.delays.bound.pcout_pcin) if port in _CASCADED else self.routes.general(net)
            yield End(net, route.plus(setup), cell.name, port, kind)


def registers_of(cell: Cell) -> DspRegisters:
    """Which registers of a slice are in use, as distinguished by data sheets."""
    pipelined = cell.number("MREG", 1) != 0
    adds = cell.parameters.get("USE_DPORT") == "TRUE" or cell.parameters.get("AMULTSEL") == "AD"
    if adds and not cell.number("ADREG", 1):
        return DspRegisters.NO_ADREG if pipelined else DspRegisters.NO_PIPELINE
    return DspRegisters.ALL if pipelined else DspRegisters.NO_MREG
