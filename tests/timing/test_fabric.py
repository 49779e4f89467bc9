"""Flip-flops, LUTs, carry chains, wide multiplexers and ports: exact sums."""

from __future__ import annotations

from typing import Any

import pytest

from bxnn.compiler.errors import ToolError
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_div
from tests.timing.netlist import cell, ff, module, ns, worst

# UltraScale+ -2, typical: a net of fan-out f takes 0.157 + 0.041 log2(f).
ONE, TWO, FOUR = 0.157, 0.198, 0.239
CLK_Q, LUT, SETUP, LUT_FF, BYPASS = 0.079, 0.10, -0.025, 0.05, 0.10


def test_register_to_register() -> None:
    assert ns(module({"a": ff("0", 10), "b": ff(10, 11)})) == {
        PathClass.DATA: pytest.approx(CLK_Q + ONE + BYPASS + SETUP)
    }


def test_two_luts() -> None:
    """The first drives two pins, the second only its flip-flop."""
    cells = {
        "a": ff("0", 10),
        "l1": cell("LUT2", I0=10, I1="0", O=11),
        "l2": cell("LUT2", I0=11, I1=11, O=12),
        "b": ff(12, 13),
    }
    path = worst(module(cells))[PathClass.DATA]
    assert path.ns == pytest.approx(CLK_Q + ONE + LUT + TWO + LUT + LUT_FF + SETUP)
    assert (path.levels, path.carries, path.fan_out, path.start, path.end) == (2, 0, 2, "n10", "n13.D")


def test_a_lut_with_two_readers_leaves_its_site() -> None:
    cells = {"a": ff("0", 10), "l": cell("LUT1", I0=10, O=11), "b": ff(11, 12), "c": ff(11, 13)}
    assert ns(module(cells))[PathClass.DATA] == pytest.approx(CLK_Q + ONE + LUT + TWO + BYPASS + SETUP)


def test_pessimistic_routes() -> None:
    cells = {"a": ff("0", 10), "l": cell("LUT1", I0=10, O=11), "b": ff(11, 12), "c": ff(11, 13)}
    path = worst(module(cells), "pessimistic")[PathClass.DATA]
    assert path.ns == pytest.approx(CLK_Q + 0.28 + LUT + 0.33 + BYPASS + SETUP)


def adder(bits: int, kind: str = "CARRY4") -> dict[str, Any]:
    """A register, a LUT before the lowest S of a chain, a register after the highest O."""
    width = int(kind[-1])
    cells: dict[str, Any] = {"a": ff("0", 10), "l": cell("LUT2", I0=10, I1="0", O=11)}
    carry: int | str = "0"
    for block in range(ceil_div(bits, width)):
        sums = [100 + block * width + bit for bit in range(width)]
        selects: list[int | str] = ["0"] * width
        if block == 0:
            selects[0] = 11
        carries: list[int] = [200 + block * width + bit for bit in range(width)]
        start: dict[str, Any] = {"CI": carry, "CYINIT": "0"} if kind == "CARRY4" else {"CI": carry}
        cells[f"c{block}"] = cell(kind, S=selects, DI=["0"] * width, O=sums, CO=carries, **start)
        carry = carries[-1]
    cells["b"] = ff(100 + bits - 1, 13)
    return module(cells)


@pytest.mark.parametrize("kind", ["CARRY4", "CARRY8"])
@pytest.mark.parametrize(
    ("bits", "chain"),
    # From the output of the LUT to the highest sum. Source: RapidWright's arcs, added up in the project's facts
    # (devices.md, section 6); between them the delay grows linearly.
    [(8, 0.256), (16, 0.356), (24, 0.405), (32, 0.454), (48, 0.552)],
)
def test_adder(bits: int, chain: float, kind: str) -> None:
    path = worst(adder(bits, kind))[PathClass.DATA]
    assert path.ns == pytest.approx(CLK_Q + ONE + LUT + chain + 0.025 + SETUP)
    assert (path.levels, path.carries) == (1, 1)


@pytest.mark.parametrize(("bits", "chain"), [(4, 0.154), (12, 0.322)])
def test_adder_that_ends_inside_a_block(bits: int, chain: float) -> None:
    """RapidWright's arcs to within a picosecond: the delay inside a block is assumed to grow linearly."""
    path = worst(adder(bits))[PathClass.DATA]
    assert path.ns == pytest.approx(CLK_Q + ONE + LUT + chain + 0.025 + SETUP, abs=0.001)


