"""Verilog of GHDL as Verilator simulates it faster."""

from __future__ import annotations

import re

_MODULE = re.compile(r"^module .*?^endmodule$", re.MULTILINE | re.DOTALL)
_INITIALISED = re.compile(
    r"^  always @\*\n    (\w+) = (\w+); // \(isignal\)\n  initial\n    \1 <= [^;]*;\n", re.MULTILINE
)


def driven_nets(verilog: str) -> str:
    """The same hardware, with signals that are driven all the time as nets.

    GHDL writes a signal that has an initial value as a variable, which gets that value once and the one of its driver
    whenever this changes: Verilator keeps such a variable and copies its driver in every cycle.

    Args:
        verilog: What ``ghdl --synth`` wrote.
    """
    return _MODULE.sub(lambda module: _driven(module[0]), verilog)


def _driven(module: str) -> str:
    names = [found[1] for found in _INITIALISED.finditer(module)]
    if not names:
        return module
    declared = re.compile(rf"^  reg (?=(?:\[[^\]]*\] )?(?:{'|'.join(names)});$)", re.MULTILINE)
    return declared.sub("  wire ", _INITIALISED.sub(r"  assign \1 = \2; // (isignal)\n", module))
