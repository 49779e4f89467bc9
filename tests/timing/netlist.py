"""Small netlists as written by yosys, and the delays used to add them up."""

from __future__ import annotations

from typing import Any

from bxnn.boards.delay_tables import load_delays
from bxnn.compiler.hardware.delays.fabric_delays import Estimate
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.timing.analysis import Analysis
from bxnn.sim.timing.flat_netlist import FlatNetlist
from bxnn.sim.timing.primitives import Primitives
from bxnn.sim.timing.timing_path import TimingPath

TABLE = load_delays("ultrascaleplus", "2")
assert TABLE.fabric is not None
FABRIC = TABLE.fabric
CLK = 2  # the net of the clock

_OUTPUTS = frozenset(("O", "Q", "CO", "P", "PCOUT", "DOA", "DOB", "DOC", "DOD", "DOADO", "DOBDO", "Q31"))


def cell(kind: str, parameters: dict[str, int | str] | None = None, **pins: Any) -> dict[str, Any]:
    """A primitive; a pin is a net, a list of nets, or a constant in quotes."""
    connections = {port: nets if isinstance(nets, list) else [nets] for port, nets in pins.items()}
    directions = {port: "output" if port in _OUTPUTS else "input" for port in connections}
    written = {name: f"{value:b}" if isinstance(value, int) else value for name, value in (parameters or {}).items()}
    return {"type": kind, "parameters": written, "connections": connections, "port_directions": directions}


def ff(d: int | str, q: int, **control: Any) -> dict[str, Any]:
    """A flip-flop."""
    return cell("FDRE", C=CLK, D=d, Q=q, **control)


def module(cells: dict[str, dict[str, Any]], ports: dict[str, tuple[str, list[int]]] | None = None) -> dict[str, Any]:
    """A module; every net is named ``nN``."""
    found = {"clk": ("input", [CLK]), **(ports or {})}
    nets = {net for each in cells.values() for bits in each["connections"].values() for net in bits}
    return {
        "cells": cells,
        "ports": {name: {"direction": direction, "bits": bits} for name, (direction, bits) in found.items()},
        "netnames": {f"n{net}": {"bits": [net]} for net in nets if isinstance(net, int)},
    }


def worst(found: dict[str, Any], estimate: Estimate = "typical") -> dict[PathClass, TimingPath]:
    """The slowest paths of a module."""
    netlist = FlatNetlist(found)
    return Analysis(netlist, Primitives(netlist, FABRIC, TABLE.limits)).worst(estimate)


def by_end(found: dict[str, Any]) -> dict[PathClass, float]:
    """Pessimistic ns of the slowest paths of a module by what they end at, also of those that start at ports."""
    netlist = FlatNetlist(found)
    return Analysis(netlist, Primitives(netlist, FABRIC, TABLE.limits)).by_end("pessimistic")


def ns(found: dict[str, Any]) -> dict[PathClass, float]:
    """Their delays."""
    return {kind: path.ns for kind, path in worst(found).items()}
