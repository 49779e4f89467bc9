"""LUT or DSP: the search with three costs against brute force, budgets, what is chosen when, and refusals."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.errors import ScheduleError, ToolError
from bxnn.compiler.hardware.adder_graph import AdderGraph
from bxnn.compiler.hardware.objective import Aim, Bounded, Goal, Objective, Optimal
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.valid_wiring import ValidWiring
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.pareto import undominated
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule import extension, order_walk
from bxnn.compiler.schedule.budget import Budget, no_design_fits
from bxnn.compiler.schedule.choose import best_schedule
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.partial_design import PartialDesign
from bxnn.compiler.schedule.search import Search
from bxnn.layers.concatenate import Concatenate
from tests.ir.networks import activation, dense, network, networks, random_kernel, source
from tests.layers.firmware import DSP48E2
from tests.schedule.brute_force import all_priced_designs

BOARD = Budget(dsp=6840, lut=10**6)


def chain(*sizes: int, seed: int = 3) -> Graph:
    """Dense layers with an activation between each two."""
    rng, found = np.random.default_rng(seed), list[Layer]([source("x", sizes[0])])
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        if number > 1:
            found.append(activation(f"relu{number}", found[-1].name))
        found.append(dense(f"fc{number}", found[-1].name, random_kernel(rng, inputs, outputs, 5, 0.2)))
    return network(*found)


def search(graph: Graph, initiation_interval: int, **chosen: LayerSettings) -> Search:
    return Search(graph, initiation_interval, chosen, DSP48E2, priced=True)


def choose(graph: Graph, budget: Budget, strategy: Strategy = "auto", **chosen: LayerSettings) -> Schedule:
    return best_schedule(graph, 4, chosen, DSP48E2, strategy, budget, BOARD)


def refusal(graph: Graph, budget: Budget, strategy: Strategy = "auto", **chosen: LayerSettings) -> str:
    with pytest.raises(ScheduleError) as caught:
        choose(graph, budget, strategy, **chosen)
    return str(caught.value)


def costs(design: PartialDesign) -> tuple[int, int, int]:
    return design.latency_cycles, design.dsp, design.lut


# --- the optimum is the optimum


@settings(max_examples=10)
@given(networks(2, 4), st.integers(1, 3))
def test_three_costs_equal_brute_force(graph: Graph, initiation_interval: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    found = search(graph, initiation_interval)
    every = all_priced_designs(graph, found.options, found.builder.input_layouts)
    expected = set(undominated(sorted(set(every)), lambda design: design))
    front = {costs(design) for design in found.pareto_front()}
    assert set(undominated(sorted(front), lambda design: design)) == expected
    if len(graph.outputs) > 1:
        return  # delays that balance outputs are added to this
    for latency, dsp, lut in sorted(expected)[:3]:
        chosen = found.best(Budget(dsp, latency, lut), 10**6)
        assert (chosen.latency_cycles, chosen.dsp) == (latency, dsp)
        assert chosen.cost is not None and chosen.cost.lut == lut


def test_the_costs_of_the_search_are_those_of_the_schedule() -> None:
    found = search(chain(6, 8, 4), 4)
    for design in found.pareto_front():
        chosen = found.best(Budget(design.dsp, design.latency_cycles, design.lut), 10**6)
        assert chosen.cost is not None and chosen.cost.lut <= design.lut
        assert chosen.dsp <= design.dsp and chosen.latency_cycles <= design.latency_cycles


def test_branches_that_meet_and_outputs_that_wait_are_priced() -> None:
    rng = np.random.default_rng(5)
    graph = network(
        source("a", 4),
        source("b", 3),
        dense("fc1", "a", random_kernel(rng, 4, 4, 4, 0.0)),
        dense("fc2", "b", random_kernel(rng, 3, 2, 4, 0.0)),
        Concatenate("joined", ("fc2", "fc1"), 0),
        dense("fc3", "joined", random_kernel(rng, 6, 3, 4, 0.0)),
        outputs=("fc3", "fc1"),
    )
    found = search(graph, 3)
    for design in found.pareto_front()[:20]:
        whole = found.builder.balanced(design)
        schedule = found.builder.schedule(whole, Objective(Aim(Goal.LOWEST_LATENCY), Optimal(1)))
        assert schedule.cost is not None
        copies = sum(own.registers for own in ValidWiring(schedule).copies.values())  # of whole schedules only
        assert (schedule.dsp, schedule.cost.lut, schedule.cost.ff) == (whole.dsp, whole.lut, whole.ff + copies)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.integers(0, 6)] * 3), max_size=30), st.integers(0, 3))
def test_nothing_is_lost_but_what_the_slack_allows(designs: list[tuple[int, ...]], slack: int) -> None:
    ordered = sorted(designs)
    kept = undominated(ordered, lambda design: design, slack)
    for design in designs:
        limit = (*design[:-1], design[-1] + slack)
        assert any(all(a <= b for a, b in zip(other, limit, strict=True)) for other in kept)
    exact = undominated(ordered, lambda design: design)
    assert set(kept) <= set(exact)
    assert not any(
        one != other and all(a <= b for a, b in zip(one, other, strict=True)) for one in exact for other in exact
    )


def test_a_thinned_front_states_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Designs that save only a few LUTs are dropped; what is claimed as proven is true of the exact optimum."""
    graph, budget = chain(8, 12, 8, 4), Budget(dsp=40, lut=1500)
    exact = search(graph, 4).best(budget, 10**6)
    assert isinstance(exact.objective.evidence, Optimal) and exact.objective.evidence.dropped_luts == 0
    monkeypatch.setattr(extension, "MOST_DESIGNS", 1)
    monkeypatch.setattr(order_walk, "LUT_SLACK_PERCENT", 40)
    found = search(graph, 4)
    thinned = found.best(budget, 10**6)
    assert 0 < found.slack <= 600 and thinned.cost is not None and thinned.cost.lut <= 1500
    assert thinned.latency_cycles >= exact.latency_cycles
    evidence = thinned.objective.evidence
    if isinstance(evidence, Optimal):
        assert evidence.dropped_luts == found.slack and thinned.latency_cycles == exact.latency_cycles
    else:
        assert isinstance(evidence, Bounded) and evidence.least <= exact.latency_cycles


