"""The registers of a design, found in the Verilog that GHDL makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_MODULE = re.compile(r"^module (\w+)$(.*?)^endmodule$", re.MULTILINE | re.DOTALL)
_CLOCKED = re.compile(r"^  always @\(posedge \w+(?: or \w+ \w+)?\)\n((?: {4,}.*\n)+)", re.MULTILINE)
_TARGET = re.compile(r"(\w+)(?:\[[^\]]*\])? <= ")
_JOINED = re.compile(r"^  assign (\w+) = \{([\w, ]+)\};$", re.MULTILINE)
_SIGNAL = re.compile(r"^ +(?:assign )?(\w+) = (\w+); // \(i?signal\)$", re.MULTILINE)
_COUNTED = re.compile(r"_n\d+(?=_)")  # GHDL numbers the copies of a generate statement
_GENERICS = re.compile(r"(?:_\d+)+(?:_[0-9a-f]{40})?$")
_NUMBERED = re.compile(r"n\d+_q")  # GHDL's own name for a register; the signals of the VHDL are read from it


@dataclass(frozen=True)
class Register:
    """A variable of a module that is written at a clock edge.

    Attributes:
        module: Verilog module: an entity with one set of generics.
        variable: Its name there.
        kind: Entity and signal of the VHDL, ``bxnn_valid_delay.line_stage``: registers of one class.
    """

    module: str
    variable: str
    kind: str


def registers(verilog: str, entities: Sequence[str]) -> tuple[Register, ...]:
    """All registers and memories of a design that are written, in the order of the text.

    Args:
        verilog: What ``ghdl --synth`` wrote.
        entities: Names of the VHDL entities; a module has the name of one, followed by its generics.
    """
    return tuple(register for module in _MODULE.finditer(verilog) for register in _own(module[1], module[2], entities))


def _own(module: str, text: str, entities: Sequence[str]) -> Iterator[Register]:
    entity = max((name for name in entities if f"{module}_".startswith(f"{name}_")), key=len, default=None)
    entity = entity or _GENERICS.sub("", module)  # a vendor's primitive is not among the files of a build
    signals = _signals(text)
    for variable in dict.fromkeys(_TARGET.findall("".join(_CLOCKED.findall(text)))):
        signal = signals.get(variable, "register" if _NUMBERED.fullmatch(variable) else variable)
        yield Register(module, variable, f"{entity}.{_COUNTED.sub('', signal)}")


def _signals(text: str) -> Mapping[str, str]:
    """Signals of the VHDL by the nets that they are, or that are parts of them."""
    found = {net: signal for signal, net in _SIGNAL.findall(text)}
    for whole, parts in reversed(_JOINED.findall(text)):
        if whole in found:
            for part in parts.split(", "):
                found.setdefault(part, found[whole])
    return found
