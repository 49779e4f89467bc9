"""The committed front of the windows of towers: inside its budget, verified, and what its README says of it."""

from __future__ import annotations

import json
from pathlib import Path

from bxnn.compiler.search.search_config import load_search

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "l1calo_tau"
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
    best = max(front, key=lambda design: design["validation"]["value"])
    smallest = min(front, key=lambda design: design["final"]["lut"])
    lost = max(front, key=lambda design: design["validation"]["value"] - design["test"]["value"])
    refused, proposed = counts["refused"], counts["proposed"]
    text = " ".join((EXAMPLE / "README.md").read_text(encoding="utf-8").split())
    for said in (
        f"of {proposed} networks that it priced, it refused {refused} ({100 * refused / proposed:.0f} %)",
        f"passed over {counts['passed_over']} before training, and trained {counts['trained']} times",
        f"in {best['final']['latency_cycles'] * PERIOD_NS:.1f} ns with {best['final']['lut']:,} LUTs",
        f"keep {best['test']['value']:.2f} ± {best['test']['error']:.2f} of the test taus",
        f"with {smallest['final']['lut']:,} LUTs keeps {smallest['test']['value']:.2f}",
        f"by up to {lost['validation']['value'] - lost['test']['value']:.2f} ",
    ):
        assert said in text, said
