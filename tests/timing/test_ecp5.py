"""ECP5: exact sums on small netlists, with the delays that the check against nextpnr uses."""

from __future__ import annotations

from math import log2
from typing import Any

import pytest

from bxnn.boards.ecp5_table import ECP5_GRADES, load_ecp5_delays
from bxnn.compiler.errors import ConfigError, ToolError
from bxnn.compiler.hardware.delays.ecp5_delays import Ecp5Delays
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.sourced import Sourced
from bxnn.sim.timing.analysis import Analysis
from bxnn.sim.timing.ecp5_primitives import Ecp5Primitives
from bxnn.sim.timing.flat_netlist import FlatNetlist
from bxnn.sim.timing.operand_groups import operand_groups
from tests.timing.netlist import CLK, module

DELAYS = load_ecp5_delays("8")
ROUTE = DELAYS.route
CLK_Q, LUT, TO_FF = 0.395, 0.180, ROUTE.to_ff
_DRIVES = ("Q", "Z", "S0", "S1", "COUT", "DO")


def cell(kind: str, **pins: Any) -> dict[str, Any]:
    connections = {port: nets if isinstance(nets, list) else [nets] for port, nets in pins.items()}
    drives = {port for port in connections if port in _DRIVES or (kind == "MULT18X18D" and port[0] == "P")}
    directions = {port: "output" if port in drives else "input" for port in connections}
    return {"type": kind, "parameters": {}, "connections": connections, "port_directions": directions}


def ff(d: int | str, q: int, **control: Any) -> dict[str, Any]:
    return cell("TRELLIS_FF", CLK=CLK, DI=d, Q=q, **control)


def ns(cells: dict[str, dict[str, Any]]) -> dict[PathClass, float]:
    netlist = FlatNetlist(module(cells))
    return {kind: path.ns for kind, path in Analysis(netlist, Ecp5Primitives(netlist, DELAYS)).worst("typical").items()}


def to_lut(fan_out: int, cells: int) -> float:
    size = ROUTE.per_size_doubling * log2(cells / 1000)
    return ROUTE.to_lut + ROUTE.per_doubling * log2(fan_out) + size


def to_carry(fan_out: int, cells: int) -> float:
    return to_lut(fan_out, cells) + ROUTE.to_carry - ROUTE.to_lut


def test_two_luts() -> None:
    luts = {"l1": cell("LUT4", A=10, B="0", C="0", D="0", Z=11), "l2": cell("LUT4", A=11, B=11, C="0", D="0", Z=12)}
    found = ns({"a": ff("0", 10), **luts, "b": ff(12, 13)})
    assert found == {PathClass.DATA: pytest.approx(CLK_Q + to_lut(1, 4) + LUT + to_lut(2, 4) + LUT + TO_FF)}


def test_wide_multiplexer_sits_beside_its_luts() -> None:
    luts = {name: cell("LUT4", A=10, Z=net) for name, net in (("l1", 11), ("l2", 12))}
    found = ns({"a": ff("0", 10), **luts, "m": cell("PFUMX", ALUT=11, BLUT=12, C0="0", Z=13), "b": ff(13, 14)})
    assert found == {PathClass.DATA: pytest.approx(CLK_Q + to_lut(2, 5) + 0.306 + TO_FF)}


@pytest.mark.parametrize(
    ("bits", "chain"), [(1, 0.180), (2, 0.500), (3, 0.355 + 0.328), (8, 0.355 + 2 * 0.056 + 0.349)]
)
def test_carry_chain(bits: int, chain: float) -> None:
    blocks = ceil_div(bits, 2)
    cells = {"a": ff("0", 10), "b": ff(100 + bits - 1, 13)}
    for block in range(blocks):
        sums = {"S0": 100 + 2 * block, "S1": 101 + 2 * block}
        cells[f"c{block}"] = cell("CCU2C", A0=10 if block == 0 else "0", CIN=200 + block, COUT=201 + block, **sums)
    assert ns(cells)[PathClass.DATA] == pytest.approx(CLK_Q + to_carry(1, blocks + 2) + chain + TO_FF)


