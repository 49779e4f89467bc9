"""Pools that read the serial results of a convolution as they arrive."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.window_lanes import window_lanes
from bxnn.compiler.schedule.implementation import LayerSettings
from tests.streams.networks import Chain, check_stream, schedule


def test_a_tree_of_lanes_serves_one_window_a_phase() -> None:
    layout = Layout.serial_in_order(np.arange(8), 2)  # lane l carries 2 l, then 2 l + 1
    lanes = window_lanes(layout, np.array([[0, 4], [1, 5], [2, 6], [3, 7]]))
    assert lanes is not None
    assert lanes.table.tolist() == [[2, 0], [3, 1]]
    assert lanes.layout(layout, np.array([[0, 4], [1, 5], [2, 6], [3, 7]])).elements.tolist() == [[0, 2], [1, 3]]


def test_a_window_over_several_phases_is_not_read_serially() -> None:
    layout = Layout.serial(8, 2)  # elements 0 to 3 in phase 0, 4 to 7 in phase 1
    assert window_lanes(layout, np.array([[0, 4], [1, 5]])) is None


def test_the_pool_of_a_tile_takes_the_convolution_serially(tmp_path: Path) -> None:
    graph = Chain((8, 8, 1), zeros=0).conv(4, (3, 3)).relu().pool((2, 2)).graph()
    settings = {"conv1": LayerSettings(binding="output_serial", reuse_factor=4, packing=1)}
    chosen = schedule(graph, 1, 12, settings)
    pool = next(step for step in chosen.segments[0].schedule.steps if step.layer.startswith("pool"))
    assert pool.binding.source.is_serial and pool.binding.result.is_serial
    assert pool.binding.source.lanes == 4 * pool.binding.result.lanes
    check_stream(graph, chosen, tmp_path)
