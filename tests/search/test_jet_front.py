"""The committed front of the jets: inside its budget, verified, and what the README of the example says of it."""

from __future__ import annotations

import json
from pathlib import Path

import bxnn
from bxnn.compiler.search.search_config import load_search

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "jet_tagger"
PERIOD_NS = 1000 / 320.632


def readme() -> str:
    """The README of the example, on one line."""
    return " ".join((EXAMPLE / "README.md").read_text(encoding="utf-8").split())


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
    assert best["test"]["value"] >= 0.680 - 0.005  # of the example's own network, less half a percentage point
    refused, proposed = counts["refused"], counts["proposed"]
    text = readme()
    for said in (
        f"of {proposed} networks that it priced, it refused {refused} ({100 * refused / proposed:.0f} %)",
        f"passed over {counts['passed_over']} before training, trained {counts['trained']} times",
        f"has an accuracy of {best['test']['value']:.3f} ± {best['test']['error']:.3f}",
        f"in {best['final']['latency_cycles'] * PERIOD_NS:.1f} ns",
        f"with {best['final']['lut']:,} LUTs",
    ):
        assert said in text, said


def test_a_network_of_the_front_needs_less_of_everything_than_that_of_the_example_and_is_as_accurate(
    tmp_path: Path,
) -> None:
    front = json.loads((EXAMPLE / "search" / "front.json").read_text(encoding="utf-8"))["front"]
    own = bxnn.compile(EXAMPLE / "model.h5", tmp_path / "own", config=EXAMPLE / "design.yaml")
    assert own.predicted is not None
    lut = own.predicted.lut
    as_small = [
        design
        for design in front
        if design["final"]["dsp"] <= own.dsp
        and design["final"]["lut"] <= lut
        and design["final"]["latency_cycles"] <= own.latency_cycles
    ]
    chosen = max(as_small, key=lambda design: design["test"]["value"])
    assert chosen["test"]["value"] >= 0.680
    final, text = chosen["final"], readme()
    assert "| quantized | 0.680 |" in text
    for said in (
        f"on {final['dsp']} DSPs has {chosen['test']['value']:.3f} in {final['latency_cycles'] * PERIOD_NS:.1f} ns",
        f"with {final['lut']:,} LUTs",
        f"({own.dsp} DSPs, {lut:,} LUTs, {own.latency_ns:.1f} ns, 0.680 ± 0.005)",
    ):
        assert said in text, said
