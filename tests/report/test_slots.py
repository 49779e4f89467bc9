"""The slot map: every MAC where the schedule places it, kept in the build, drawn once."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.errors import InputError
from bxnn.compiler.hardware.read_elements import ReadElements
from bxnn.compiler.report import load_slots, save_slots, slot_maps
from bxnn.compiler.report.html import render_html
from bxnn.compiler.report.slot_map import SlotMap
from bxnn.compiler.report.slot_picture import draw_slots
from tests.report.network import network, tiny_report
from tests.report.test_render import Checker


def maps() -> tuple[SlotMap, ...]:
    return slot_maps(*network())


def plain(dsps: int, phases: int, rows: list[tuple[int, int, int, int, int]]) -> SlotMap:
    """A layer y that reads x, from cycle 10: rows of DSP, phase, output, operand, weight; DSP n is n cycles late."""
    dsp, phase, output, operand, weight = np.array(rows, np.int64).reshape(-1, 5).T
    return SlotMap("y", "x", phases, 10, dsp, phase, output, operand, weight, np.arange(dsps))


def titles(svg: str) -> list[str]:
    return re.findall("<title>(.*?)</title>", svg)


def test_every_nonzero_mac_that_decides_an_output_is_in_the_map() -> None:
    graph, schedule = network()
    found, needed = maps(), ReadElements.of(graph).maps
    assert [each.layer for each in found] == ["fc1", "fc2"]
    assert [each.source for each in found] == ["x", "relu1"]
    for each in found:
        step = schedule.step(each.layer)
        weights = np.zeros_like(needed[each.layer].weights)
        weights[each.output, each.operand] = each.weight
        assert np.array_equal(weights, needed[each.layer].weights)
        assert (each.dsp_count, each.start_cycle) == (step.binding.dsp, step.start_cycle)
        assert each.slots == each.dsp_count * 4


def test_idle_slots_are_those_of_the_report() -> None:
    layers = {layer.name: layer for layer in tiny_report().layers}
    for each in maps():
        assert each.slots - each.used == layers[each.layer].idle_slots
        assert layers[each.layer].dsp_efficiency == layers[each.layer].macs_nonzero / each.slots
    assert layers["relu1"].dsp_efficiency is None


def test_round_trip(tmp_path: Path) -> None:
    (tmp_path / "ir").mkdir()
    save_slots(maps(), tmp_path)
    found = load_slots(tmp_path)
    assert len(found) == 2
    for each, again in zip(maps(), found, strict=True):
        for name, value in vars(each).items():
            assert np.array_equal(getattr(again, name), value), name


def test_no_layer_on_dsps(tmp_path: Path) -> None:
    (tmp_path / "ir").mkdir()
    save_slots((), tmp_path)
    assert load_slots(tmp_path) == ()


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "ir" / "slots.npz"
    path.parent.mkdir()
    problem = f"{path}: cannot be read: No such file or directory; run bxnn compile again"
    with pytest.raises(InputError) as caught:
        load_slots(tmp_path)
    assert str(caught.value) == problem
    save_slots([replace(plain(2, 3, [(1, 2, 0, 0, 5)]), phase=np.array([3]))], tmp_path)
    with pytest.raises(InputError) as caught:
        load_slots(tmp_path)
    assert str(caught.value) == f"{path}: is damaged (y has a nonexistent slot); run bxnn compile again"
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"slots.npz: is damaged \(.*\); run bxnn compile again"):
        load_slots(tmp_path)


def test_tooltips_say_who_computes_what() -> None:
    found = plain(13, 4, [(12, 3, 17, 5, -13), (0, 0, 2, 1, 7)])
    assert titles(draw_slots(found, 0.25).svg) == [
        "dsp 12, phase 3, cycle 25: y[17] += -13 * x[5]",
        "dsp 0, phase 0, cycle 10: y[2] += 7 * x[1]",
    ]


def test_caption_counts_idle_slots_and_shared_ones() -> None:
    found = plain(2, 4, [(0, 0, 0, 0, 1), (0, 0, 1, 0, 1), (1, 3, 2, 1, 1)])
    caption = draw_slots(found, 0.375).caption
    assert caption == "2 DSP, 4 phases: 2 of 8 slots used, 25.0%, 3 products in them, DSP efficiency 37.5%."
    alone = plain(2, 4, [(0, 0, 0, 0, 1)])
    assert draw_slots(alone, None).caption == "2 DSP, 4 phases: 1 of 8 slots used, 12.5%."


def rectangles(svg: str) -> list[tuple[str, float, float, float, float]]:
    pattern = r'<rect class="(\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"'
    return [(name, *map(float, numbers)) for name, *numbers in re.findall(pattern, svg)]


def test_products_of_one_slot_lie_side_by_side() -> None:
    _, left, right, alone = rectangles(
        draw_slots(plain(2, 4, [(0, 0, 0, 0, 1), (0, 0, 1, 0, 1), (1, 0, 2, 1, 1)]), None).svg
    )
    assert (left[0], right[0], alone[0]) == ("o0", "o1", "o2")
    assert left[2] == right[2] == alone[2] and left[4] == alone[4]
    assert left[1] + left[3] == pytest.approx(right[1], abs=0.02)
    assert left[3] == right[3] == pytest.approx(alone[3] / 2, abs=0.02)
    assert right[1] + right[3] < alone[1]


@pytest.mark.parametrize(("dsps", "phases"), [(1, 1), (7, 300), (100, 8), (101, 8), (500, 8), (2706, 1)])
def test_slots_lie_inside_their_band_and_apart(dsps: int, phases: int) -> None:
    corners = [(dsp, phase) for dsp in {0, dsps // 2, dsps - 1} for phase in {0, phases - 1}]
    svg = draw_slots(plain(dsps, phases, [(dsp, phase, 0, 0, 1) for dsp, phase in corners]), None).svg
    height = float(re.findall(r'viewBox="0 0 940 ([\d.]+)"', svg)[0])
    found = rectangles(svg)
    idle, cells = [r for r in found if r[0] == "idle"], [r for r in found if r[0] != "idle"]
    assert len(cells) == len({cell[1:3] for cell in cells}) == len(corners)
    for _, x, y, width, tall in cells:
        inside = [
            band
            for band in idle
            if band[1] <= x and x + width <= band[1] + band[3] + 0.02 and band[2] <= y + 0.01
            if y + tall <= band[2] + band[4] + 0.02
        ]
        assert len(inside) == 1
    assert all(x + width <= 940.01 and y + tall <= height for _, x, y, width, tall in found)


def test_many_slots_are_drawn_without_tooltips() -> None:
    rows = [(dsp, phase, dsp, 0, 1) for dsp in range(1001) for phase in range(30)]
    picture = draw_slots(plain(1001, 30, rows), None)
    assert picture.caption.endswith("30030 of 30030 slots used, 100.0%. Too many slots for tooltips.")
    assert titles(picture.svg) == []
    drawn = "".join(re.findall(r'class="o\d+" d="([^"]*)"', picture.svg))
    assert drawn.count("M") == 30030


def test_many_dsps_are_cut() -> None:
    rows = [(dsp, 0, 0, 0, 1) for dsp in range(4100)]
    picture = draw_slots(plain(4100, 2, rows), None)
    assert picture.caption == "4100 DSP, 2 phases: 4100 of 8200 slots used, 50.0%. Drawn: the first 4000 DSPs."
    assert len(titles(picture.svg)) == 4000
    slow = draw_slots(plain(1001, 200, [(1000, 0, 0, 0, 1), (199, 199, 0, 0, 1), (200, 0, 0, 0, 1)]), None)
    assert slow.caption == "1001 DSP, 200 phases: 3 of 200200 slots used, 0.0%. Drawn: the first 200 DSPs."
    assert titles(slow.svg) == ["dsp 199, phase 199, cycle 408: y[0] += 1 * x[0]"]


def test_page_shows_the_slots() -> None:
    report = tiny_report()
    page = render_html(report, maps())
    checker = Checker()
    checker.feed(page)
    assert checker.open == [] and checker.references == []
    assert not [title for title in titles(page) if title.startswith("dsp ")]
    packed = re.findall('data-picture="([^"]+)"', page)
    drawn = "".join(zlib.decompress(base64.b64decode(picture)).decode() for picture in packed)
    checker.feed(drawn)
    assert checker.open == [] and len(packed) == len(maps())
    assert titles(drawn) == [
        replace(each, layer=report.spelled(each.layer), source=report.spelled(each.source)).describe(row)
        for each in maps()
        for row in range(each.dsp.size)
    ]


def test_names_are_escaped() -> None:
    found = replace(plain(1, 1, [(0, 0, 0, 0, 1)]), layer='<b>"', source="<i>")
    svg = draw_slots(found, None).svg
    assert "<b>" not in svg and "<i>" not in svg
    assert 'aria-label="Slots of &lt;b&gt;&quot;"' in svg


def test_a_long_idle_end_is_not_drawn() -> None:
    picture = draw_slots(plain(1, 200, [(0, 7, 0, 0, 1)]), None)
    assert picture.caption == "1 DSP, 200 phases: 1 of 200 slots used, 0.5%. Phases 10 to 199 are idle."
