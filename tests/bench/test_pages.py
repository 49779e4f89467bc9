"""The pages of the benchmarks say what was measured, and who loses."""

from __future__ import annotations

import pytest

from bench import adder_graph_clocks_page, clock_sweep
from bench.adder_graph_clocks import Analysed
from bench.clock_sweep import Point
from bench.place_and_route import Routed
from bench.place_and_route_page import comparison, page
from bench.schedule_time import Timing, growth
from bench.schedule_time import page as schedule_page


def routed(tool: str, stages: int, fmax_mhz: float) -> Routed:
    return Routed(tool, f"setting {stages}", stages, fmax_mhz, (fmax_mhz - 1, fmax_mhz, fmax_mhz + 1), 100, 50, "path")


def test_comparison_takes_the_fastest_of_no_more_stages() -> None:
    ours = [routed("bxnn", 5, 150.0), routed("bxnn", 4, 120.0), routed("bxnn", 3, 125.0)]
    theirs = [routed("alkaid", 4, 100.0), routed("alkaid", 5, 200.0), routed("alkaid", 2, 50.0)]
    assert comparison([*ours, *theirs]) == [
        "alkaid 100.0 MHz in 4 stages, bxnn 125.0 MHz in 3: bxnn is faster (1.25 x)",
        "alkaid 200.0 MHz in 5 stages, bxnn 150.0 MHz in 5: bxnn is SLOWER (0.75 x)",
        "alkaid, 2 stages, 50.0 MHz: bxnn has no design as short",
    ]


def test_place_and_route_page_shows_every_design() -> None:
    text = page([routed("bxnn", 5, 150.0), routed("alkaid", 4, 100.0)], (8, 6, 4), 3, {"CPU": "a"})
    assert "| bxnn | setting 5 | 5 | 150.0 MHz | 149.0, 150.0, 151.0 | 33 | 100 | 50 |" in text
    assert "| alkaid | setting 4 | 4 | 100.0 MHz | 99.0, 100.0, 101.0 | 40 | 100 | 50 |" in text
    assert "`python -m bench.place_and_route --seeds 3 --widths 8 6 4`" in text
    assert "Shortest latency of each tool at its own routed clock: bxnn 33.3 ns; alkaid 40.0 ns, 0.83 x." in text
    assert text.endswith("* CPU: a\n")


def timing(macs: int, seconds: float, memory: float = 100.0) -> Timing:
    return Timing(f"n{macs}", macs, 7, 9, 0.25, seconds, memory)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_the_power_of_the_macs(power: float) -> None:
    assert growth([timing(macs, 3e-6 * macs**power) for macs in (100, 1000, 5000)]) == pytest.approx(power)


def test_schedule_page_says_whether_the_limits_are_kept() -> None:
    kept = schedule_page([timing(100, 1.0), timing(1000, 59.0)], {})
    assert "| n1000 | 1000 | 0.25 | 59.00 | 59000 | 100 | 7 | 9 |" in kept
    assert "network, 60 s and 4 GB, are kept." in kept
    assert "are NOT kept." in schedule_page([timing(100, 1.0), timing(1000, 59.9)], {})
    assert "are NOT kept." in schedule_page([timing(100, 1.0), timing(1000, 1.0, 4001.0)], {})


def test_clock_sweep_page_shows_what_closes_and_why_not() -> None:
    points = [
        Point(8, 320.632, "pessimistic", 32, 99.8, 4.0, 255, 9000, 2700, 343.5, "dsp_sum of fc2"),
        Point(10, 400.79, "typical", 46, 114.8, 4.6, 244, 8800, 6200, 472.5, "data of fc3"),
        Point(16, 641.264, told="fc2 (dense): a path is too slow"),
    ]
    text = clock_sweep.page(points)
    assert "| 8 | 320.6 | closes | 32 | 99.8 | 4.00 | 255 | 9000 | 2700 | 343.5 MHz | dsp_sum of fc2 |\n" in text
    assert "| 10 | 400.8 | typical | 46 | 114.8 | 4.60 | 244 | 8800 | 6200 | 472.5 MHz | data of fc3 |\n" in text
    assert text.endswith("| 16 | 641.3 | refused | | | | | | | | fc2 (dense): a path is too slow |\n")


def test_adder_graph_clocks_page_compares_with_the_shortest_latency() -> None:
    ours = [Analysed("bxnn", "320 MHz", 17, 890, 600, 2.85, 775.0), Analysed("bxnn", "80 MHz", 4, 910, 300, 9.5, 775.0)]
    theirs = [Analysed("alkaid", "6", 8, 1000, 400, 9.5, 775.0), Analysed("alkaid", "5", 9, 1000, 500, 9.5, 775.0)]
    text = adder_graph_clocks_page.page([*ours, *theirs], {"CPU": "a"})
    assert "| bxnn | 320 MHz | 17 | 2.85 | 333.3 MHz | 51.0 | 890 | 600 |\n" in text
    assert "| alkaid | 6 | 8 | 9.50 | 100.0 MHz | 80.0 | 1000 | 400 |\n" in text
    assert "Beside alkaid's shortest latency, 80.0 ns at 6:" in text
    kept = "0.64 of the latency, 0.89 of the LUTs, 1.50 of the flip-flops; limits 0.8 and 0.9 are kept"
    assert f"* bxnn for 320 MHz: {kept}\n" in text
    missed = "0.50 of the latency, 0.91 of the LUTs, 0.75 of the flip-flops; limits 0.8 and 0.9 are NOT kept"
    assert f"* bxnn for 80 MHz: {missed}\n" in text
    assert text.endswith("* CPU: a\n")


def test_a_clock_beyond_the_device_does_not_shorten_the_latency() -> None:
    assert Analysed("bxnn", "fast", 3, 1, 1, 0.5, 775.0).latency_ns == pytest.approx(3000 / 775)
