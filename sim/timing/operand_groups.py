"""Multipliers that share operands: placed in columns, they are far apart, and an operand has to reach all of them."""

from __future__ import annotations

from collections import Counter

from bxnn.sim.timing.flat_netlist import FlatNetlist


def operand_groups(netlist: FlatNetlist) -> dict[str, int]:
    """Number of multipliers that share operands with each, by name; itself counts, and sharing is transitive."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    first: dict[int, str] = {}
    for cell in netlist.cells.values():
        if cell.kind != "MULT18X18D":
            continue
        leader[cell.name] = cell.name
        for port in cell.pins:
            if port[0] in "AB" and port[1:].isdigit():
                for _, net in cell.nets(port):
                    leader[find(cell.name)] = find(first.setdefault(net, cell.name))
    sizes = Counter(find(name) for name in leader)
    return {name: sizes[find(name)] for name in leader}