def test_a_carry_that_is_read_leaves_through_a_cell() -> None:
    """To a LUT through the sum of that cell; to the rest of the chain through one of its inputs as well."""
    chain = {
        "c0": cell("CCU2C", A0=10, CIN="0", COUT=20, S0=30, S1=31),
        "c1": cell("CCU2C", A0="0", CIN=20, COUT=21, S0=32, S1=33),
    }
    read = {"l": cell("LUT4", A=20, Z=40), "b": ff(40, 50)}
    left = CLK_Q + to_carry(1, 6) + 0.355 + 0.328
    alone = {"a": ff("0", 10), **chain, **read, "s": ff("0", 51)}
    assert ns(alone)[PathClass.DATA] == pytest.approx(left + to_lut(2, 6) + LUT + TO_FF)
    going_on = {"a": ff("0", 10), **chain, **read, "s": ff(33, 51)}
    assert ns(going_on)[PathClass.DATA] == pytest.approx(left + to_lut(2, 6) + 0.355 + 0.349 + TO_FF)


def multiplier(a: int, b: int, p: int) -> dict[str, Any]:
    return cell("MULT18X18D", A0=a, B0=b, P0=p)


def test_multipliers_of_a_group_lie_apart() -> None:
    """One that shares nothing, and two that share an operand."""
    registers = {f"f{net}": ff("0", net) for net in (10, 11, 12, 13, 14)}
    ends = {f"g{net}": ff(net, net + 10) for net in (20, 21, 22)}
    alone = ns({**registers, "m0": multiplier(10, 11, 20), **ends})
    assert alone[PathClass.DATA] == pytest.approx(CLK_Q + ROUTE.dsp_own + 3.066 + ROUTE.dsp_out)
    cells = {"m0": multiplier(10, 11, 20), "m1": multiplier(12, 13, 21), "m2": multiplier(12, 14, 22)}
    assert operand_groups(FlatNetlist(module({**registers, **cells}))) == {"m0": 1, "m1": 2, "m2": 2}
    shared = ROUTE.dsp_shared + 2 * ROUTE.dsp_shared_each
    assert ns({**registers, **cells, **ends})[PathClass.DATA] == pytest.approx(CLK_Q + shared + 3.066 + ROUTE.dsp_out)


def test_resets_and_memories() -> None:
    ram = cell("TRELLIS_DPR16X4", RAD=[11], DO=[12], WRE=13, WCK=CLK, DI=["0"], WAD=["0"])
    found = ns({"r": ff("0", 10), "a": ff("0", 11), "w": ff("0", 13), "ram": ram, "b": ff(12, 14, LSR=10)})
    read = CLK_Q + to_lut(1, 5) + LUT + to_lut(1, 5)
    assert found == {
        PathClass.CONTROL: pytest.approx(CLK_Q + to_lut(1, 5) + 0.287),
        PathClass.MEMORY: pytest.approx(CLK_Q + to_lut(1, 5) + 0.266),
        PathClass.DATA: pytest.approx(max(read, 0.717 + to_lut(1, 5))),
    }


def test_an_unknown_primitive_is_refused() -> None:
    with pytest.raises(ToolError) as caught:
        ns({"x": cell("ALU54B", A0=10)})
    assert str(caught.value) == "yosys: left a cell of unknown delay: ALU54B"


@pytest.mark.parametrize(("grade", "factor"), [("8", 1.0), ("7", 1.16), ("6", 1.3)])
def test_speed_grades(grade: str, factor: float) -> None:
    """Slower grades are the fastest one times a factor; every number has a source."""
    table = load_ecp5_delays(grade)
    groups = [getattr(table, name) for name in Ecp5Delays.model_fields]
    for group in (group for group in groups if isinstance(group, Sourced)):
        assert {key for key, _ in group} - {"origins"} == set(group.origins)
    assert table.lut.lut == pytest.approx(LUT * factor)
    assert table.route.to_carry == pytest.approx(ROUTE.to_carry * factor)


def test_unknown_grade() -> None:
    with pytest.raises(ConfigError) as caught:
        load_ecp5_delays("9")
    assert str(caught.value) == f"speed grade -9 of ecp5: is unknown; there are {', '.join(ECP5_GRADES)}"
