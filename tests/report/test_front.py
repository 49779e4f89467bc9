"""The designs from which the scheduler chose are shown: with DSPs, with adder graphs, and those over a limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.design_front import MOST_SHOWN, FrontDesign, front_of
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.report import ReportModel, build_report
from bxnn.compiler.report.front_facts import FrontFacts
from bxnn.compiler.report.front_table import brief, front
from bxnn.compiler.report.html import render_html
from bxnn.compiler.report.markdown import render_markdown
from bxnn.compiler.report.summary import summary
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.ir.networks import activation, dense, network, random_kernel, source
from tests.report.network import tiny_report


def small() -> Graph:
    rng = np.random.default_rng(2)
    first, second = random_kernel(rng, 6, 8, 5, 0.2), random_kernel(rng, 8, 4, 5, 0.2)
    return network(source("x", 6), dense("fc1", "x", first), activation("relu", "fc1"), dense("fc2", "relu", second))


def planned(text: str) -> ReportModel:
    config = parse_config(f"initiation_interval: 4\n{text}")
    board = load_board(config.board)
    return build_report(small(), schedule_graph(small(), config, board), board, config, [], [], [])


def cells(report: ReportModel) -> tuple[tuple[str, ...], ...]:
    return front(report).rows


def test_a_budget_that_turns_dsps_into_luts_says_so() -> None:
    found = planned("budget: {dsp: 3}")
    (chosen,) = (design for design in found.front if design.chosen)
    assert found.predicted is not None
    assert (chosen.dsp, chosen.lut, chosen.ff) == (found.dsp, found.predicted.lut, found.predicted.ff)
    over = [design for design in found.front if not design.fits]
    assert over and all(design.dsp > 3 and design.lut is None for design in over), "designs with DSPs alone"
    least = min(over, key=lambda design: (design.dsp, design.latency_cycles))
    row = ("", f"{least.latency_cycles} cycles, {least.dsp} DSP (over a limit)", "")
    assert summary(found).rows[-1] in (row, ("other designs", *row[1:]))
    assert (str(least.latency_cycles), str(least.dsp), "-", "-", "over a limit") in cells(found)


def test_designs_of_both_kinds_stand_on_one_front() -> None:
    found = planned("budget: {lut: 5000}")
    assert found.not_searched is None
    assert {design.dsp > 0 for design in found.front} == {True, False}
    assert all(design.lut is not None and design.fits for design in found.front)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "strategy: lut or a budget of LUTs"),
        ("strategy: dsp", None),
        ("strategy: lut", None),
        ("layers: {fc1: {strategy: dsp}, fc2: {reuse_factor: 2}}", None),
    ],
)
def test_what_was_not_searched_is_told(text: str, told: str | None) -> None:
    found = planned(text)
    assert found.not_searched == told
    last = ("", f"adder graphs not searched ({told})", "")
    assert (summary(found).rows[-1][1:] == last[1:]) == (told is not None)
    assert sum(design.chosen for design in found.front) == 1


def test_every_design_stands_in_both_reports() -> None:
    facts = [
        FrontFacts(latency_cycles=12, dsp=0, lut=35026, ff=15311, fits=True, chosen=True),
        FrontFacts(latency_cycles=19, dsp=24, lut=34036, ff=15125, fits=True, chosen=False),
        FrontFacts(latency_cycles=22, dsp=12, lut=33835, ff=14801, fits=True, chosen=False),
        FrontFacts(latency_cycles=44, dsp=266, lut=None, ff=None, fits=False, chosen=False),
    ]
    report = tiny_report().model_copy(update={"front": tuple(facts), "not_searched": None})
    assert brief(report) == (
        ("other designs", "19 cycles, 24 DSP, 34036 LUT", ""),
        ("", "22 cycles, 12 DSP, 33835 LUT", ""),
        ("", "44 cycles, 266 DSP (over a limit)", ""),
    )
    assert "\n".join(
        [
            "## Designs on the Pareto front",
            "",
            "| cycles | DSP | LUT | FF |  |",
            "| --- | --- | --- | --- | --- |",
            "| 12 | 0 | 35026 | 15311 | chosen |",
            "| 19 | 24 | 34036 | 15125 |  |",
            "| 22 | 12 | 33835 | 14801 |  |",
            "| 44 | 266 | - | - | over a limit |",
        ]
    ) in render_markdown(report)
    page = render_html(report)
    assert "Designs on the Pareto front" in page and ">34036<" in page and ">over a limit<" in page


designs = st.builds(FrontDesign, st.integers(0, 50), st.integers(0, 50), st.integers(0, 900), st.none(), st.booleans())


@given(st.lists(designs, max_size=150))
def test_a_long_front_keeps_the_chosen_design_and_the_extremes(others: list[FrontDesign]) -> None:
    chosen = FrontDesign(20, 20, 20, 20, chosen=True)
    shown = front_of([*others, chosen])
    every = {*others, chosen}
    assert len(shown) == len(set(shown)) <= MOST_SHOWN and chosen in shown and every.issuperset(shown)
    assert len(shown) == len(every) or len(shown) > MOST_SHOWN // 2
    for cost in ("latency_cycles", "dsp", "lut"):
        assert min(getattr(design, cost) for design in shown) == min(getattr(design, cost) for design in every)
    assert list(shown) == sorted(shown, key=lambda design: design.latency_cycles)
