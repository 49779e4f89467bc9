"""Instantiated DSP slices are equal to the portable architecture: by SAT, for small operands.

Where operands are captured in every cycle the proof is by induction and holds for all time; where they are kept it
covers all inputs of the first cycles after power-up, since a register that is never read again may differ.
"""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pyosys
import pytest

from tests.vhdl.equivalence import Side, proven
from tests.vhdl.harness import LIBRARY

TEMPLATES = LIBRARY.parent
INDUCTION = "-seq 1 -tempinduct"
FROM_POWER_UP = "-seq 1 -tempinduct-baseonly -maxsteps 5 -tempinduct"
PRIMITIVES = ("dsp48e1", "dsp48e2", "dsp58")
MODELS = [TEMPLATES / "unisim" / f"{name}.vhd" for name in ("vcomponents", "bxnn_dsp_model", *PRIMITIVES)]
CELLS = Path(pyosys.__file__).parent / "share" / "xilinx" / "cells_sim.v"


@dataclass(frozen=True)
class Column:
    """A cascade of small slices.

    Attributes:
        length: Slices.
        operand_bits: Bits of an operand.
        weight_bits: Bits of a weight; wider than the operand, it goes to the other port.
        register: Whether products have a register.
        always: Whether operands are captured in every cycle.
        first_late: Cycles by which ``first`` arrives later than the slices take it.
    """

    length: int
    operand_bits: int = 4
    weight_bits: int = 3
    register: int = 1
    always: bool = True
    first_late: int = 0

    def wrapper(self, top: str) -> str:
        """An entity around the cascade that delays ``first`` and says what is captured."""
        operands, weights = self.length * self.operand_bits, self.length * self.weight_bits
        captured = "(others => '1')" if self.always else "capture"
        return f"""
library ieee;
use ieee.std_logic_1164.all;

entity {top} is
  port (
    clk      : in  std_logic;
    first    : in  std_logic;
    capture  : in  std_logic_vector({self.length - 1} downto 0);
    operands : in  std_logic_vector({operands - 1} downto 0);
    weights  : in  std_logic_vector({weights - 1} downto 0);
    bias     : in  std_logic_vector(8 downto 0);
    sum      : out std_logic_vector(8 downto 0)
  );
end entity {top};

architecture rtl of {top} is
  signal late     : std_logic_vector({self.first_late} downto 0) := (others => '0');
  signal captured : std_logic_vector({self.length - 1} downto 0);
begin
  late(0)  <= first;
  captured <= {captured};
  delay : process (clk)
  begin
    if rising_edge(clk) then
      for i in 1 to {self.first_late} loop
        late(i) <= late(i - 1);
      end loop;
    end if;
  end process delay;
  cascade : entity work.bxnn_mac_cascade
    generic map (
      LENGTH => {self.length}, OPERAND_BITS => {self.operand_bits}, WEIGHT_BITS => {self.weight_bits},
      ACCUM_BITS => 9, MULTIPLIER_REGISTER => {self.register}
    )
    port map (
      clk => clk, first => late({self.first_late}), capture => captured, operands => operands, weights => weights,
      bias => bias, sum => sum
    );
end architecture rtl;
"""

    def portable(self, folder: Path) -> Side:
        """The side from which a synthesis tool infers the slices."""
        top = folder / "portable.vhd"
        top.write_text(self.wrapper("portable"))
        return Side("portable", [LIBRARY / "bxnn_pkg.vhd", LIBRARY / "bxnn_mac_cascade.vhd", top])

    def instantiated(self, folder: Path, primitive: str) -> Side:
        """The side with a device's slices and bxnn's model of them."""
        top = folder / "instantiated.vhd"
        top.write_text(self.wrapper("instantiated"))
        return Side("instantiated", [*slices_of(primitive, "bxnn_mac_cascade"), top], MODELS)