def test_a_signal_without_lut_passes_one_on_its_way_to_the_carry_block() -> None:
    carry = cell("CARRY4", S=[10, "0", "0", "0"], DI=["0"] * 4, O=[20, 21, 22, 23], CO=[30, 31, 32, 33], CI="0")
    cells = {"a": ff("0", 10), "c": carry, "b": ff(20, 13)}
    chain = 0.26 * 0.241  # S to O of the same bit
    assert ns(module(cells))[PathClass.DATA] == pytest.approx(CLK_Q + ONE + LUT + 0.015 + chain + 0.025 + SETUP)


def test_wide_multiplexer() -> None:
    """Two LUTs before a MUXF7, which a flip-flop selects."""
    cells = {
        "a": ff("0", 10),
        "l0": cell("LUT1", I0=10, O=11),
        "l1": cell("LUT1", I0="0", O=12),
        "m": cell("MUXF7", I0=11, I1=12, S=10, O=13),
        "b": ff(13, 14),
    }
    data = CLK_Q + TWO + LUT + 0.03 + 0.070 + LUT_FF + SETUP
    assert ns(module(cells)) == {PathClass.DATA: pytest.approx(data)}


def test_clock_enable_of_many() -> None:
    cells = {"a": ff("0", 10), **{f"b{number}": ff("0", 20 + number, CE=10, R="0") for number in range(129)}}
    path = worst(module(cells))[PathClass.CONTROL]
    assert path.ns == pytest.approx(CLK_Q + 0.5 + 0.061)
    assert path.fan_out == 129


def test_ports_are_registers_outside() -> None:
    """From a port to a register, from a register to a port, and through."""
    cells = {"l": cell("LUT1", I0=5, O=6), "b": ff(6, 7), "l2": cell("LUT1", I0=5, O=8)}
    found = ns(module(cells, {"x": ("input", [5]), "y": ("output", [7]), "z": ("output", [8])}))
    assert found == {
        PathClass.INPUT_PORT: pytest.approx(CLK_Q + TWO + LUT + LUT_FF + SETUP),
        PathClass.OUTPUT_PORT: pytest.approx(CLK_Q + ONE + BYPASS + SETUP),
    }


def test_a_path_of_a_port_hides_no_path_of_a_register() -> None:
    """Both end at one flip-flop; that from the register is shorter, and the only one of its class."""
    cells = {
        "a": ff("0", 10),
        "l1": cell("LUT1", I0=5, O=11),
        "l2": cell("LUT2", I0=11, I1=10, O=12),
        "b": ff(12, 13),
    }
    found = ns(module(cells, {"x": ("input", [5])}))
    assert found == {
        PathClass.INPUT_PORT: pytest.approx(CLK_Q + ONE + LUT + ONE + LUT + LUT_FF + SETUP),
        PathClass.DATA: pytest.approx(CLK_Q + ONE + LUT + LUT_FF + SETUP),
    }


def test_equal_registers_stay_apart() -> None:
    """Replicas that the netlist keeps halve the fan-out; one register for all sinks is slower."""
    luts = {f"l{number}": cell("LUT1", I0=10 + number % 2, O=20 + number) for number in range(8)}
    ends = {f"b{number}": ff(20 + number, 30 + number) for number in range(8)}
    apart = {"a0": ff("0", 10), "a1": ff("0", 11), **luts, **ends}
    merged = {
        "a0": ff("0", 10),
        **{name: {**each, "connections": {**each["connections"], "I0": [10]}} for name, each in luts.items()},
        **ends,
    }
    assert ns(module(apart))[PathClass.DATA] == pytest.approx(CLK_Q + FOUR + LUT + LUT_FF + SETUP)
    assert ns(module(merged))[PathClass.DATA] == pytest.approx(CLK_Q + FOUR + 0.041 + LUT + LUT_FF + SETUP)


def test_a_combinational_loop_is_refused() -> None:
    cells = {"l1": cell("LUT1", I0=11, O=10), "l2": cell("LUT1", I0=10, O=11)}
    with pytest.raises(ToolError) as caught:
        ns(module(cells))
    assert str(caught.value) == "yosys: the design has a combinational loop"


def test_an_unknown_primitive_is_refused() -> None:
    with pytest.raises(ToolError) as caught:
        ns(module({"x": cell("LUT9", I0=10, O=11)}))
    assert str(caught.value) == "yosys: left a cell of unknown delay: LUT9"
