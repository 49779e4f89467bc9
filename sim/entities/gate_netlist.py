"""A netlist of simple gates and flip-flops from yosys, simulated for many runs at a time.

The value of a net is an integer: bit n is the net in run n. A gate is then one operation for all runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

Net = int | str  # a constant is text, as in yosys' JSON
Cell = Mapping[str, Any]

_GATES = {
    "$_AND_": "{A} & {B}",
    "$_OR_": "{A} | {B}",
    "$_XOR_": "{A} ^ {B}",
    "$_NOT_": "{A} ^ ALL",
    "$_BUF_": "{A}",
    "$_MUX_": "{A} ^ (({A} ^ {B}) & {S})",
}
_REGISTERS = ("$_DFF_P_", "$_FF_")  # of the one clock; a step of the simulation is a cycle
_INPUTS = ("A", "B", "S")


@dataclass(frozen=True)
class Register:
    """A flip-flop.

    Attributes:
        d: Its input.
        q: Its output.
        initial: ``0`` or ``1`` after power-up; ``None`` if it may be either.
    """

    d: Net
    q: Net
    initial: int | None


class GateNetlist:
    """A module of simple gates.

    Attributes:
        module: The module in yosys' JSON.
        registers: Its flip-flops.
    """

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.module = module
        cells = list(module["cells"].values())
        initial = _initial_values(module)
        self.registers = [
            Register(_net(cell, "D"), _net(cell, "Q"), initial.get(_net(cell, "Q")))
            for cell in cells
            if cell["type"] in _REGISTERS
        ]
        self._gates: dict[Net, Cell] = {_net(cell, "Y"): cell for cell in cells if cell["type"] in _GATES}
        known = {*_GATES, *_REGISTERS}
        self.others = [cell for cell in cells if cell["type"] not in known]

    def cone(self, nets: Sequence[Net]) -> list[Net]:
        """The gates that nets depend on in one cycle, by their outputs, each after what it reads."""
        reads: dict[Net, list[Net]] = {}
        waiting = list(nets)
        while waiting:
            net = waiting.pop()
            if net in self._gates and net not in reads:
                reads[net] = list(self._sources(net))
                waiting += reads[net]
        return [net for net in TopologicalSorter(reads).static_order() if net in reads]

    def depends(self, nets: Sequence[Net]) -> set[Net]:
        """All nets that nets depend on, in earlier cycles, too."""
        before = {register.q: register.d for register in self.registers}
        found: set[Net] = set()
        waiting = list(nets)
        while waiting:
            net = waiting.pop()
            if net in found:
                continue
            found.add(net)
            waiting += self._sources(net) if net in self._gates else [before[net]] if net in before else []
        return found

    def function(self, given: Sequence[Net], wanted: Sequence[Net]) -> Any:
        """A function of the values of ``given`` and of all runs' bits; it returns the values of ``wanted``.

        Nets that are neither given nor computed are 0.
        """
        names = {net: f"n{net}" for net in given}
        lines = ["def computed(given, ALL):"]
        if names:
            lines.append(f"    {', '.join(names[net] for net in given)}, = given")
        for net in self.cone(wanted):
            cell = self._gates[net]
            values = {pin: self._value(_net(cell, pin), names) for pin in _INPUTS if pin in cell["connections"]}
            lines.append(f"    n{net} = {_GATES[cell['type']].format(**values)}")
            names[net] = f"n{net}"
        lines.append(f"    return [{', '.join(self._value(net, names) for net in wanted)}]")
        scope: dict[str, Any] = {}
        exec("\n".join(lines), scope)  # gates that yosys wrote, no text of a user
        return scope["computed"]

    def _sources(self, net: Net) -> Iterator[Net]:
        cell = self._gates[net]
        yield from (_net(cell, pin) for pin in _INPUTS if pin in cell["connections"])

    @staticmethod
    def _value(net: Net, names: Mapping[Net, str]) -> str:
        if isinstance(net, str):
            return "ALL" if net == "1" else "0"
        return names.get(net, "0")


def _net(cell: Cell, pin: str) -> Net:
    (net,) = cell["connections"][pin]
    found: Net = net
    return found


def _initial_values(module: Mapping[str, Any]) -> dict[Net, int]:
    found: dict[Net, int] = {}
    for wire in module["netnames"].values():
        bits = wire["attributes"].get("init", "")
        for net, bit in zip(wire["bits"], reversed(bits), strict=False):
            if bit in "01":
                found[net] = int(bit)
    return found
