"""Streaming networks in GHDL: reference = firmware to the bit, both latencies and the II as predicted."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.hardware.valid_wiring import ValidWiring
from bxnn.compiler.ir.graph import Graph
from bxnn.sim.reference import Reference
from tests.layers.firmware import random_codes
from tests.streams.networks import Chain, check_stream, schedule, streamed

CASES = {
    "valid, tail": (Chain((5, 6, 2)).conv(3, (3, 3)).relu().dense(2), 1),
    "same, no tail, beats of unequal pixels": (Chain((5, 7, 1)).conv(2, (3, 3), before=(1, 1)).relu(), 3),
    "pool in the tile, two segments": (
        Chain((8, 9, 1)).conv(3, (3, 3), before=(1, 1)).relu().pool((2, 2)).conv(2, (2, 2)).relu().dense(2),
        1,
    ),
    "separate pool, border of a ReLU": (
        Chain((5, 6, 1)).conv(2, (2, 2)).relu().pool((3, 3), (1, 1), 1).dense(1),
        2,
    ),
    "stride, dilation, wide beats": (
        Chain((7, 8, 2), seed=2).conv(2, (2, 2), (2, 2), dilation=(2, 1)).relu().conv(2, (1, 1)).relu(),
        4,
    ),
    "sequence, causal": (Chain((13, 2)).conv(2, (3,), before=(2,), after=(0,)).relu().pool((2,)).dense(2), 1),
    "no window at all": (Chain((3, 4, 2)).dense(2), 2),
    "one beat": (Chain((1, 4, 1)).conv(2, (1, 2)).relu().dense(1), 4),
}


@pytest.mark.parametrize("case", CASES)
def test_streams_in_ghdl(case: str, tmp_path: Path) -> None:
    chain, pixels = CASES[case]
    graph = chain.graph()
    check_stream(graph, schedule(graph, pixels, 0), tmp_path)


def test_copies_of_valids_in_tiles_and_tail(tmp_path: Path) -> None:
    """Copies come from the read that completes a tile, and from the end of a frame."""
    chain, pixels = CASES["pool in the tile, two segments"]
    graph = chain.graph()
    chosen = schedule(graph, pixels, 0, pipelining=replace(EVERY_REGISTER, max_fanout=12))
    assert chosen.tail is not None
    parts = (*(segment.schedule for segment in chosen.segments), chosen.tail)
    assert [ValidWiring(part).early_loads > 0 for part in parts] == [True, True, True]
    check_stream(graph, chosen, tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_values_vary_in_every_layer(case: str) -> None:
    """Values that are always zero or clipped would hide a wrong bit."""
    graph = CASES[case][0].graph()
    values = Reference(graph).evaluate(random_codes(graph, 50, 1))
    for layer in graph.layers:
        assert len(np.unique(values[layer.name])) > 4, layer.name


def drawn(draw: tuple[Graph, int, int]) -> None:
    graph, pixels, spare = draw
    try:
        chosen = schedule(graph, pixels, spare)
    except ScheduleError:
        assume(False)
    with tempfile.TemporaryDirectory() as folder:
        check_stream(graph, chosen, Path(folder))


@settings(derandomize=True, max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(streamed())
def test_drawn_streams_in_ghdl(draw: tuple[Graph, int, int]) -> None:
    drawn(draw)


@pytest.mark.nightly
@settings(derandomize=True, max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(streamed())
def test_more_drawn_streams_in_ghdl(draw: tuple[Graph, int, int]) -> None:
    drawn(draw)
