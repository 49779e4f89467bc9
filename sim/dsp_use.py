"""How the DSP slices of a netlist are used: cascades, and registers left unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bxnn.sim.timing.places import LAYER, plain

_SLICES = frozenset(("DSP48E1", "DSP48E2", "DSP58"))
# Which port a register holds; the register of a port driven only by constants has nothing to hold.
_HELD_PORTS = {"AREG": "A", "BREG": "B", "CREG": "C", "DREG": "D", "OPMODEREG": "OPMODE", "MREG": "A", "PREG": "P"}

Cells = Iterable[Mapping[str, Any]]  # from yosys's JSON, with their names


@dataclass(frozen=True)
class UnusedRegister:
    """A register that some slices leave unused.

    Attributes:
        name: The parameter that selects it, such as ``MREG``.
        slices: Number of these slices.
        layers: Layers of the graph that contain them.
    """

    name: str
    slices: int
    layers: tuple[str, ...]


@dataclass(frozen=True)
class DspUse:
    """How the slices of a design are used.

    Attributes:
        cascaded: Slices that take PCIN from the slice below.
        unused: Unused registers.
    """

    cascaded: int
    unused: tuple[UnusedRegister, ...]


def dsp_use(cells: Cells) -> DspUse:
    """How the DSP slices of a module are used."""
    slices = [cell for cell in cells if cell["type"] in _SLICES]
    cascades = {net for cell in slices for net in _wires(cell, "PCOUT")}
    unused: Counter[str] = Counter()
    layers: dict[str, set[str]] = {}
    for cell in slices:
        for register, port in _HELD_PORTS.items():
            if _wires(cell, port) and not _number(cell, register):
                unused[register] += 1
                layers.setdefault(register, set()).add(_layer(cell["name"]))
    found = (UnusedRegister(name, unused[name], tuple(sorted(layers[name]))) for name in _HELD_PORTS if unused[name])
    return DspUse(sum(not cascades.isdisjoint(_wires(cell, "PCIN")) for cell in slices), tuple(found))


def _wires(cell: Mapping[str, Any], port: str) -> set[int]:
    return {net for net in cell["connections"].get(port, ()) if isinstance(net, int)}


def _number(cell: Mapping[str, Any], register: str) -> int:
    """A register's parameter, in binary; by default the register is used."""
    return int(str(cell["parameters"].get(register, "1")), 2)


def _layer(name: str) -> str:
    return plain(name).split(".", maxsplit=1)[0].removeprefix(LAYER)
