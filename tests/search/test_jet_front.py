"""The committed front of the jets: inside its budget, verified, and what the README of the example says of it."""

from __future__ import annotations

import json
from pathlib import Path

import bxnn
from bxnn.compiler.search.search_config import load_search

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "jet_tagger"
PERIOD_NS = 1000 / 320.632


def test_the_front_is_what_the_readme_says() -> None:
    found = json.loads((EXAMPLE / "search" / "front.json").read_text(encoding="utf-8"))
    counts, front, budget = found["counts"], found["front"], load_search(EXAMPLE / "search.yaml").budget
    assert budget is not None and budget.dsp and budget.lut and budget.latency_ns
    for design in front:
        final = design["final"]
        assert final["dsp"] <= budget.dsp and final["lut"] <= budget.lut
        assert final["latency_cycles"] * PERIOD_NS <= budget.latency_ns
        assert {one["engine"] for one in design["verified"]} == {"cpp", "verilator"}
    best = max(front, key=lambda design: design["test"]["value"])
    without = max((one for one in front if not one["final"]["dsp"]), key=lambda design: design["test"]["value"])
    assert best["test"]["value"] >= 0.680 - 0.005  # of the example's own network, less half a percentage point
    refused, proposed = counts["refused"], counts["proposed"]
    text = " ".join((EXAMPLE / "README.md").read_text(encoding="utf-8").split())
    for said in (
        f"refused {refused} of {proposed} networks ({100 * refused / proposed:.0f} %)",
        f"trained {counts['trained']} times",
        f"on {best['final']['dsp']} DSPs, has an accuracy of {best['test']['value']:.3f} ± {best['test']['error']:.3f}",
        f"in {best['final']['latency_cycles'] * PERIOD_NS:.1f} ns",
        f"has {without['test']['value']:.3f} in {without['final']['latency_cycles'] * PERIOD_NS:.1f} ns",
        f"with {without['final']['lut']:,} LUTs",
    ):
        assert said in text, said


def test_the_best_network_costs_less_than_that_of_the_example_and_is_as_accurate(tmp_path: Path) -> None:
    front = json.loads((EXAMPLE / "search" / "front.json").read_text(encoding="utf-8"))["front"]
    best = max(front, key=lambda design: design["test"]["value"])
    own = bxnn.compile(EXAMPLE / "model.h5", tmp_path / "own", config=EXAMPLE / "design.yaml")
    text = " ".join((EXAMPLE / "README.md").read_text(encoding="utf-8").split())
    assert own.predicted is not None
    final, lut = best["final"], own.predicted.lut
    assert final["dsp"] <= own.dsp and final["lut"] <= lut and final["latency_cycles"] <= own.latency_cycles
    said = f"({own.dsp} DSPs, {lut:,} LUTs, {own.latency_ns:.1f} ns, 0.680 ± 0.005)"
    assert said in text
    assert "| quantized | 0.680 |" in text and best["test"]["value"] >= 0.680
