"""The committed fronts of the jets: inside their budgets, verified, and what the README of the example says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import bxnn
from bxnn.compiler.search.search_config import load_search

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "jet_tagger"
PERIOD_NS = 1000 / 320.632
LEAST = {
    "search": 0.680 - 0.005,
    "search_same_cost": 0.680,
}  # of the network of the example, less half a percentage point


def readme() -> str:
    """The README of the example, on one line."""
    return " ".join((EXAMPLE / "README.md").read_text(encoding="utf-8").split())


def found_by(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a search counted, and the design of its front that is best by the validation jets."""
    found = json.loads((EXAMPLE / name / "front.json").read_text(encoding="utf-8"))
    return found["counts"], max(found["front"], key=lambda design: design["validation"]["value"])


@pytest.mark.parametrize("name", LEAST)
def test_the_front_is_inside_its_budget_and_what_the_readme_says(name: str) -> None:
    budget = load_search(EXAMPLE / f"{name}.yaml").budget
    assert budget is not None and budget.dsp and budget.lut and budget.latency_ns
    for design in json.loads((EXAMPLE / name / "front.json").read_text(encoding="utf-8"))["front"]:
        final = design["final"]
        assert final["dsp"] <= budget.dsp and final["lut"] <= budget.lut
        assert final["latency_cycles"] * PERIOD_NS <= budget.latency_ns
        assert {one["engine"] for one in design["verified"]} == {"cpp", "verilator"}
    _, best = found_by(name)
    test, final = best["test"], best["final"]
    assert test["value"] >= LEAST[name]
    accuracy, ns = f"{test['value']:.3f} ± {test['error']:.3f}", f"{final['latency_cycles'] * PERIOD_NS:.1f}"
    assert f"| {accuracy} | {ns} | {final['dsp']} | {final['lut']:,} |" in readme()
    assert f"| {budget.latency_ns:g} ns, {budget.dsp} DSP, {budget.lut:,} LUT |" in readme()


def test_the_counts_are_those_of_the_readme() -> None:
    (first, _), (second, _) = found_by("search"), found_by("search_same_cost")
    text = readme()
    for said in (
        f"The first priced {first['proposed']} networks, of which it refused {first['refused']} "
        f"({100 * first['refused'] / first['proposed']:.0f} %) and passed over {first['passed_over']} before training, "
        f"and trained {first['trained']} times",
        f"the second refused {second['refused']} of {second['proposed']} "
        f"({100 * second['refused'] / second['proposed']:.0f} %)",
    ):
        assert said in text, said


def test_the_second_budget_is_what_the_network_of_the_example_costs(tmp_path: Path) -> None:
    own = bxnn.compile(EXAMPLE / "model.h5", tmp_path / "own", config=EXAMPLE / "design.yaml")
    budget = load_search(EXAMPLE / "search_same_cost.yaml").budget
    assert own.predicted is not None and budget is not None
    assert (own.dsp, own.predicted.lut, f"{own.latency_ns:.1f}") == (budget.dsp, budget.lut, f"{budget.latency_ns}")
    assert f"| 0.680 ± 0.005 | {own.latency_ns:.1f} | {own.dsp} | {own.predicted.lut:,} |" in readme()
    assert "| quantized | 0.680 |" in readme()
