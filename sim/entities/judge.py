"""The specification of an entity as a netlist that draws inputs and judges outputs.

It is the specification of the proofs (`bxnn.sim.proof`), with the entity itself left out: what the entity shows are
inputs of the netlist. What it assumes selects the inputs that may occur; what it asserts is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bxnn.compiler.errors import VerificationError
from bxnn.sim.entities.gate_netlist import Cell, GateNetlist, Net
from bxnn.sim.proof.entity_wrapper import PROVEN
from bxnn.sim.proof.proof_case import ProofCase
from bxnn.sim.proof.prover import read_specification, run_yosys

_NETLIST = "specification.json"


@dataclass(frozen=True)
class EntityPort:
    """A port of the entity.

    Attributes:
        name: Its name.
        nets: Nets of its bits in the specification, the lowest first.
    """

    name: str
    nets: tuple[Net, ...]


class Judge:
    """The specification of one case.

    Attributes:
        inputs: Ports of the specification that are drawn, and so decide the inputs of the entity.
        driven: Input ports of the entity.
        shown: Output ports of the entity.
        registers: Registers of the specification.
    """

    def __init__(self, module: Mapping[str, Any]) -> None:
        netlist = GateNetlist(module)
        kinds = {kind: [cell for cell in netlist.others if cell["type"] == kind] for kind in _kinds(netlist.others)}
        (entity,) = kinds.pop(PROVEN)
        asserts, assumes = kinds.pop("$assert", []), kinds.pop("$assume", [])
        if kinds:
            raise VerificationError(PROVEN, f"its specification has cells that are not simulated: {', '.join(kinds)}")
        self.inputs = _ports(module["ports"], "input")
        sides = entity["port_directions"]
        ports = {name: EntityPort(name, tuple(nets)) for name, nets in entity["connections"].items()}
        self.driven = [port for name, port in ports.items() if sides[name] == "input" and name != "clk"]
        self.shown = [port for name, port in ports.items() if sides[name] == "output"]
        self.clocked = "clk" in ports
        self.registers = netlist.registers
        known, seen = self._known, [net for port in self.shown for net in port.nets]
        asked = [cell for cell in assumes if not netlist.depends(_judged([cell])) & set(seen)]
        wanted = [net for port in self.driven for net in port.nets]
        if netlist.depends(wanted) & set(seen):
            raise VerificationError(PROVEN, "its inputs depend on its outputs in the specification")
        upcoming = [register.d for register in self.registers]
        self._allowed = netlist.function(known, _judged(asked))
        self._advance = netlist.function(known, [*wanted, *upcoming])
        self._judge = netlist.function([*known, *seen], [*_judged(assumes), *_judged(asserts), *upcoming])
        self._widths = len(wanted), 2 * len(assumes), 2 * len(asserts)

    @property
    def _known(self) -> list[Net]:
        """What is given in every cycle: the registers, then the drawn inputs."""
        return [*(register.q for register in self.registers), *(net for port in self.inputs for net in port.nets)]

    def allows(self, state: Sequence[int], drawn: Sequence[int], every: int) -> int:
        """The runs in which the inputs may occur."""
        return every & ~_broken(self._allowed((*state, *drawn), every), every)

    def advance(self, state: Sequence[int], drawn: Sequence[int], every: int) -> tuple[list[int], list[int]]:
        """Inputs of the entity in a cycle, and the state after it as far as these follow from it."""
        values = self._advance((*state, *drawn), every)
        return values[: self._widths[0]], values[self._widths[0] :]

    def judged(
        self, state: Sequence[int], drawn: Sequence[int], shown: Sequence[int], every: int
    ) -> tuple[int, int, list[int]]:
        """Runs that something assumed excludes, runs in which the outputs are wrong, and the state after the cycle."""
        values = self._judge((*state, *drawn, *shown), every)
        _, assumes, asserts = self._widths
        excluded, wrong = values[:assumes], values[assumes : assumes + asserts]
        return _broken(excluded, every), _broken(wrong, every), values[assumes + asserts :]


def prepared(case: ProofCase, verilog: Path, folder: Path) -> Judge:
    """The judge of a case.

    Args:
        case: The case.
        verilog: The entity with its generics, in ``folder``; only its ports count.
        folder: Where yosys works.

    Raises:
        VerificationError: If yosys cannot read the specification, or it cannot be simulated.
    """
    script = [
        *(f"read_verilog -sv {verilog.name}", f"blackbox {PROVEN}", *read_specification(case)),
        *("prep -top specification", "chformal -lower", "async2sync", "memory_map", "opt -fast"),
        *("techmap", "simplemap", "opt -fast", "dfflegalize -cell $_DFF_P_ 01", "opt_expr", "opt_clean"),
        f"write_json {_NETLIST}",
    ]
    done = run_yosys(script, folder)
    if done.returncode != 0:
        raise VerificationError(case.name, f"yosys could not read its specification; see {folder / 'yosys.log'}")
    return Judge(json.loads((folder / _NETLIST).read_text(encoding="utf-8"))["modules"]["specification"])


def _kinds(cells: Sequence[Cell]) -> dict[str, None]:
    return dict.fromkeys((PROVEN, *(cell["type"] for cell in cells if cell["type"] != "$scopeinfo")))


def _ports(ports: Mapping[str, Any], direction: str) -> list[EntityPort]:
    found = [EntityPort(name, tuple(port["bits"])) for name, port in ports.items() if port["direction"] == direction]
    return [port for port in found if port.name != "clk"]


def _judged(cells: Sequence[Cell]) -> list[Net]:
    """Of every cell, what must hold and whether it is asked for."""
    return [net for cell in cells for pin in ("A", "EN") for net in cell["connections"][pin]]


def _broken(values: Sequence[int], every: int) -> int:
    """Runs in which something that is asked for does not hold."""
    broken = 0
    for holds, asked in zip(values[::2], values[1::2], strict=True):
        broken |= asked & (holds ^ every)
    return broken
