"""DSP slices: an unused register merges what is before and after it into one path."""

from __future__ import annotations

from typing import Any

import pytest

from bxnn.compiler.hardware.path_class import PathClass
from bxnn.sim.dsp_use import DspUse, UnusedRegister, dsp_use
from tests.timing.netlist import CLK, cell, ff, module, ns

ONE, CLK_Q, BYPASS, SETUP = 0.157, 0.079, 0.10, -0.025
PREADD, MULT, M_TRANSPARENT, ALU, SETUP_P = 0.076, 0.62, 0.047, 0.585, -0.010
REGISTERS = ("AREG", "BREG", "CREG", "DREG", "MREG", "PREG", "OPMODEREG", "ADREG", "ALUMODEREG", "INMODEREG")


def around(**registers: int) -> dict[PathClass, float]:
    """Registers on A, B, C and OPMODE of a slice, and after P; all registers of the slice unless said otherwise."""
    parameters: dict[str, int | str] = {"USE_DPORT": "FALSE", **dict.fromkeys(REGISTERS, 1), **registers}
    slice_ = cell("DSP48E1", parameters, A=[10], B=[11], C=[12], OPMODE=[13], P=[14], CLK=CLK)
    return ns(module({**{f"f{net}": ff("0", net) for net in (10, 11, 12, 13)}, "dsp": slice_, "g": ff(14, 15)}))


def test_all_registers() -> None:
    into = CLK_Q + ONE + 0.2
    assert around() == {
        PathClass.DSP_OPERAND: pytest.approx(into),
        PathClass.DSP_SUM: pytest.approx(into),
        PathClass.DSP_CONTROL: pytest.approx(into),
        PathClass.DSP_SLICE: pytest.approx(1000 / 775),
        PathClass.DATA: pytest.approx(0.26 + ONE + BYPASS + SETUP),
    }


def test_no_operand_registers() -> None:
    found = around(AREG=0, BREG=0)
    assert found[PathClass.DSP_OPERAND] == pytest.approx(CLK_Q + ONE + 0.192 + PREADD + MULT)


def test_no_operand_registers_and_no_mreg() -> None:
    found = around(AREG=0, MREG=0)
    whole = CLK_Q + ONE + 0.192 + PREADD + MULT + M_TRANSPARENT + ALU + SETUP_P
    assert found[PathClass.DSP_OPERAND] == pytest.approx(whole)
    assert found[PathClass.DSP_SLICE] == pytest.approx(1000 / 544)


def test_no_mreg_is_slower_inside() -> None:
    """F_MAX of the data sheet is longer; the stages alone would take 0.22 + 1.318 ns."""
    assert around(MREG=0)[PathClass.DSP_SLICE] == pytest.approx(max(1000 / 544, 0.22 + 1.318))


def test_no_register_of_c_and_opmode() -> None:
    found = around(CREG=0, OPMODEREG=0)
    assert found[PathClass.DSP_SUM] == pytest.approx(CLK_Q + ONE + ALU + SETUP_P)
    assert found[PathClass.DSP_CONTROL] == pytest.approx(CLK_Q + ONE + ALU + SETUP_P)


def test_no_preg() -> None:
    """From MREG, or from C, through the adder to the register outside."""
    out = 0.115 + ONE + BYPASS + SETUP
    found = around(PREG=0)
    assert found[PathClass.DATA] == pytest.approx(0.22 + ALU + out)
    assert around(PREG=0, CREG=0)[PathClass.DATA] == pytest.approx(CLK_Q + ONE + ALU + out)


def test_no_registers_at_all() -> None:
    """The whole slice is one path between registers outside it."""
    found = around(**dict.fromkeys(REGISTERS, 0))
    whole = CLK_Q + ONE + 0.192 + PREADD + MULT + M_TRANSPARENT + ALU + 0.115 + ONE + BYPASS + SETUP
    assert found == {PathClass.DATA: pytest.approx(whole), PathClass.DSP_SLICE: pytest.approx(1000 / 544)}


def test_preadder_without_register() -> None:
    parameters: dict[str, int | str] = {"USE_DPORT": "TRUE", **dict.fromkeys(REGISTERS, 1), "ADREG": 0}
    slow = module({"dsp": cell("DSP48E1", parameters, A=["0"], P=[14], CLK=CLK)})
    assert ns(slow)[PathClass.DSP_SLICE] == pytest.approx(1000 / 565)
    none = module({"dsp": cell("DSP48E1", {**parameters, "MREG": 0}, A=["0"], P=[14], CLK=CLK)})
    assert ns(none)[PathClass.DSP_SLICE] == pytest.approx(1000 / 410)


def cascade() -> dict[str, dict[str, Any]]:
    all_of_them: dict[str, int | str] = dict.fromkeys(REGISTERS, 1)
    low = cell("DSP48E1", all_of_them, A=[10], B=["0"], C=["0"], PCOUT=[20], P=[21], CLK=CLK)
    high = cell("DSP48E1", {**all_of_them, "AREG": 0, "MREG": 0}, A=[10], C=["0"], PCIN=[20], P=[22], CLK=CLK)
    return {"f": ff("0", 10), "$flatten\\layer_fc1.\\low.$mul$1": low, "$flatten\\layer_fc1.\\high.$mul$2": high}


def test_cascade() -> None:
    assert ns(module(cascade()))[PathClass.DSP_SUM] == pytest.approx(0.28 + 0.02 + 0.585 + SETUP_P)


def test_use_of_registers_and_cascades() -> None:
    """AREG and MREG of one slice hold nothing; registers of ports driven only by constants are not counted."""
    cells = [{**each, "name": name} for name, each in cascade().items()]
    unused = (UnusedRegister("AREG", 1, ("fc1",)), UnusedRegister("MREG", 1, ("fc1",)))
    assert dsp_use(cells) == DspUse(1, unused)