@dataclass(frozen=True)
class Joined:
    """A cascade of small slices whose last one accumulates.

    Attributes:
        length: Slices.
        late: Whether the first slice has two registers for its operands.
        register: Whether products have a register.
        first_late: Cycles by which ``first`` arrives later than the slices take it.
    """

    length: int
    late: int = 0
    register: int = 1
    first_late: int = 0

    def wrapper(self, top: str) -> str:
        """An entity around the cascade that delays ``first``."""
        return f"""
library ieee;
use ieee.std_logic_1164.all;

entity {top} is
  port (
    clk      : in  std_logic;
    first    : in  std_logic;
    operands : in  std_logic_vector({2 * self.length - 1} downto 0);
    weights  : in  std_logic_vector({2 * self.length - 1} downto 0);
    bias     : in  std_logic_vector(4 downto 0);
    sum      : out std_logic_vector(4 downto 0)
  );
end entity {top};

architecture rtl of {top} is
  signal late : std_logic_vector(1 downto 0) := "00";
begin
  late(0) <= first;
  delay : process (clk)
  begin
    if rising_edge(clk) then
      late(1) <= first;
    end if;
  end process delay;
  cascade : entity work.bxnn_joined_macs
    generic map (
      LENGTH => {self.length}, OPERAND_BITS => 2, WEIGHT_BITS => 2, ACCUM_BITS => 5, FIRST_LATE => {self.late},
      MULTIPLIER_REGISTER => {self.register}
    )
    port map (
      clk => clk, first => late({self.first_late}), operands => operands, weights => weights, bias => bias, sum => sum
    );
end architecture rtl;
"""

    def portable(self, folder: Path) -> Side:
        """The side without slices."""
        top = folder / "portable.vhd"
        top.write_text(self.wrapper("portable"))
        return Side("portable", [LIBRARY / "bxnn_pkg.vhd", LIBRARY / "bxnn_joined_macs.vhd", top])

    def instantiated(self, folder: Path, primitive: str) -> Side:
        """The side with a device's slices and bxnn's model of them."""
        top = folder / "instantiated.vhd"
        top.write_text(self.wrapper("instantiated"))
        return Side("instantiated", [*slices_of(primitive, "bxnn_joined_macs"), top], MODELS)


def slices_of(primitive: str, entity: str) -> list[Path]:
    """An entity with instantiated slices, and what it uses."""
    place = TEMPLATES / "instantiated"
    slices = [place / primitive / f"{name}.vhd" for name in ("bxnn_dsp_pkg", "bxnn_dsp_primitive")]
    return [LIBRARY / "bxnn_pkg.vhd", *slices, *(place / f"{name}.vhd" for name in ("bxnn_dsp_slice", entity))]


COLUMNS = {
    "accumulator": Column(1),
    "accumulator_unregistered": Column(1, register=0),
    "cascade": Column(2),
    "wider_weight": Column(2, operand_bits=2, weight_bits=4, register=0),
    "kept": Column(2, always=False),
}


def same(folder: Path, primitive: str, column: Column, first_late: int | None = None) -> bool:
    """Whether slices are the portable ones, but take ``first`` a cycle earlier if products have a register."""
    late = column.register if first_late is None else first_late
    gold, gate = replace(column, first_late=late).portable(folder), column.instantiated(folder, primitive)
    return proven(folder, gold, gate, INDUCTION if column.always else FROM_POWER_UP)


