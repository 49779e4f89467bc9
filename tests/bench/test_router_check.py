"""The check against the router: fits recover what made their samples, runs are not repeated, misses are reported."""

from __future__ import annotations

import random
from math import log2
from pathlib import Path

import pytest

from bench import route_store
from bench.route_fit import Sample, fitted
from bench.route_store import Route, RouteStore, Segment
from bench.router_check import Checked, wrong_order
from bench.router_page import verdicts
from bxnn.boards.ecp5_table import load_ecp5_delays

DELAYS = load_ecp5_delays("8")


def test_a_fit_finds_what_made_the_samples() -> None:
    rng = random.Random(1)
    route = DELAYS.route.model_copy(update={"to_lut": 0.5, "to_carry": 0.9, "per_doubling": 0.07})
    draws = [(rng.randint(1, 60), rng.random() < 0.5, rng.randint(200, 9000)) for _ in range(40)]
    samples = [Sample(route.general(*draw[::2], draw[1]), draw[0], draw[1], draw[2]) for draw in draws]
    fit = fitted(DELAYS, samples)
    found = fit.delays.route
    assert (found.to_lut, found.to_carry, found.per_doubling) == pytest.approx((0.5, 0.9, 0.07))
    assert fit.samples == 40 and fit.deviation < 1e-9
    assert found.general(8, 2000, True) == pytest.approx(0.9 + 0.07 * 3 + route.per_size_doubling * log2(2))


def test_kept_runs_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another seed, or another netlist, is."""
    made: list[int] = []

    def run(_: Path, seed: int) -> Route:
        made.append(seed)
        return Route(seed=seed, period_ns=5.0 + seed, segments=(Segment(source="a", sink="b", net="n", ns=0.5),))

    monkeypatch.setattr(route_store, "_route", run)
    monkeypatch.setattr(route_store, "version", lambda tool: f"{tool} 1")  # the router is not installed for unit tests
    design, store = tmp_path / "ecp5.json", RouteStore(tmp_path / "store")
    design.write_text("{}")
    first = store.routes(design, (1, 2))
    assert [route.period_ns for route in first] == [6.0, 7.0]
    assert RouteStore(tmp_path / "store").routes(design, (1, 2)) == first
    assert made == [1, 2]
    store.routes(design, (2, 3))
    assert made == [1, 2, 3]
    design.write_text("{ }")
    store.routes(design, (1,))
    assert made == [1, 2, 3, 1]


def row(name: str, routed: float, predicted: float) -> Checked:
    return Checked(name, 100, (routed - 0.1, routed + 0.1), predicted)


def test_pairs_in_the_wrong_order() -> None:
    """Those that hardly differ when routed do not count."""
    rows = [row("slow", 8.0, 5.9), row("fast", 5.0, 6.0), row("near", 5.5, 5.8)]
    assert [(a.name, b.name) for a, b in wrong_order(rows)] == [("fast", "slow")]
    assert wrong_order([row("slow", 8.0, 6.1), *rows[1:]]) == []


def test_verdicts() -> None:
    periods = [2.0 * 1.3**number for number in range(14)]
    good = [row(f"d{number}", ns, ns * (1 + (-1) ** number * 0.1)) for number, ns in enumerate(periods)]
    assert [line.rsplit(": ", 1)[1] for line in verdicts(good, wrong_order(good))] == ["met"] * 4
    bad = [row(f"d{number}", 5.0, 7.0) for number in range(13)]
    assert verdicts(bad, [(bad[0], bad[1])]) == [
        "0 of 13 within 15%: MISSED",
        "0 of 13 within 25%; worst +40% (d0): MISSED",
        "mean +40.0%: MISSED",
        "1 pair in the wrong order among those that differ by more than 15 %: MISSED",
    ]
