"""The bench of third-party models: nothing that is wrong or not run looks as if it were right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import shared_models
from bench.shared_models_page import EVENTS, failed, page
from bxnn.compiler.report import EngineResult, ReportModel, Verification, save_report
from tests.report.network import measured_report

FACTS = {"ghdl": "GHDL 2.0.0", "g++": "g++ 12.2", "bxnn": "0.2.0"}


def verified(wrong: int = 0) -> ReportModel:
    """A report in which everything was run; ``wrong`` events differ in the HLS C++."""
    results = tuple(
        EngineResult(
            engine=name,
            events=EVENTS,
            directed_events=3,
            mismatches=count,
            passed=count == 0,
            seconds=1.0,
            problem=None,
        )
        for name, count in (("cpp", 0), ("hls", wrong))
    )
    found = Verification(events=EVENTS, seed=1, input=None, engines=results)
    report = measured_report()
    assert report.predicted is not None and report.resources is not None
    totals = {"lut": report.predicted.lut, "ff": report.predicted.ff}
    resources = report.resources.model_copy(update=totals)
    return report.model_copy(update={"verification": found, "resources": resources})


def row(report: ReportModel) -> list[str]:
    """The cells of the only network on a page."""
    (line,) = [line for line in page({"tiny": report}, 1, FACTS).splitlines() if line.startswith("| tiny ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_all_is_well() -> None:
    report = verified()
    assert not failed(report)
    text = page({"tiny": report}, 1, FACTS)
    assert "\nOf 1 network, 1 ran in everything and missed nothing.\n" in text
    assert "## Missed" not in text
    assert row(report)[4:6] == [f"0 of {EVENTS}"] * 2


def test_a_wrong_bit_is_told() -> None:
    report = verified(wrong=2)
    assert failed(report)
    text = page({"tiny": report}, 1, FACTS)
    assert "\nOf 1 network, 0 ran in everything and missed nothing.\n" in text
    assert "* tiny: verification.hls.mismatches is 2" in text
    assert (row(report)[4], row(report)[-1]) == (f"2 of {EVENTS}", "1")


@pytest.mark.parametrize(("part", "cell"), [("simulation", 2), ("verification", 4), ("resources", 7)])
def test_what_was_not_run_is_told(part: str, cell: int) -> None:
    report = verified().model_copy(update={part: None})
    assert failed(report)
    assert row(report)[cell] == "not run"
    assert "\nOf 1 network, 0 ran" in page({"tiny": report}, 1, FACTS)


@pytest.mark.parametrize(("amount", "cell"), [("lut", 8), ("ff", 11)])
def test_a_total_that_is_further_off_than_stated_is_told(amount: str, cell: int) -> None:
    report = verified()
    assert report.predicted is not None and report.resources is not None
    told, stated = getattr(report.predicted, amount), getattr(report.predicted, f"{amount}_error")
    for share, wrong in ((1.0, False), (1 + stated + 0.02, True), (1 - stated - 0.02, True)):
        counted = report.resources.model_copy(update={amount: round(told / share)})
        found = report.model_copy(update={"resources": counted})
        assert failed(found) is wrong
        assert row(found)[cell + 2].endswith(f"±{100 * stated:.0f} %")
        assert (f"* tiny: {amount.upper()}: {told:,} predicted" in page({"tiny": found}, 1, FACTS)) is wrong


def test_a_step_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: Any) -> None:
        raise AssertionError("it has been run")

    save_report(verified(), tmp_path / "report.json")
    monkeypatch.setattr(shared_models, "run", started)
    assert [shared_models.take(step, tmp_path, 1.0) for step in shared_models.STEPS] == ["there already"] * 3


def test_every_network_has_a_name_for_itself() -> None:
    assert len({shared_models.named(model) for model in shared_models.MODELS}) == 16