# --- what is chosen


def test_auto_without_a_lut_budget_takes_dsps() -> None:
    assert {step.binding.name for step in choose(chain(6, 8, 4), Budget()).steps} <= {
        *("output_serial", "output_switched", "input_serial", "stage")
    }


def test_a_lut_budget_buys_latency() -> None:
    graph = chain(8, 8, 8, 4)
    in_dsps = choose(graph, Budget(dsp=40), "dsp")
    mixed = choose(graph, Budget(dsp=40, lut=1200))
    free = choose(graph, Budget(dsp=0, lut=100_000))
    assert mixed.cost is not None and mixed.cost.lut <= 1200 and mixed.dsp <= 40
    assert free.latency_cycles < mixed.latency_cycles < in_dsps.latency_cycles
    names = {step.binding.name for step in mixed.steps}
    assert "lut" in names and names & {"output_serial", "output_switched", "input_serial"}
    assert free.dsp == 0 and {step.binding.name for step in free.steps} == {"lut", "stage"}
    assert mixed.objective.aim == Aim(Goal.LOWEST_LATENCY, dsp=40, lut=1200, priced=True)
    assert isinstance(mixed.objective.evidence, Optimal) and mixed.objective.dsps_suffice


def test_a_latency_budget_with_luts_asks_for_the_fewest_dsps() -> None:
    chosen = choose(chain(8, 8, 4), Budget(latency_cycles=12, lut=1000))
    assert chosen.latency_cycles <= 12 and chosen.cost is not None and chosen.cost.lut <= 1000
    assert chosen.objective.aim == Aim(Goal.FEWEST_DSPS, latency_cycles=12, lut=1000, priced=True)


def test_fewer_adders_per_stage_are_chosen_only_if_they_save_luts() -> None:
    found = search(chain(8, 8), 4, fc1=LayerSettings(strategy="lut"))
    forms = found.options["fc1"].implementations(found.builder.input_layouts["x"])
    assert all(a.latency_cycles < b.latency_cycles and a.lut > b.lut for a, b in pairwise(forms))
    binding = forms[0].realise()
    assert isinstance(binding, AdderGraph) and binding.pipeline.adders_per_stage == 3


@pytest.mark.parametrize("adders", [1, 2])
def test_adders_per_stage_are_the_users(adders: int) -> None:
    chosen = choose(chain(8, 8), Budget(dsp=0, lut=10**5), fc1=LayerSettings(adders_per_stage=adders))
    binding = chosen.step("fc1").binding
    assert isinstance(binding, AdderGraph) and binding.pipeline.adders_per_stage == adders


def test_settings_of_dsps_keep_a_layer_there() -> None:
    chosen = choose(chain(8, 8, 4), Budget(lut=10**5), fc1=LayerSettings(reuse_factor=2))
    assert chosen.step("fc1").binding.reuse_factor == 2
    assert chosen.step("fc2").binding.name == "lut", "the other layer is free"


def test_dsps_that_do_not_suffice_bring_in_adder_graphs() -> None:
    graph = chain(8, 8, 4)
    enough = choose(graph, Budget(dsp=24))
    assert enough.objective.aim == Aim(Goal.LOWEST_LATENCY, dsp=24) and enough.objective.dsps_suffice
    assert not enough.adder_graphs_searched
    chosen = choose(graph, Budget(dsp=3))
    assert chosen.dsp <= 3 and "lut" in {step.binding.name for step in chosen.steps}
    assert not chosen.objective.dsps_suffice and chosen.adder_graphs_searched


def test_operands_too_wide_for_a_dsp_become_adders() -> None:
    graph = network(source("x", 2, integer_bits=27, fraction_bits=0), dense("fc", "x", [[3, 5], [7, 1]]))
    chosen = choose(graph, Budget())
    assert (chosen.dsp, chosen.step("fc").binding.name) == (0, "lut")


