"""A VHDL entity around one of the library: its ports but those with a default, and values for all of its generics.

A port NAME_copies has the value of port NAME in every bit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bxnn.compiler.errors import VerificationError
from bxnn.sim.proof.generic_value import GenericValue, to_vhdl

PROVEN = "proven"
_GENERIC = re.compile(r"^\s*(\w+)\s*:\s*([^;:]+?)\s*(?::=\s*(.+?))?;?\s*(?:--.*)?$")
_PORT = re.compile(r"^\s*(\w+)\s*:\s*(?:in|out)\b")
_COPIES = re.compile(r"^\s*((\w+)_copies)\s*:\s*in\s+(.+?)\s*:=")  # of another input, to which all bits are equal


def wrapped(entity: str, text: str, values: Mapping[str, GenericValue], driven: Collection[str] = ()) -> str:
    """The wrapper, an entity named ``proven``.

    Args:
        entity: Name of the entity.
        text: The file that declares it, formatted like the library: a generic or port per line.
        values: Values of generics; those that are left out have their defaults.
        driven: Ports with a default that are ports of the wrapper, too.

    Raises:
        VerificationError: If the declaration cannot be read.
    """
    generics = _clause(entity, text, "generic")
    every = _clause(entity, text, "port")
    ports = [line for line in every if _kept(line, driven)]
    copies = [found.groups() for line in every if (found := _COPIES.match(line))]
    if not ports:
        raise VerificationError(entity, "its declaration has no ports that could be read; compile again")
    declared = [f"{name} : {kind} := {value}" for name, kind, value in _with_values(entity, generics, values)]
    names = [found[1] for line in generics if (found := _GENERIC.match(line))]
    port_names = [found[1] for line in ports if (found := _PORT.match(line))] + [name for name, _, _ in copies]
    generic_map = f"generic map ({_connected(names)})" if names else ""
    generic_clause = ["  generic (", ";\n".join(declared), "  );"] if declared else []
    lines = [
        *("library ieee;", "use ieee.std_logic_1164.all;", "use work.bxnn_pkg.all;"),
        *(f"entity {PROVEN} is", *generic_clause, "  port (", *ports, "  );", f"end entity {PROVEN};"),
        f"architecture wrapper of {PROVEN} is",
        *(f"  signal {name} : {kind};" for name, _, kind in copies),
        "begin",
        *(f"  {name} <= (others => {own});" for name, own, _ in copies),
        f"  inner : entity work.{entity} {generic_map}",
        *(f"    port map ({_connected(port_names)});", "end architecture wrapper;"),
    ]
    return "\n".join(lines) + "\n"


def _kept(line: str, driven: Collection[str]) -> bool:
    """Whether a port is one of the wrapper."""
    found = _PORT.match(line)
    return ":=" not in line.split("--")[0] or (found is not None and found[1] in driven)


def _connected(names: list[str]) -> str:
    return ", ".join(f"{name} => {name}" for name in names)


def _clause(entity: str, text: str, keyword: str) -> list[str]:
    """The lines between the parentheses of a clause of the declaration."""
    declaration = re.search(rf"^entity {entity} is\n(.*?)^end entity", text, re.S | re.M)
    found = re.search(rf"^  {keyword} \(\n(.*?)^  \);", declaration[1] if declaration else "", re.S | re.M)
    return found[1].splitlines() if found else []


def _with_values(entity: str, lines: list[str], values: Mapping[str, GenericValue]) -> list[tuple[str, str, str]]:
    """Name, type and value of every generic.

    Raises:
        VerificationError: If a generic has no value.
    """
    found: list[tuple[str, str, str]] = []
    for line in lines:
        matched = _GENERIC.match(line)
        if matched is None:
            continue
        name, kind, default = matched.groups()
        if name not in values and default is None:
            raise VerificationError(entity, f"generic {name} has no value in its proof; compile again")
        found.append((name, kind, to_vhdl(values[name]) if name in values else default))
    return found
