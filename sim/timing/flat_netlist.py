"""A module of yosys's JSON as a graph of nets: what drives each, and how many pins read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_CLOCKS = frozenset(("CLK", "CLKA", "CLKARDCLK", "CLKB", "CLKBWRCLK", "WCK", "WCLK"))
_FLIP_FLOPS = frozenset(("FDCE", "FDPE", "FDRE", "FDSE"))


@dataclass(frozen=True)
class Cell:
    """One primitive.

    Attributes:
        name: Unique in the module.
        kind: The primitive's name, such as ``LUT6``.
        parameters: Parameters of the primitive.
        pins: Nets of every port, lowest bit first; constants are strings.
        outputs: Names of the ports that are outputs.
    """

    name: str
    kind: str
    parameters: Mapping[str, str]
    pins: Mapping[str, tuple[int | str, ...]]
    outputs: frozenset[str]

    def nets(self, port: str) -> Iterator[tuple[int, int]]:
        """Bit and net of every pin of a port, without constants."""
        return ((bit, net) for bit, net in enumerate(self.pins.get(port, ())) if isinstance(net, int))

    def clocks(self, port: str) -> bool:
        """Whether a port is a clock: C is one on a flip-flop, not on a DSP slice."""
        return port in _CLOCKS or (port == "C" and self.kind in _FLIP_FLOPS)

    def number(self, parameter: str, default: int) -> int:
        """A parameter, which yosys writes in binary."""
        value = str(self.parameters.get(parameter, default))
        return int(value, 2) if set(value) <= {"0", "1"} else default

    @property
    def is_lut(self) -> bool:
        """Whether it is a look-up table."""
        return self.kind in ("INV", "LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6")

    @property
    def is_carry(self) -> bool:
        """Whether it is a carry block."""
        return self.kind in ("CARRY4", "CARRY8")


class FlatNetlist:
    """A flat module.

    Attributes:
        cells: Every primitive by name.
        drivers: The cell that drives each net; input ports drive none.
        inputs: Nets of every input port by name.
        outputs: Nets of every output port by name.
    """

    def __init__(self, module: Mapping[str, Any]) -> None:
        self.cells = {name: _cell(name, raw) for name, raw in module["cells"].items() if raw["type"] != "$scopeinfo"}
        self.drivers: dict[int, Cell] = {}
        self._sinks: Counter[int] = Counter()
        for cell in self.cells.values():
            for port, nets in cell.pins.items():
                wires = [net for net in nets if isinstance(net, int)]
                if port in cell.outputs:
                    self.drivers.update(dict.fromkeys(wires, cell))
                elif not cell.clocks(port):
                    self._sinks.update(wires)
        ports = module["ports"].items()
        self.inputs = {name: _wires(port["bits"]) for name, port in ports if port["direction"] == "input"}
        self.outputs = {name: _wires(port["bits"]) for name, port in ports if port["direction"] == "output"}
        for nets in self.outputs.values():
            self._sinks.update(nets)
        self._names: Mapping[str, Any] = module["netnames"]

    def fan_out(self, net: int) -> int:
        """Pins and output ports that read a net; clocks do not count, and a bus counts once per bit."""
        return self._sinks[net]

    @property
    def loads(self) -> int:
        """Pins and output ports that read a net, as `fan_out` counts them."""
        return self._sinks.total()

    @property
    def first_free(self) -> int:
        """A number greater than those of all nets."""
        return 1 + max((*self._sinks, *self.drivers), default=0)

    def names(self) -> dict[int, str]:
        """A name for every net, as chosen by `net_names`."""
        return net_names(self._names)

    def nets_by_name(self) -> dict[str, int]:
        """Every net by each of its names; one bit of a bus is ``name[bit]``."""
        return {
            f"{name}[{bit}]" if len(raw["bits"]) > 1 else name: net
            for name, raw in self._names.items()
            for bit, net in enumerate(raw["bits"])
            if isinstance(net, int)
        }


def net_names(netnames: Mapping[str, Any]) -> dict[int, str]:
    """A name for every net: the user's names before those made up by tools, the deepest instance first.

    Args:
        netnames: The entry of a module in yosys's JSON.
    """
    best: dict[int, tuple[bool, int, str]] = {}
    for name, raw in netnames.items():
        rank = not name.startswith("$"), name.count(".")
        for bit, net in enumerate(raw["bits"]):
            if isinstance(net, int) and (net not in best or rank > best[net][:2]):
                best[net] = (*rank, f"{name}[{bit}]" if len(raw["bits"]) > 1 else name)
    return {net: name for net, (_, _, name) in best.items()}


def _cell(name: str, raw: Mapping[str, Any]) -> Cell:
    pins = {port: tuple(nets) for port, nets in raw["connections"].items()}
    outputs = frozenset(port for port, way in raw["port_directions"].items() if way == "output")
    return Cell(name, raw["type"], raw["parameters"], pins, outputs)


def _wires(bits: list[int | str]) -> tuple[int, ...]:
    return tuple(bit for bit in bits if isinstance(bit, int))
