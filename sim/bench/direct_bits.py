"""Verilog of GHDL with fewer nets, which Verilator reads in less time."""

from __future__ import annotations

import re

_MODULE = re.compile(r"^module .*?^endmodule$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^ */\*[^\n]*\*/\n", re.MULTILINE)
_NET = re.compile(r"\b(n\d+_o)\b(\[)?")
_DECLARED = re.compile(r"  wire (n\d+_o);")
_BIT = re.compile(r"  assign (n\d+_o) = (\w+\[\d+\]);.*")
_ASSIGNED = "  assign "


def direct_bits(verilog: str) -> str:
    """The same hardware, with a bit of a vector in the place of a net that is that bit.

    GHDL gives every bit that it takes from a vector a net, thousands of them where weights are put together.

    Args:
        verilog: What ``ghdl --synth`` wrote.
    """
    return _MODULE.sub(lambda module: _direct(module[0]), _COMMENT.sub("", verilog))


def _direct(module: str) -> str:
    lines = module.split("\n")
    scalars = {found[1] for line in lines if (found := _DECLARED.fullmatch(line))}
    bits = {found[1]: found[2] for line in lines if (found := _BIT.fullmatch(line)) and found[1] in scalars}
    for line in lines:
        if line.startswith(_ASSIGNED):
            needed = {found[1] for found in _NET.finditer(line.partition(" = ")[2]) if found[2]}
        elif _DECLARED.fullmatch(line):
            continue
        else:  # a port of an instance, or a process
            needed = {found[1] for found in _NET.finditer(line)}
        for name in needed:
            bits.pop(name, None)
    if not bits:
        return module
    return "\n".join(_replaced(line, bits) for line in lines if not _of(line, bits))


def _of(line: str, bits: dict[str, str]) -> bool:
    """Whether the line declares or drives one of these nets."""
    found = _DECLARED.fullmatch(line) or _BIT.fullmatch(line)
    return found is not None and found[1] in bits


def _replaced(line: str, bits: dict[str, str]) -> str:
    if not line.startswith(_ASSIGNED):
        return line
    driven, equals, value = line.partition(" = ")
    return driven + equals + _NET.sub(lambda net: bits.get(net[1], net[1]) + (net[2] or ""), value)
