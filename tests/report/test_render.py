"""What people read: the timeline, report.md and report.html."""

from __future__ import annotations

import re
from html.parser import HTMLParser

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
    assert "## Synthesis (yosys 0.70)" in text
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
    assert not re.search(r"https?:|@import|url\(", page)
    assert checker.tags.count("rect") == len(draw(measured_report()).bars)
    assert "Who computes what" not in page


def test_html_escapes_names() -> None:
    report = shaped({"<script>": [(1, 1)]}, dsp=1)
    report = report.model_copy(update={"notices": ("<b>x</b>",)})
    page = render_html(report)
    assert "<script>" not in page
    assert "<b>x</b>" not in page
    assert "&lt;script&gt;" in page


def test_drawing_stays_inside() -> None:
    drawing = draw(measured_report())
    assert all(bar.x >= 170 and bar.x + bar.width <= drawing.width for bar in drawing.bars)
    assert all(bar.y + 18 <= drawing.height for bar in drawing.bars)
    assert drawing.end_x <= drawing.width