JOINED = {"pair": Joined(2), "late_pair": Joined(2, late=1), "late": Joined(1, late=1), "three": Joined(3, register=0)}
ALL_JOINED = [
    *(pytest.param("dsp48e2", name, marks=pytest.mark.slow if name == "three" else []) for name in JOINED),
    pytest.param("dsp58", "pair", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("primitive", "name"), ALL_JOINED)
def test_joined_slices_are_the_portable_ones(primitive: str, name: str, tmp_path: Path) -> None:
    column = JOINED[name]
    gold, gate = (
        replace(column, first_late=column.register).portable(tmp_path),
        column.instantiated(tmp_path, primitive),
    )
    assert proven(tmp_path, gold, gate, INDUCTION)


@pytest.mark.parametrize("wrong", [replace(JOINED["pair"], late=1, first_late=1), JOINED["pair"]])
def test_the_proof_sees_joined_slices_in_the_wrong_cycle(wrong: Joined, tmp_path: Path) -> None:
    gate = JOINED["pair"].instantiated(tmp_path, "dsp48e2")
    assert not proven(tmp_path, wrong.portable(tmp_path), gate, INDUCTION)


def test_a_slice_without_a_w_multiplexer_is_not_joined(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        JOINED["pair"].instantiated(tmp_path, "dsp48e1").to_verilog(tmp_path / "gate")


EVERY = [("dsp48e2", name) for name in COLUMNS]
OTHERS = [
    pytest.param(primitive, name, marks=pytest.mark.slow)
    for primitive in ("dsp48e1", "dsp58")
    for name in ("accumulator", "kept")
]


@pytest.mark.parametrize(("primitive", "name"), [*EVERY, *OTHERS])
def test_instantiated_slices_are_the_portable_ones(primitive: str, name: str, tmp_path: Path) -> None:
    assert same(tmp_path, primitive, COLUMNS[name])


@pytest.mark.parametrize(
    "primitive", [PRIMITIVES[1], *(pytest.param(p, marks=pytest.mark.slow) for p in PRIMITIVES[::2])]
)
def test_the_proof_sees_a_start_in_the_wrong_cycle(primitive: str, tmp_path: Path) -> None:
    assert not same(tmp_path, primitive, COLUMNS["accumulator"], first_late=0)


def test_the_proof_sees_a_register_too_many(tmp_path: Path) -> None:
    kept = replace(COLUMNS["kept"], register=0).instantiated(tmp_path, "dsp48e2")
    (tmp_path / "other").mkdir()
    registered = COLUMNS["kept"].portable(tmp_path / "other")
    folder = tmp_path / "kept"
    folder.mkdir()
    assert not proven(folder, registered, kept, FROM_POWER_UP)


def dsp48e1(opmodes: str, parameters: str) -> str:
    """Verilog around a DSP48E1 connected as in bxnn_dsp_slice: small factors, and an input that selects OPMODE."""
    unused = (
        "CARRYCASCIN CARRYIN CEA1 CEAD CEALUMODE CEB1 CECARRYIN CED CEINMODE MULTSIGNIN RSTA RSTALLCARRYIN RSTALUMODE"
    )
    unused += " RSTB RSTC RSTCTRL RSTD RSTINMODE RSTM RSTP"
    zeros = ", ".join(f".{name}(1'b0)" for name in unused.split())
    return f"""
module top(input CLK, input signed [3:0] a, input signed [2:0] b, input signed [5:0] c, input signed [5:0] pcin,
           input [1:0] mode, input cea, input ceb, output [47:0] p, output [47:0] pcout);
  wire [6:0] opmode = {opmodes};
  DSP48E1 {parameters} slice (
    .CLK(CLK), .A({{{{26{{a[3]}}}}, a}}), .B({{{{15{{b[2]}}}}, b}}), .OPMODE(opmode),
    .C({{{{42{{c[5]}}}}, c}}), .PCIN({{{{42{{pcin[5]}}}}, pcin}}),
    .CEA2(cea), .CEB2(ceb), .CEC(1'b1), .CECTRL(1'b1), .CEM(1'b1), .CEP(1'b1), .P(p), .PCOUT(pcout),
    .ACIN(30'b0), .BCIN(18'b0), .D(25'b0), .ALUMODE(4'b0), .INMODE(5'b0), .CARRYINSEL(3'b0), {zeros});
endmodule
"""


OPMODES = "mode == 0 ? 7'b0010101 : mode == 1 ? 7'b0100101 : mode == 2 ? 7'b0110101 : 7'b0000101"
WRONG = OPMODES.replace("mode == 1 ? 7'b0100101", "mode == 1 ? 7'b0110101")


def models(folder: Path, opmodes: str, multiplier_register: int) -> tuple[Side, Side]:
    """yosys' cell and bxnn's model, in the same wrapper."""
    unused = ("ADREG", "ALUMODEREG", "CARRYINREG", "CARRYINSELREG", "DREG", "INMODEREG")
    registers = ", ".join([f".MREG({multiplier_register})", *(f".{name}(0)" for name in unused)])
    files = [TEMPLATES / "unisim" / f"{name}.vhd" for name in ("bxnn_dsp_model", "dsp48e1")]
    ours = Side("DSP48E1", files, generics={"MREG": multiplier_register}).to_verilog(folder / "model").read_text()
    (folder / "cell.v").write_text(f"{CELLS.read_text()}\n{dsp48e1(OPMODES, f'#({registers})')}")
    (folder / "ours.v").write_text(f"{ours}\n{dsp48e1(opmodes, '')}")
    return Side("top", verilog=folder / "cell.v"), Side("top", verilog=folder / "ours.v")


@pytest.mark.slow
@pytest.mark.parametrize("multiplier_register", [0, pytest.param(1, marks=pytest.mark.nightly)])
def test_the_model_of_a_dsp48e1_is_the_cell_of_yosys(multiplier_register: int, tmp_path: Path) -> None:
    assert proven(tmp_path, *models(tmp_path, OPMODES, multiplier_register), FROM_POWER_UP)


def test_the_proof_sees_another_opmode(tmp_path: Path) -> None:
    assert not proven(tmp_path, *models(tmp_path, WRONG, 1), FROM_POWER_UP)
