"""How yosys maps a multiplication to a DSP slice: for the multipliers that it knows, and for a wider one.

yosys packs registers, adder and cascade of a slice only for the DSP48E1 of the 7 series. A DSP48E2 is the same slice
with two more bits on the wider port, so its designs are mapped to DSP48E1 cells whose multiplier is assumed to be
27x18: the A port of the cell has 30 bits anyway. The cells are counted, not simulated.
"""

from __future__ import annotations

from dataclasses import dataclass

_REGISTERS = (
    "A",
    "B",
    "C",
    "D",
    "M",
    "P",
    "AD",
    "ACASC",
    "BCASC",
    "INMODE",
    "OPMODE",
    "ALUMODE",
    "CARRYIN",
    "CARRYINSEL",
)
_IDLE = {"C": 48, "D": 25, "CARRYIN": 1, "INMODE": 5, "ALUMODE": 4, "CARRYINSEL": 3, "ACIN": 30, "BCIN": 18, "PCIN": 48}
_MULTIPLY = "7'b0000101"  # OPMODE: X and Y select the product, Z is zero. Source: UG479, table 2-7


@dataclass(frozen=True)
class MultiplierCell:
    """A multiplier of one slice in a yosys script.

    Attributes:
        cell: Name of the cell that stands for it until it is mapped.
        techmap: File that maps it, of yosys or written by `wide_map`.
        a_bits: Wider port.
        b_bits: Narrower port.
    """

    cell: str
    techmap: str
    a_bits: int
    b_bits: int


# Source: yosys 0.70, synth_xilinx.cc.
CELLS = {
    "xc7": MultiplierCell("$__MUL25X18", "+/xilinx/xc7_dsp_map.v", 25, 18),
    "xcup": MultiplierCell("$__MUL27X18", "+/xilinx/xcu_dsp_map.v", 27, 18),
}
WIDE = MultiplierCell("$__BXNN_MUL27X18", "wide_dsp_map.v", 27, 18)


def wide_map() -> str:
    """Verilog that maps `WIDE` to a DSP48E1 cell without registers, which yosys then moves in."""
    parameters = ", ".join([*(f".{name}REG(0)" for name in _REGISTERS), '.USE_MULT("MULTIPLY")', '.USE_DPORT("FALSE")'])
    idle = ", ".join(f".{port}({bits}'b0)" for port, bits in _IDLE.items())
    return (
        f"module \\{WIDE.cell} (input [26:0] A, input [17:0] B, output [44:0] Y);\n"
        "  parameter A_SIGNED = 0, B_SIGNED = 0, A_WIDTH = 0, B_WIDTH = 0, Y_WIDTH = 0;\n"
        "  wire [47:0] product;\n"
        f"  DSP48E1 #({parameters}) _TECHMAP_REPLACE_\n"
        f"    (.A({{{{3{{A[26]}}}}, A}}), .B(B), .P(product), .OPMODE({_MULTIPLY}), {idle});\n"
        "  assign Y = product;\n"
        "endmodule\n"
    )
