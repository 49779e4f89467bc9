"""The paths of a whole streaming network: predicted, and in its netlist never longer than that."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from math import prod
from pathlib import Path

import pytest

from bxnn.compiler.cost.clock_target import ClockTarget
from bxnn.compiler.cost.stream_paths import stream_timing
from bxnn.compiler.hardware.path_class import PathClass
from bxnn.compiler.report.timing_facts import is_longer
from bxnn.compiler.schedule.stream.stream_search import FrameRateError
from bxnn.sim.synthesis import synthesize
from bxnn.sim.timing.netlist_timing import netlist_timing
from tests.streams.networks import Chain, schedule, write
from tests.streams.test_contract import CASES
from tests.timing.netlist import FABRIC, TABLE
from tests.vhdl.harness import seed_for

CLOCK = ClockTarget(320.632, 0.05, "pessimistic", TABLE)
LONG = Chain((12, 12, 1)).conv(2, (3, 3)).relu().pool((2, 2)).dense(2)  # its sequences have several pages
NETWORKS = {
    **CASES,
    "long": (LONG, 1),
    "a row in a beat, surplus columns": (Chain((9, 8, 1)).conv(2, (3, 4), (2, 2)).relu(), 8),
    "sums of neighbouring lanes": (Chain((16, 5, 1), 3).conv(3, (4, 2), (2, 2)).relu().dense(2), 3),
    "no tail": (Chain((8, 15, 2)).conv(3, (2, 3), before=(0, 1)).relu().pool((2, 2), (1, 1)).conv(2, (2, 3)).relu(), 1),
}
SLOW = "one beat", "no window at all", "a row in a beat, surplus columns", "sums of neighbouring lanes", "no tail"

SHORT = 2.0  # ns; paths of small networks that are shorter limit no clock below 475 MHz, and are not told apart
MOST = 1.3


def check_paths(chain: Chain, pixels: int, spare: int, folder: Path) -> None:
    """No class of paths is longer than predicted, and the slowest path is not predicted too long."""
    chosen = schedule(chain.graph(), pixels, spare)
    timing = stream_timing(chosen, CLOCK)
    interface = write(chain.graph(), chosen, folder)
    work = folder / "synthesis"
    synthesize([folder / "vhdl" / file for file in interface.files], interface.top, work, wide_bits=27)
    found = netlist_timing(work, interface.top, [], FABRIC, TABLE.limits)
    told = {path.kind: path for path in timing.paths}
    for kind, measured in found.items():
        assert not is_longer(measured.typical.ns, told[kind].typical.ns), (kind, told[kind], measured.typical)
        assert not is_longer(measured.pessimistic.ns, told[kind].pessimistic.ns), (kind, told[kind], measured)
    slowest = max(measured.pessimistic.ns for measured in found.values())
    assert timing.delay(timing.worst).ns <= MOST * max(slowest, SHORT), "the slowest path of the network"


@pytest.mark.parametrize("name", ["long", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_no_path_is_longer_than_predicted(name: str, tmp_path: Path) -> None:
    chain, pixels = NETWORKS[name]
    assert stream_timing(schedule(chain.graph(), pixels, 0), CLOCK).closes
    check_paths(chain, pixels, 0, tmp_path)


def drawn(rng: random.Random) -> Chain:
    """A network of up to three convolutions with or without pools and a dense layer."""
    chain = Chain((rng.randint(5, 24), rng.randint(5, 24), rng.choice((1, 1, 2))), rng.randint(1, 999), 0.1)
    for _ in range(rng.randint(1, 3)):
        size = rng.randint(1, 4), rng.randint(1, 4)
        border = rng.randint(0, (size[0] - 1) // 2), rng.randint(0, (size[1] - 1) // 2)
        if all(pixels + 2 * edge >= taps for pixels, edge, taps in zip(chain.shape, border, size, strict=False)):
            chain.conv(rng.randint(1, 3), size, rng.choice(((1, 1), (1, 1), (2, 2), (2, 1))), border).relu()
        if min(chain.shape[:-1]) >= 2 and rng.random() < 0.5:
            chain.pool((2, 2), rng.choice(((2, 2), (2, 2), (1, 1))))
    if rng.random() < 0.6 and prod(chain.shape) < 200:
        chain.dense(2)
    return chain


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(20))
def test_drawn_networks(number: int, tmp_path: Path) -> None:
    rng = random.Random(seed_for(f"streams {number}"))
    chain, beat = drawn(rng), rng.choice((1, 1, 2, 3, None))
    pixels = beat or chain.graph().tensors()["x"].shape[1]
    with suppress(FrameRateError):  # an interval that is too short for the network
        check_paths(chain, pixels, rng.choice((0, 0, 5, 60, 300)), tmp_path)


def test_paths_are_those_of_tiles_tail_and_what_is_between() -> None:
    """Every part takes part: one whose paths are longer is the slowest."""
    chain, pixels = CASES["pool in the tile, two segments"]
    chosen = schedule(chain.graph(), pixels, 0)
    told = {path.kind: path for path in stream_timing(chosen, CLOCK).paths}
    assert set(told) == set(PathClass)
    segments = tuple(replace(segment, buffer_rows=100) for segment in chosen.segments)
    rows = {path.kind: path for path in stream_timing(replace(chosen, segments=segments), CLOCK).paths}
    assert rows[PathClass.DATA].place in ("tile1_buffer", "tile1_window", "tile2_buffer", "tile2_window")
    assert rows[PathClass.DATA].pessimistic.ns > told[PathClass.DATA].pessimistic.ns
