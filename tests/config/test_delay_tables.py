"""Delay tables: every number has its source, every board a table, and devices without public delays have none."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from bxnn import boards
from bxnn.boards.board import board_names, load_board
from bxnn.boards.delay_tables import delay_table_names, load_delays, read_delays, speed_grades
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hardware.delays.clock_limits import DspRegisters
from bxnn.compiler.hardware.delays.delay_table import DelayTable
from bxnn.compiler.hardware.delays.fabric_delays import FabricDelays

FOLDER = Path(boards.__path__[0]) / "delays"


def fabric(family: str, grade: str) -> FabricDelays:
    found = load_delays(family, grade).fabric
    assert found is not None
    return found


@pytest.mark.parametrize("name", delay_table_names())
def test_every_number_has_a_source(name: str) -> None:
    table = load_delays(*name.rsplit("-", 1))
    groups = [table.limits]
    if table.fabric is not None:
        groups += [getattr(table.fabric, field) for field in FabricDelays.model_fields]
    for group in groups:
        given = {key for key, value in group if key != "origins" and value not in (None, math.inf)}
        assert given == set(group.origins)


def test_families_and_grades() -> None:
    found = {family: speed_grades(family) for family in ("series7", "ultrascale", "ultrascaleplus", "versal")}
    assert found == {
        "series7": ("1", "2", "3"),
        "ultrascale": ("1", "2", "3"),
        "ultrascaleplus": ("1", "2", "2L", "2LV", "3"),
        "versal": ("1L", "1M", "2L", "2M", "3H"),
    }


@pytest.mark.parametrize("name", board_names())
def test_paths_are_judged_where_delays_are_public(name: str) -> None:
    board = load_board(name)
    judged = board.delays.fabric is not None
    assert judged == (board.family in ("series7", "ultrascaleplus"))


def test_figures_of_grade_2() -> None:
    delays = fabric("ultrascaleplus", "2")
    assert (delays.lut.mean, delays.ff.clk_q, delays.ff.setup_d) == (0.10, 0.079, -0.025)
    assert (delays.carry.s_to_o, delays.carry.ci_to_co, delays.dsp.mult) == (0.241, 0.023, 0.62)


def test_limits_by_the_registers_of_a_slice() -> None:
    limits = load_delays("ultrascaleplus", "2").limits
    assert [limits.of_slice(each) for each in DspRegisters] == [775, 544, 565, 410]
    assert (limits.bufg, limits.bufg_gt) == (775, 512)
    assert load_delays("versal", "2M").limits.of_slice(DspRegisters.NO_MREG) is None


def test_assumed_numbers_are_named() -> None:
    assert load_delays("ultrascaleplus", "2").assumed == (
        "dsp.setup_a",
        "dsp.setup_b",
        "dsp.setup_c",
        "dsp.setup_control",
        "dsp.clk_p",
        "dsp.clk_pcout",
    )
    assert load_delays("ultrascale", "2").assumed == ("limits.bufg", "limits.dsp_all")


def test_a_scaled_table() -> None:
    base, slow = fabric("ultrascaleplus", "2"), fabric("ultrascaleplus", "2LV")
    assert slow.lut.mean == base.lut.mean * 1.3
    assert slow.carry.bits == base.carry.bits
    assert slow.route.ns(4, "typical") == pytest.approx(1.3 * base.route.ns(4, "typical"))
    assert slow.lut.origins["mean"].mark == "derived"
    assert slow.lut.origins["mean"].source == (
        "RW: A1 to A6 0.150 0.125 0.100 0.090 0.050 0.035; times 1.3: -1LV against -1 in public reports: flip-flop "
        "0.134 over 0.096, DSP multiplier 0.833 over 0.737"
    )
    assert slow.dsp.origins["clk_p"].mark == "memory"


@pytest.mark.parametrize(
    ("fan_out", "typical", "pessimistic"),
    [(1, 0.157, 0.28), (2, 0.198, 0.33), (16, 0.321, 0.48), (128, 0.444, 0.63), (129, 0.5, 1.2), (1 << 40, 1.3, 1.3)],
)
def test_routes_by_fan_out(fan_out: int, typical: float, pessimistic: float) -> None:
    route = fabric("ultrascaleplus", "2").route
    found = route.ns(fan_out, "typical"), route.ns(fan_out, "pessimistic")
    assert found == pytest.approx((typical, pessimistic))


@pytest.mark.parametrize("estimate", ["typical", "pessimistic"])
def test_a_faster_grade_is_faster_in_everything(estimate: str) -> None:
    """Route and logic of a path fall with the grade; the grades in the order of their clock limits."""
    ordered = [load_delays("ultrascaleplus", grade) for grade in ("2LV", "1", "2", "3")]
    assert [table.limits.dsp_all for table in ordered] == [644, 645, 775, 891]

    def path(table: DelayTable) -> float:
        assert table.fabric is not None
        parts = table.fabric
        route = parts.route.ns(8, "typical" if estimate == "typical" else "pessimistic")
        return parts.ff.clk_q + 3 * (parts.lut.mean + route) + parts.carry.s_to_o

    for slower, faster in pairwise(ordered):
        assert path(slower) > path(faster)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", source: URAY}", "}", ": fabric: muxf7: data is not of the form {value: ..., source: ...}"),
        (
            "mark: ran",
            "mark: guess",
            ": fabric: lut: origins: mean: mark: 'guess' is not read, ran, derived or memory; did you mean 'read'?",
        ),
        ("muxf7:", "muxf9:", ": fabric: key 'muxf9' is unknown; did you mean 'muxf8'?"),
        ('"1"', '"2"', ": is for ultrascaleplus-2; family and speed grade must match the file name"),
        ("mult: 0.737", "mult: fast", ": fabric: dsp: mult: 'fast' is not a number of ns"),
        ("bufg: {value: 667", "bufg: {value: 0", ": limits: bufg: 0 is not a positive number of MHz"),
    ],
)
def test_wrong_table(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (FOLDER / "ultrascaleplus-1.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "ultrascaleplus-1.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_delays(path)
    assert str(caught.value) == f"boards/delays/ultrascaleplus-1.yaml{message}"


def test_unknown_grade() -> None:
    with pytest.raises(ConfigError) as caught:
        load_delays("versal", "2")
    assert str(caught.value) == "speed grade -2 of versal: has no known clock limits; -1L, -1M, -2L, -2M, -3H have"
