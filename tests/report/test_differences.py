"""A failure is reported with the same facts everywhere: summary, report.json, pages, JUnit."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.layer_difference import LayerDifference
from bxnn.compiler.report import CSim, ReportModel, Simulation, load_report, save_report
from bxnn.compiler.report.html import render_html
from bxnn.compiler.report.markdown import render_markdown
from bxnn.compiler.report.summary import summary
from bxnn.sim.junit import JUnit
from tests.report.network import tiny_report

NAMES = st.sampled_from(["fc1", "relu1"])
LATE = st.builds(  # a valid that was high in a different cycle, or never
    LayerDifference, NAMES, st.none(), st.none(), st.just(0), st.integers(0, 9), st.integers(0, 9)
)
WRONG = st.builds(
    LayerDifference,
    layer=NAMES,
    element=st.integers(0, 9),
    cycle=st.none() | st.integers(0, 3),
    phase=st.integers(0, 3),
    expected=st.integers(-9, 9),
    got=st.integers(-9, 9) | st.text("01UX", min_size=1, max_size=4),
    strobed=st.booleans(),
)
LAYERS = LATE | WRONG
RUNS = [
    ((3, 69, 69, 69), "0 in 3 events, 69 in 69 directed events"),
    ((3, 2, 0, 69), "2 in 3 events, 0 in 69 directed events"),
    ((1, 1, 0, 1), "1 in 1 event, 0 in 1 directed event"),
    ((500, 0, 0, 0), "0 in 500 events"),
    ((500, 7, None, 69), "7 in 500 events and 69 directed events"),
    ((500, 7, None, None), "7 in 500 events"),
]


def report(counts: tuple[int, int, int | None, int | None], layer: LayerDifference | None = None) -> ReportModel:
    """A report with these events, mismatches, directed mismatches and directed events, for VHDL and C++."""
    keys = ("events", "mismatches", "directed_mismatches", "directed_events")
    facts = dict(zip(keys, counts, strict=True))
    failed = {"passed": False, "first_difference": "output fc2, element 1", "first_wrong_layer": layer}
    seen = {"simulator": "GHDL 2.0.0", "latency_cycles": 9, "initiation_interval": 4}
    parts = {
        "simulation": Simulation.model_validate(facts | seen | failed),
        "csim": CSim.model_validate(facts | failed),
    }
    return tiny_report().model_copy(update=parts)


@pytest.mark.parametrize(("counts", "cell"), RUNS)
def test_mismatches_stand_beside_the_events_they_are_of(
    counts: tuple[int, int, int | None, int | None], cell: str
) -> None:
    cells = {row[0]: row[2] for row in summary(report(counts)).rows}
    assert (cells["mismatches"], cells["HLS mismatches"]) == (cell, cell)


@given(LAYERS)
def test_the_first_wrong_layer_survives_report_json(
    tmp_path_factory: pytest.TempPathFactory, layer: LayerDifference
) -> None:
    path = tmp_path_factory.mktemp("report") / "report.json"
    made = report((3, 1, 0, 69), layer)
    save_report(made, path)
    assert load_report(path) == made
    for part in (load_report(path).simulation, load_report(path).csim):
        assert part is not None and part.first_wrong_layer == layer


def test_pages_name_the_first_wrong_layer() -> None:
    layer = LayerDifference("relu1", 3, 1, 0, 5, 4)
    words = "relu1, element 3, 1 cycle after in_valid (phase 0): expected 5, got 4"
    made = report((3, 1, 0, 69), layer)
    assert f"| VHDL | output fc2, element 1 | {words} |" in render_markdown(made)
    assert f"| HLS C++ | output fc2, element 1 | {words} |" in render_markdown(made)
    assert f"<td>{words}</td>" in render_html(made, ())


@given(LAYERS, st.sampled_from(["y", "z"]))
def test_junit_holds_the_record(tmp_path_factory: pytest.TempPathFactory, layer: LayerDifference, output: str) -> None:
    path = tmp_path_factory.mktemp("junit") / "results.xml"
    JUnit("csim.net", ("y", "z"), 0.5, f"output {output}, element 1", layer, {"seed": 7}).write(path)
    suite = ElementTree.parse(path).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    failures = {case.get("name"): [found.get("message") for found in case] for case in suite.findall("testcase")}
    message = f"output {output}, element 1; first wrong layer: {layer}"
    assert failures == {name: [message] if name == output else [] for name in ("y", "z")}
    properties = {item.get("name"): item.get("value") for item in suite.findall("properties/property")}
    record = {f"first_wrong_layer.{key}": str(value) for key, value in asdict(layer).items() if value is not None}
    assert properties == {"seed": "7"} | record


def test_junit_of_success(tmp_path: Path) -> None:
    JUnit("csim.net", ("y",), 0.5, None, None, {}).write(tmp_path / "results.xml")
    suite = ElementTree.parse(tmp_path / "results.xml").getroot()
    assert (suite.get("failures"), suite.findall("testcase/failure")) == ("0", [])
