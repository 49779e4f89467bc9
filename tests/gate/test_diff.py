"""bxnn diff: every difference of two builds is named, and builds that do not differ are equal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler import cli
from bxnn.compiler.gate.build_diff import build_diff
from bxnn.compiler.gate.build_facts import BuildFacts, Topic
from bxnn.compiler.report import save_report
from bxnn.compiler.report.accuracy_facts import AccuracyFacts
from bxnn.compiler.report.calibration_facts import ClassFacts, Estimate
from tests.report.network import measured_report, tiny_report

REPORT = measured_report()
KERNEL = np.arange(-6, 6, dtype=np.int64).reshape(3, 4)


def facts(report: object = REPORT, **constants: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> BuildFacts:
    assert isinstance(report, type(REPORT))
    return BuildFacts(Path("build"), report, constants)


def test_a_build_does_not_differ_from_itself() -> None:
    assert build_diff(facts(kernel=KERNEL), facts(kernel=KERNEL.copy())) == ()


@given(st.sets(st.integers(0, KERNEL.size - 1), min_size=1), st.integers(1, 100))
def test_every_changed_weight_is_counted(changed: set[int], by: int) -> None:
    other = KERNEL.copy()
    other.ravel()[sorted(changed)] += by
    (change,) = build_diff(facts(fc1=KERNEL), facts(fc1=other))
    assert (change.topic, change.name) == (Topic.WEIGHTS, "fc1")
    assert str(change.after).endswith(f"{len(changed)} of 12 codes differ, by at most {by}")


def test_a_constant_that_came_or_went() -> None:
    came = build_diff(facts(), facts(bias=KERNEL))
    assert [(change.before, change.after) for change in came] == [(None, "shape 3x4")]
    reshaped = build_diff(facts(bias=KERNEL), facts(bias=KERNEL.T))
    assert [(change.before, change.after) for change in reshaped] == [("shape 3x4", "shape 4x3")]


def labelled(accuracy: float, auc: float) -> AccuracyFacts:
    sure = Estimate(value=0.5, error=0.1)
    own = ClassFacts(
        label=2, auc_float=None, auc=Estimate(value=auc, error=0.1), efficiency_float=None, efficiency=sure
    )
    share = Estimate(value=accuracy, error=0.1)
    return AccuracyFacts(
        input="x.npz", sha256="00", events=9, accuracy=share, background=0.1, classes=(own,), range_events=9, ranges=()
    )


def test_the_accuracy_of_another_training_is_compared() -> None:
    before, after = (
        facts(REPORT.model_copy(update={"accuracy": labelled(*figures)})) for figures in ((0.7, 0.9), (0.8, 0.95))
    )
    found = [(change.name, change.before, change.after) for change in build_diff(before, after)]
    assert found == [("accuracy.accuracy", 0.7, 0.8), ("accuracy.class 2.auc", 0.9, 0.95)]
    assert ("accuracy.events", None, 9) in [
        (change.name, change.before, change.after) for change in build_diff(facts(), after)
    ]


@pytest.mark.parametrize(
    ("update", "topic", "name", "after"),
    [
        ({"latency_cycles": 99}, Topic.FIGURES, "latency_cycles", 99),
        ({"clock_mhz": 240.0}, Topic.FIGURES, "clock_mhz", 240.0),
        ({"bxnn_version": "9"}, Topic.SOURCE, "bxnn_version", "9"),
        ({"simulation": None}, Topic.VERIFICATION, "simulation.events", None),
        ({"resources": None}, Topic.RESOURCES, "resources.lut", None),
        ({"notices": ()}, Topic.NOTICES, REPORT.notices[0], None),
    ],
)
def test_every_part_of_the_report_is_compared(
    update: dict[str, object], topic: Topic, name: str, after: object
) -> None:
    changes = build_diff(facts(), facts(REPORT.model_copy(update=update)))
    assert (topic, name, after) in [(change.topic, change.name, change.after) for change in changes]


@pytest.mark.parametrize(
    ("field", "value", "topic"),
    [
        ("input_format", "fixed<9, 9>", Topic.FORMATS),
        ("dsp", 1234, Topic.SCHEDULE),
        ("predicted_lut", 5, Topic.RESOURCES),
    ],
)
def test_every_layer_is_compared(field: str, value: object, topic: Topic) -> None:
    layers = (REPORT.layers[0].model_copy(update={field: value}), *REPORT.layers[1:])
    (change,) = build_diff(facts(), facts(REPORT.model_copy(update={"layers": layers})))
    assert (change.topic, change.after) == (topic, value)
    assert change.name == f"{REPORT.spelled(REPORT.layers[0].name)}.{field}"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, page = tmp_path / "old.json", tmp_path / "new.json", tmp_path / "diff.html"
    save_report(tiny_report(), old)
    save_report(tiny_report().model_copy(update={"dsp": 7, "notices": ("<script>",)}), new)
    assert cli.run(["diff", str(old), str(old)]) == 0
    assert capsys.readouterr().out == "The builds do not differ.\n"
    assert cli.run(["diff", str(old), str(new), "--html", str(page)]) == 0
    out = capsys.readouterr().out
    assert f"dsp{tiny_report().dsp}7" in "".join(out.split()) and out.endswith(f"wrote {page}\n")
    assert "&lt;script&gt;" in page.read_text() and "<script>" not in page.read_text()
    assert cli.run(["diff", str(old), str(new), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["equal"] is False
    assert {"topic": "figures", "name": "dsp", "before": tiny_report().dsp, "after": 7} in answer["changes"]


def test_what_is_no_build_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.json"
    assert cli.run(["diff", str(missing), str(missing)]) == 2
    problem = "cannot be read: No such file or directory; run bxnn compile first"
    assert capsys.readouterr() == ("", f"{missing}: {problem}\n")
