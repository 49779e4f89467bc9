"""The search takes the best design that meets the clock, not the best of all if that one misses it."""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.network_paths import network_timing
from bxnn.compiler.errors import LimitMissedError
from bxnn.compiler.hardware.folded_rounding import folded_rounding
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.report.objective_text import objective_text
from bxnn.compiler.schedule.budget import Budget
from bxnn.compiler.schedule.clock_missed import ClockMissedError
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.compiler.schedule.search import Search
from bxnn.layers.multiply import Multiply
from bxnn.layers.sum import Sum
from tests.layers.firmware import DSP48E2
from tests.schedule.test_choice import chain

BOARD = load_board("xcvu9p")
LIMITS = Budget(dsp=BOARD.dsp)
JUST = 1e-6  # ns by which a limit is below a path


def search(sizes: tuple[int, ...], interval: int, clock: ClockTarget) -> Search:
    return Search(folded_rounding(chain(*sizes)), interval, {}, DSP48E2, "dsp", clocks=[clock])


def best_of_all(found: Search) -> Schedule:
    """The best design, whether or not it meets the clock."""
    return next(found._schedules(Budget(), LIMITS))


def missed_by(found: Schedule, placing: ClockTarget) -> ClockTarget:
    """The clock that a schedule just misses."""
    worst = network_timing(found.graph, found, placing).worst
    ns = worst.pessimistic.ns if placing.estimate == "pessimistic" else worst.typical.ns
    return replace(placing, clock_mhz=placing.closes_at_mhz(ns - JUST))


def best_of_closing(found: Search, clock: ClockTarget) -> tuple[int, int] | None:
    """Cycles and DSPs of the best design without any implementation that misses a clock by itself."""
    least = best_of_all(found)
    for options in found.options.values():
        options.closing.clock = clock
    for schedule in found._schedules(Budget(), LIMITS):
        if network_timing(found.graph, schedule, clock).closes:
            assert (schedule.latency_cycles, schedule.dsp) >= (least.latency_cycles, least.dsp)
            return schedule.latency_cycles, schedule.dsp
    return None


@pytest.mark.no_cover
@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from([(12, 16, 6), (6, 10, 10, 4)]),
    st.sampled_from([1, 4, 8]),
    st.integers(200, 560),
    st.sampled_from(["typical", "pessimistic"]),
)
def test_the_best_that_closes(sizes: tuple[int, ...], interval: int, mhz: int, estimate: str) -> None:
    placing = ClockTarget(mhz, 0.05, "typical" if estimate == "typical" else "pessimistic", BOARD.delays)
    clock = missed_by(best_of_all(search(sizes, interval, placing)), placing)
    assume(clock.clock_mhz < BOARD.delays.limits.bufg)
    expected = best_of_closing(search(sizes, interval, clock), clock)
    closing = search(sizes, interval, clock)
    if expected is None:
        with pytest.raises(ClockMissedError):
            closing.best(Budget(), BOARD.dsp)
    else:
        found = closing.best(Budget(), BOARD.dsp)
        assert found.timing is not None and found.timing.closes
        assert (found.latency_cycles, found.dsp) == expected


def test_implementations_are_left_out() -> None:
    """At some clock the best design has a layer that is too slow, and the search says so."""
    for mhz in (260, 300, 340, 400):
        placing = ClockTarget(mhz, 0.05, "pessimistic", BOARD.delays)
        best = best_of_all(search((12, 16, 6), 4, placing))
        try:
            found = search((12, 16, 6), 4, placing).best(Budget(), BOARD.dsp)
        except ClockMissedError:
            continue
        if found.objective.left_out:
            said = objective_text(found.objective)
            assert said.endswith("; without implementations of 1 layer that miss the clock"), said
            assert (found.latency_cycles, found.dsp) >= (best.latency_cycles, best.dsp)
            return
    pytest.fail("at no clock was an implementation left out")


def test_a_design_that_closes_may_take_more_dsps(monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing within the DSPs of the objective closes, the smallest designs that do are taken."""
    placing = ClockTarget(300, 0.05, "pessimistic", BOARD.delays)
    found = search((12, 16, 6), 8, placing)
    least = best_of_all(found).dsp
    smallest = min(design.dsp for design in found.pareto_front())
    assert least <= smallest * 17 // 16
    for options in found.options.values():
        options.closing.clock = placing
        monkeypatch.setattr(options.closing, "keeps", lambda option: option.dsp == 0 or option.dsp > least)
    assert best_of_all(found).dsp > least


def refused(interval: int, mhz: int) -> bool:
    """Whether a network of DSPs is refused at a clock."""
    keys = f"clock_mhz: {mhz}\ninitiation_interval: {interval}\nstrategy: dsp\ntiming: {{estimate: pessimistic}}\n"
    try:
        schedule_graph(chain(12, 16, 6), parse_config(keys), BOARD)
    except LimitMissedError:
        return True
    return False


@pytest.mark.no_cover
@pytest.mark.parametrize("interval", [1, 4])
def test_a_clock_is_not_refused_if_a_faster_one_closes(interval: int) -> None:
    """The registers of 260, 300 and 380 MHz alone leave a path too long, those of 400 MHz leave none."""
    refusals = [refused(interval, mhz) for mhz in (260, 300, 340, 380, 400, 640)]
    assert refusals == sorted(refusals) and refusals[-1]


@pytest.mark.parametrize("mhz", range(500, 620, 8))
def test_the_register_of_the_product_is_kept_where_the_slice_needs_it(mhz: int) -> None:
    """The limit of a slice without it counts with the margin, as every path does."""
    clock = ClockTarget(mhz, 0.05, "pessimistic", BOARD.delays)
    without = 1000.0 / 544
    assert clock.multiplier_register == (without > clock.limit_ns)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 24), st.integers(3, 18), st.integers(160, 500))
@example(21, 12, 224)
def test_registers_of_sums_fit_behind_slices(terms: int, bits: int, mhz: int) -> None:
    """A sum of products has as many registers as the way out of a slice leaves time for: no form is lost to it."""
    clock = ClockTarget(mhz, 0.05, "pessimistic", BOARD.delays)
    quantizer = FixedQuantizer(FixedFormat(True, 1, bits - 2), Rounding.RND, Overflow.SAT)
    inputs = Input("x0", (), (terms,), quantizer), Input("x1", (), (terms,), quantizer)
    graph = Graph("net", (*inputs, Multiply("y", ("x0", "x1")), Sum("z", ("y",), (0,))), ("z",))
    found = Search(graph, 1, {}, DSP48E2, "dsp", clocks=[clock])
    least = best_of_all(found)
    timing = network_timing(graph, least, clock)
    sums = [path for path in timing.paths if path.place == "z"]
    assert least.step("z").binding.pipelining.tree_levels_per_stage == 1 or all(
        path.pessimistic.ns <= timing.limit_ns for path in sums
    )
