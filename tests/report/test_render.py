"""What people read: the timeline, report.md and report.html."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bxnn.compiler.report.budget_facts import BudgetFacts
from bxnn.compiler.report.charts import design_space, path_bars, resource_bars
from bxnn.compiler.report.cover import Verdict, origin, tiles
from bxnn.compiler.report.front_facts import FrontFacts
from bxnn.compiler.report.html import draw, render_html
from bxnn.compiler.report.markdown import render_markdown
from bxnn.compiler.report.report_model import Activity, ReportModel
from bxnn.compiler.report.timeline import text_timeline
from tests.report.network import measured_report, tiny_report


def shaped(activities: dict[str, list[tuple[int, int]]], dsp: int) -> ReportModel:
    """The report with its layers replaced by ones that work as specified: (cycle, active DSPs)."""
    report = tiny_report()
    layers = tuple(
        report.layers[0].model_copy(
            update={"name": name, "dsp": dsp, "activity": tuple(Activity(cycle=c, active=a) for c, a in work)}
        )
        for name, work in activities.items()
    )
    return report.model_copy(update={"layers": layers})


def test_text_timeline() -> None:
    report = shaped({"fc1": [(1, 1), (2, 2), (3, 3)], "output": [(4, 3), (6, 3)]}, dsp=3)
    assert text_timeline(report.layers, 8) == (
        "cycle      0\n"
        "fc1        .:+#.....\n"
        "output     ....#.#..\n"
        "out_valid          | cycle 8\n"
        "\n"
        "one column = 1 cycle; of the layer's DSPs: . none, : up to 1/3, + up to 2/3, # more multiply"
    )


def test_long_timeline_is_scaled() -> None:
    report = shaped({"fc1": [(cycle, 1) for cycle in range(300)]}, dsp=1)
    lines = text_timeline(report.layers, 300).splitlines()
    assert lines[1] == "fc1        " + "#" * 75 + "."
    assert lines[-1].startswith("one column = 4 cycles;")


def test_markdown_says_what_was_measured() -> None:
    text = render_markdown(measured_report())
    assert "Verified on GHDL 2.0.0: every output bit, the latency and the II as predicted." in text
    assert re.search(r"\| DSP \| (\d+) \| \1 synthesized \|", text)
    assert "| mismatches | 0 | 0 in 500 events |" in text
    assert "## Synthesis\n\nyosys 0.70\n\n|" in text
    assert "- softmax (softmax): softmax is left out of the firmware; the outputs are its logits" in text
    assert "| fc 1 | fc1 |" in text


def test_markdown_says_what_was_not_run() -> None:
    text = render_markdown(tiny_report())
    assert "Predicted only: nothing has been simulated yet (`bxnn simulate`)." in text
    assert "| mismatches | 0 | not run |" in text
    assert "## Synthesis" not in text


def test_markdown_says_what_failed() -> None:
    text = render_markdown(measured_report(passed=False))
    assert "**FAILED** on GHDL 2.0.0: fc2 element 1, event 3, cycle 40: expected 5, got 4" in text
    assert "| mismatches | 0 | 7 in 500 events |" in text


class Checker(HTMLParser):
    """Checks that every tag is closed, and collects what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_well_formed_and_self_contained() -> None:
    page = render_html(measured_report())
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert checker.references == []
    assert not re.search(r"https?:|@import|url\(|fetch\(", page)
    assert checker.tags.count("rect") == len(draw(measured_report()).bars)
    assert "Who computes what" not in page


def test_html_escapes_names() -> None:
    report = shaped({"<script>": [(1, 1)]}, dsp=1)
    report = report.model_copy(update={"notices": ("<b>x</b>",)})
    page = render_html(report)
    assert page.count("<script>") == 1  # the page's own
    assert "<b>x</b>" not in page
    assert "&lt;script&gt;" in page


def test_drawing_stays_inside() -> None:
    drawing = draw(measured_report())
    assert all(bar.x >= 170 and bar.x + bar.width <= drawing.width for bar in drawing.bars)
    assert all(bar.y + 18 <= drawing.height for bar in drawing.bars)
    assert drawing.end_x <= drawing.width


def test_the_cover_has_the_results_and_where_they_are_from() -> None:
    report = measured_report().model_copy(
        update={"budget": BudgetFacts(dsp=40, latency_ns=200), "git_revision": "c0ffee+"}
    )
    shown = {tile.text.split(",")[0]: tile for tile in tiles(report)}
    assert shown["DSP slices"].value == str(report.dsp) and shown["DSP slices"].text.endswith(
        "% of the device, 40 allowed"
    )
    use = report.device_use
    assert use is not None and use.slr is not None
    slr = next(tile for tile in tiles(report) if "SLR" in tile.text)
    assert (slr.value, slr.text) == (f"{100 * use.slr:.2g} %", "of one of 3 SLRs, if it is all in one")
    latency = next(tile for tile in tiles(report) if tile.text.startswith("latency: "))
    assert latency.value == f"{report.latency_cycles} cycles" and latency.text.endswith(
        "bunch crossings, of 200 ns allowed"
    )
    assert next(tile for tile in tiles(report) if tile.value == "verified").verdict is Verdict.GOOD
    assert next(tile for tile in tiles(measured_report(passed=False)) if tile.value == "failed").verdict is Verdict.BAD
    rows = {row[0]: row[1] for row in origin(report).rows}
    assert rows["git revision of the model"] == "c0ffee+" and rows["bxnn"] == report.bxnn_version
    assert rows["simulated"] == "GHDL 2.0.0: bxnn simulate BUILD --simulator ghdl --events 500"
    page = render_html(report)
    assert page.count('class="tile ') == len(tiles(report)) and "c0ffee+" in page


def test_bars_are_what_the_tables_say() -> None:
    report = tiny_report()
    names = [report.spelled(layer.name) for layer in report.layers]
    for bar in resource_bars(report):
        assert sum(share for _, share, _, _ in bar.pieces) == pytest.approx(1)
        assert {name: names[colour] for name, _, _, colour in bar.pieces} == {name: name for name, *_ in bar.pieces}
    assert {bar.name: int(bar.text) for bar in resource_bars(report)}["DSP"] == report.dsp
    timing = report.timing
    assert timing is not None and len(path_bars(report)) == len(timing.classes)
    worst = max(path_bars(report), key=lambda bar: bar.pieces[0][1])
    assert worst.text == f"{timing.worst_path_ns:.3f} ns" and not worst.over


def test_the_chosen_design_is_marked() -> None:
    front = [
        FrontFacts(latency_cycles=9 + n, dsp=20 - n, lut=None, ff=None, fits=n != 0, chosen=n == 2) for n in range(4)
    ]
    report = tiny_report().model_copy(update={"front": tuple(front)})
    (scatter,) = design_space(report)
    assert (scatter.x_ends, scatter.y_ends) == ((9, 12), (17, 20))
    assert [(dot.x, dot.y) for dot in scatter.dots] == [(0, 1), (1 / 3, 2 / 3), (2 / 3, 1 / 3), (1, 0)]
    assert [dot.chosen for dot in scatter.dots] == [False, False, True, False]
    page = render_html(report)
    assert [page.count(f'<circle class="{kind}"') for kind in ("chosen", "fits", "beyond")] == [1, 2, 1]


def test_every_part_of_the_contents_is_there() -> None:
    page = render_html(measured_report())
    wanted, there = re.findall('data-part="([^"]+)"', page), re.findall('<details id="([^"]+)"', page)
    assert wanted == there and len(set(there)) == len(there) > 8
