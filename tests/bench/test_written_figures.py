"""Figures on the pages are those of today: whatever a compilation gives in seconds is computed again.

Mended by ``python -m bench.figures --write``, and by hand in sentences.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures import DESIGNS
from bench.w_built import COMPILED, SYNTHESIZED
from bench.written import ROOT, Line, Passage, cells_of, differences, row
from bxnn.compiler.cost.cost_model import OWN_FORMATS_ERROR, STREAMED_ERROR, THIRD_PARTY_ERROR

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
LONG = ("svhn_1024", "svhn_384", "16-5x200-5", "largest networks", "fastest clock")
TABLE = "a\n\n| net | what | n | met |\n|---|---|---:|---|\n| one | DSP (of fc1) | 7 | yes |\n| two | DSP | 8 | yes |\n"


@pytest.mark.third_party
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.nightly if name in LONG else ()) for name in DESIGNS]
)
def test_figures_are_those_of_today(name: str) -> None:
    written = DESIGNS[name](MODELS)
    assert written and differences(written) == []


def test_a_row_is_found_and_mended() -> None:
    today = Line("p.md", ("one", "DSP (of fc2)"), ("6", None))
    assert today.wrong(TABLE) == "p.md: one | DSP (of fc1) | 7 | yes: today one | DSP (of fc2) | 6 | yes"
    mended = today.mended(TABLE)
    assert mended == TABLE.replace("(of fc1) | 7", "(of fc2) | 6") and today.wrong(mended) is None
    assert row("p.md", "| two | DSP | 8 | no |", 2, 3).wrong(TABLE) is None
    assert (
        row("p.md", "| two | DSP | 8 | no |", 2).wrong(TABLE) == "p.md: two | DSP | 8 | yes: today two | DSP | 8 | no"
    )
    assert Line("p.md", ("three",), ("6",)).wrong(TABLE) == "p.md: 0 rows begin with three"
    assert cells_of("a | b") == ()


def test_a_passage_is_found() -> None:
    text = "It takes 7 DSPs\nand 30 cycles | 3 LUTs."
    assert Passage("p.md", "takes … DSPs and 30 cycles").wrong(text) is None
    assert Passage("p.md", "takes 8 DSPs").wrong(text) == "p.md: does not say: takes 8 DSPs"
    assert Passage("p.md", "takes … LUTs").wrong(text) is not None


def test_the_stated_errors_are_those_of_the_page() -> None:
    """Of elements with their own formats; bench.cost_elements says so too, after a synthesis of each."""
    page = (ROOT / "docs/cost_elements.md").read_text(encoding="utf-8")
    rows = [cells for line in page.splitlines() if len(cells := cells_of(line)) == 9 and cells[1].isdigit()]
    for column, stated in ((3, OWN_FORMATS_ERROR.lut), (6, OWN_FORMATS_ERROR.ff)):
        errors = [int(cells[column + 1]) / int(cells[column]) - 1 for cells in rows]
        assert [cells[column + 2] for cells in rows] == [f"{100 * error:+.0f} %" for error in errors]
        assert len(errors) == 5 and max(map(abs, errors)) <= stated < max(map(abs, errors)) + 0.2


def test_the_stated_errors_are_those_of_third_party_networks() -> None:
    """Of every network on the page; bench.shared_models says so too, after a synthesis of each."""
    page = (ROOT / "docs/shared_models.md").read_text(encoding="utf-8")
    rows = [cells for line in page.splitlines() if len(cells := cells_of(line)) == 17 and cells[1].isdigit()]
    assert len(rows) == 16
    for error, own in ((THIRD_PARTY_ERROR, False), (OWN_FORMATS_ERROR, True)):
        for column, stated in ((8, error.lut), (11, error.ff)):
            judged = [cells for cells in rows if cells[0].startswith("hgq2_") == own]
            pairs = [[int(cell.replace(",", "")) for cell in cells[column : column + 2]] for cells in judged]
            errors = [told / found - 1 for told, found in pairs]
            assert [cells[column + 2] for cells in judged] == [
                f"{100 * each:+.1f} %, ±{100 * stated:.0f} %" for each in errors
            ]
            assert max(map(abs, errors)) <= stated < max(map(abs, errors)) + 0.05


def test_the_stated_errors_are_those_of_the_network_that_streams() -> None:
    """Of every streaming row of the survey of netlists."""
    page = (ROOT / "docs/netlist_survey.md").read_text(encoding="utf-8")
    rows = [cells for line in page.splitlines() if (cells := cells_of(line)) and cells[0].endswith(", streaming")]
    for column, stated in ((2, STREAMED_ERROR.lut), (3, STREAMED_ERROR.ff)):
        pairs = [[int(number) for number in cells[column].split(" / ")] for cells in rows]
        errors = [abs(told / found - 1) for told, found in pairs]
        assert max(errors) <= stated < max(errors) + 0.02


def test_joined_accumulators_are_counted_as_predicted() -> None:
    """The rows of docs/w_multiplexer.md that are synthesized, as bench.w_multiplexer found them."""
    page = (ROOT / "docs/w_multiplexer.md").read_text(encoding="utf-8")
    rows = [cells for line in page.splitlines() if len(cells := cells_of(line)) == 10 and cells[0].startswith("input_")]
    counted = [cells for cells in rows if cells[3] != "-"]
    assert len(rows) == len(COMPILED) and len(counted) == len(SYNTHESIZED)
    for cells in counted:
        lut, found_lut, ff, found_ff = (int(cell.replace(",", "")) for cell in cells[4:8])
        assert abs(lut / found_lut - 1) <= THIRD_PARTY_ERROR.lut and abs(ff / found_ff - 1) <= THIRD_PARTY_ERROR.ff
        assert float(cells[9]) <= float(cells[8])
