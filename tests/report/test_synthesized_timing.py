"""`bxnn synthesize` finds the slowest paths of a build, and fails if one is slower than predicted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler import driver, verification
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.report.timing_facts import PathFacts
from bxnn.compiler.report.timing_report import measured_paths
from bxnn.compiler.verification import synthesis_check
from tests.frontend.handmade import dense, good_weights, sequential, write

DESIGN = 'inputs: {x: "fixed<6,3,RND,SAT>"}\ninitiation_interval: 4\nstrategy: dsp\n'


def compiled(folder: Path, keys: str = "") -> Path:
    model, weights = write(folder, sequential(dense("fc1", 2)), good_weights())
    (folder / "design.yaml").write_text(DESIGN + keys)
    driver.compile_model(model, weights, folder / "design.yaml", folder / "build")
    return folder / "build"


def with_predictions(report: ReportModel, ns: float) -> ReportModel:
    """The report with the same prediction for every class."""
    assert report.timing is not None
    classes = tuple(PathFacts(kind=kind, typical_ns=ns, pessimistic_ns=ns, levels=1, fan_out=1) for kind in PathClass)
    update = {"classes": classes, "worst_path_ns": ns, "worst_path": "fc1"}
    return report.model_copy(update={"timing": report.timing.model_copy(update=update)})


def test_paths_of_a_build_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It passes with a prediction that is long enough, and fails with one that is too short for the same netlist."""
    build = compiled(tmp_path)
    long_enough = with_predictions(load_report(build / "report.json"), 10.0)
    monkeypatch.setattr(synthesis_check, "load_report", lambda _: long_enough)
    report = verification.synthesize(build)
    timing, use = report.timing, report.resources.dsp_use if report.resources else None
    assert timing is not None and use is not None
    paths = {path.kind: path for path in timing.measured}
    assert {PathClass.INPUT_PORT, PathClass.OUTPUT_PORT, PathClass.DSP_SLICE, PathClass.DATA} <= set(paths)
    assert paths[PathClass.DSP_SLICE].layer == "fc1"
    assert all(0 < path.typical_ns <= path.pessimistic_ns for path in timing.measured)
    assert all(path.slack_ns == pytest.approx(timing.time_ns - path.pessimistic_ns) for path in timing.measured)
    table = measured_paths(report)
    assert table is not None and len(table.rows) == len(paths)

    too_short = with_predictions(load_report(build / "report.json"), 0.1)
    monkeypatch.setattr(synthesis_check, "load_report", lambda _: too_short)
    with pytest.raises(VerificationError) as caught:
        verification.synthesize(build)
    worst_first = sorted(timing.measured, key=lambda path: -path.pessimistic_ns)
    told = (
        f"slowest {path.kind.value} path: 0.100 ns predicted, {path.pessimistic_ns:.3f} ns in the netlist "
        f"({path.start} to {path.end})"
        for path in worst_first
    )
    assert str(caught.value) == f"{report.name}: {'; '.join(told)}"


def test_paths_of_a_device_without_public_delays_are_not_judged(tmp_path: Path) -> None:
    timing = load_report(compiled(tmp_path, "board: xcvc1902\n") / "report.json").timing
    assert timing is not None
    assert (timing.delays, timing.classes, timing.worst_path_ns) == (None, (), None)
