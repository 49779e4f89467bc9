"""LUT memories, shift registers and block RAMs."""

from __future__ import annotations

import pytest

from bxnn.compiler.hardware.path_class import PathClass
from tests.timing.netlist import CLK, FABRIC, cell, ff, module, ns

ONE, TWO, CLK_Q, LUT, BYPASS, SETUP = 0.157, 0.198, 0.079, 0.10, 0.10, -0.025


def test_lut_ram_is_read_like_a_lut_and_written_by_the_clock() -> None:
    ram = cell("RAM32M", ADDRA=[10], ADDRD=[11], DIA=[12], DOA=[14], WE=13, WCLK=CLK)
    found = ns(module({**{f"f{net}": ff("0", net) for net in (10, 11, 12, 13)}, "ram": ram, "g": ff(14, 15)}))
    read = CLK_Q + ONE + LUT + ONE + BYPASS + SETUP
    assert found == {
        PathClass.DATA: pytest.approx(max(read, 0.312 + ONE + BYPASS + SETUP)),
        PathClass.MEMORY: pytest.approx(CLK_Q + ONE + 0.180),
    }


@pytest.mark.parametrize(("kind", "multiplexers"), [("RAM64X1S", 0), ("RAM128X1S", 1), ("RAM256X1S", 2)])
def test_deep_lut_ram_has_wide_multiplexers(kind: str, multiplexers: int) -> None:
    pins = {"A": [10]} if kind == "RAM256X1S" else {"A0": 10}
    ram = cell(kind, D=12, O=14, WE=13, WCLK=CLK, **pins)
    found = ns(module({**{f"f{net}": ff("0", net) for net in (10, 12, 13)}, "ram": ram, "g": ff(14, 15)}))
    after = (0.0, FABRIC.muxf7.data, FABRIC.muxf7.data + FABRIC.muxf8.data)[multiplexers]
    read = CLK_Q + ONE + LUT + after + ONE + BYPASS + SETUP
    assert found == {
        PathClass.DATA: pytest.approx(max(read, 0.312 + after + ONE + BYPASS + SETUP)),
        PathClass.MEMORY: pytest.approx(CLK_Q + ONE + 0.180),
    }


def test_shift_register() -> None:
    srl = cell("SRL16E", D=10, CE=11, A0="1", A1="1", A2="0", A3="0", Q=12, CLK=CLK)
    found = ns(module({"a": ff("0", 10), "c": ff("0", 11), "srl": srl, "b": ff(12, 13)}))
    assert found == {
        PathClass.DATA: pytest.approx(0.40 + ONE + BYPASS + SETUP),
        PathClass.CONTROL: pytest.approx(CLK_Q + ONE + 0.16),
    }


@pytest.mark.parametrize(("register", "clk_out"), [(0, 1.00), (1, 0.229)])
def test_block_ram(register: int, clk_out: float) -> None:
    parameters: dict[str, int | str] = {"DOA_REG": 0, "DOB_REG": register}
    ram = cell("RAMB18E1", parameters, ADDRARDADDR=[10], ENARDEN=11, DOBDO=[12], CLKARDCLK=CLK, CLKBWRCLK=CLK)
    found = ns(module({"a": ff("0", 10), "e": ff("0", 11), "ram": ram, "b": ff(12, 13)}))
    assert found == {
        PathClass.DATA: pytest.approx(clk_out + ONE + BYPASS + SETUP),
        PathClass.MEMORY: pytest.approx(CLK_Q + ONE + 0.383),
    }