# --- what is refused


@dataclass(frozen=True)
class Point:
    dsp: int
    lut: int
    latency_cycles: int


SMALL, FAST, LARGE = Point(4, 18, 11), Point(0, 187, 2), Point(14, 0, 8)
SHORTFALLS = [
    (
        Budget(dsp=2, lut=50),
        "2 DSPs and 50 LUTs",
        "the closest need 4 DSPs, 18 LUTs and 11 cycles (2 DSPs too many), or 0 DSPs, 187 LUTs and 2 cycles "
        "(137 LUTs too many)",
    ),
    (
        Budget(dsp=3, latency_cycles=10, lut=17),
        "3 DSPs, 17 LUTs and 10 cycles",
        "the closest need 14 DSPs, 0 LUTs and 8 cycles (11 DSPs too many), or 0 DSPs, 187 LUTs and 2 cycles "
        "(170 LUTs too many)",
    ),
    (
        Budget(dsp=2, latency_cycles=1, lut=50),
        "2 DSPs, 50 LUTs and 1 cycle",
        "the closest need 0 DSPs, 187 LUTs and 2 cycles (137 LUTs and 1 cycle too many), or 14 DSPs, 0 LUTs and "
        "8 cycles (12 DSPs and 7 cycles too many)",
    ),
    (Budget(latency_cycles=1), "1 cycle", "the closest needs 0 DSPs and 2 cycles (1 cycle too many)"),
]


@pytest.mark.parametrize(("budget", "wanted", "message"), SHORTFALLS, ids=[wanted for _, wanted, _ in SHORTFALLS])
def test_what_the_closest_designs_miss(budget: Budget, wanted: str, message: str) -> None:
    found = no_design_fits(budget, [SMALL, FAST, LARGE])
    assert found == f"no design fits {wanted}; {message}"


def test_a_budget_that_nothing_meets() -> None:
    graph = chain(4, 4)
    front = search(graph, 4, fc1=LayerSettings(strategy="lut")).pareto_front()
    least = min(front, key=lambda design: design.lut)
    assert refusal(graph, Budget(lut=10), "lut") == (
        f"net at initiation_interval 4: no design fits 10 LUTs; the closest needs 0 DSPs, {least.lut} "
        f"LUTs and {least.latency_cycles} cycles ({least.lut - 10} LUTs too many)"
    )
    unpacked = LayerSettings(packing=1)
    both = search(graph, 4, fc1=unpacked).pareto_front()
    few_dsps = min((design for design in both if design.lut <= 50), key=lambda design: (design.dsp, design.lut))
    few_luts = min((design for design in both if design.dsp <= 2), key=lambda design: (design.lut, design.dsp))
    assert refusal(graph, Budget(dsp=2, lut=50), fc1=unpacked) == (
        f"net at initiation_interval 4: no design fits 2 DSPs and 50 LUTs; the closest need {few_dsps.dsp} DSPs, "
        f"{few_dsps.lut} LUTs and {few_dsps.latency_cycles} cycles ({few_dsps.dsp - 2} DSPs too many), or 0 DSPs, "
        f"{few_luts.lut} LUTs and {few_luts.latency_cycles} cycles ({few_luts.lut - 50} LUTs too many)"
    )


def test_too_wide_both_ways() -> None:
    kernel = random_kernel(np.random.default_rng(1), 120, 120, 27, 0)
    graph = network(source("x", 120, integer_bits=27, fraction_bits=0), dense("fc", "x", kernel))
    assert refusal(graph, Budget()) == (
        "fc (dense): needs 28x27-bit signed products (input x weight), but a DSP48E2 multiplies 27x18 and products are "
        "not split over several DSPs, and it has weights of 131226 nonzero signed digits, but strategy lut takes at "
        "most 120000; use fewer bits in the input quantizer or the weights"
    )


def test_contradictions_with_a_lut_budget() -> None:
    graph, budget = chain(4, 4), Budget(lut=1000)
    assert refusal(graph, budget, fc1=LayerSettings(reuse_factor=2, adders_per_stage=2)) == (
        "fc1 (dense): adders_per_stage applies to strategy lut; remove one of the two"
    )
    assert refusal(graph, budget, "lut", fc1=LayerSettings(cascade=2)) == (
        "fc1 (dense): cascade applies to strategy dsp; remove one of the two"
    )


def test_a_missing_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alkaid.cmvm", None)
    graph = chain(4, 4, seed=11)
    with pytest.raises(ToolError) as caught:
        choose(graph, Budget(lut=1000))
    assert str(caught.value) == 'alkaid: is not installed; strategy lut needs it: pip install "bxnn[lut]"'
    assert refusal(graph, Budget(dsp=1)) == ("net at initiation_interval 4: needs at least 2 DSPs, the budget allows 1")
    assert choose(graph, Budget()).dsp > 0
    wide = network(source("x", 2, integer_bits=27, fraction_bits=0), dense("fc", "x", [[3, 5], [7, 1]]))
    assert refusal(wide, Budget()).startswith("fc (dense): needs 28x4-bit signed products")
