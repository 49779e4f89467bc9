"""The pages of the benchmarks say what was measured, and who loses."""

from __future__ import annotations

import pytest

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
