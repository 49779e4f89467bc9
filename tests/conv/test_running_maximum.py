"""Pools that take the maximum while a convolution computes the elements of their windows one after another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.hardware.running_maximum import RunningMaximum
from bxnn.compiler.hardware.running_windows import running_windows
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.tensor import Int, Tensor
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups, neighbours, sharing_weight
from bxnn.compiler.schedule.dsp.window_order import window_order
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from tests.conv.networks import conv, window
from tests.ir.networks import activation, dense, network, sat, source
from tests.layers.firmware import check_firmware, schedule

CODES = sat(True, 2, 3)


def pooled(number: int, *sizes: int, filters: int = 2, pool: tuple[int, int] = (2, 2), readers: int = 0) -> list[Layer]:
    """A convolution of 2x2 pixels, a quantizer, a pool and perhaps a Dense layer."""
    x, y, a, p, f = (f"{letter}{number}" for letter in "xyapf")
    layers: list[Layer] = [
        source(x, *sizes, 1, signed=True, integer_bits=2, fraction_bits=3),
        conv(y, x, 1, filters, window(2, 2), seed=number + 1),
        activation(a, y, CODES),
        MaxPool2D(p, (a,), window(*pool, stride=pool[0])),
    ]
    if readers:
        size = int(np.prod([(side - 1) // taps for side, taps in zip(sizes, pool, strict=True)])) * filters
        codes = np.random.default_rng(number).integers(-7, 8, (size, readers))
        layers += [Reshape(f, (p,), (size,)), dense(f"d{number}", f, codes)]
    return layers


def built(layers: list[Layer], interval: int, pipelining: Pipelining = EVERY_REGISTER, **wanted: object) -> Schedule:
    """The schedule of networks side by side, all of whose convolutions are asked for the same."""
    read = {name for layer in layers for name in layer.inputs}
    graph = network(*layers, outputs=[layer.name for layer in layers if layer.name not in read])
    settings = LayerSettings(**wanted)  # type: ignore[arg-type]
    of_layers = {layer.name: settings for layer in layers if layer.name.startswith("y")}
    return schedule(graph, interval, of_layers, pipelining)


def running(found: Schedule) -> list[tuple[str, int, int, int, bool]]:
    """Of every running maximum: pool, lanes at a time, windows of a lane, rounds, whether results leave in turn."""
    return [
        (step.layer, step.binding.windows.table.shape[1], step.binding.windows.slots, step.binding.windows.rounds,
         step.binding.result.is_serial)
        for step in found.steps if isinstance(step.binding, RunningMaximum)
    ]  # fmt: skip


def test_every_bit_and_cycle(tmp_path: Path) -> None:
    """Pixels that no window reads, a window larger than II on several lanes, a reader that takes results in turn."""
    layers = [*pooled(0, 5, 6), *pooled(3, 5, 5, pool=(4, 4)), *pooled(4, 5, 5, filters=4, readers=2)]
    found = built(layers, 8, binding="output_serial", packing=1)
    assert running(found) == [("p0", 1, 2, 4, False), ("p3", 4, 2, 4, False), ("p4", 2, 4, 2, True)]
    check_firmware(found.graph, found, tmp_path, events=12)


def test_every_bit_and_cycle_of_packed_sums(tmp_path: Path) -> None:
    """Trees of several lanes before the running maximum, one of them with two levels between registers."""
    layers = [*pooled(2, 7, 4, pool=(3, 3)), *pooled(0, 5, 6), *pooled(4, 5, 5, filters=4, readers=2)]
    found = built(layers, 6, Pipelining(tree_levels_per_stage=2), binding="output_switched", packing=2)
    assert running(found) == [("p2", 3, 2, 3, False), ("p0", 2, 2, 2, True)]
    check_firmware(found.graph, found, tmp_path, events=12)


@st.composite
def orders(draw: st.DrawFn) -> tuple[PackingGroups, Int, int]:
    """Teams of a convolution, the windows of a pool after it, phases."""
    size = draw(st.sampled_from([(1, 2), (2, 1), (2, 2), (3, 2), (3, 3)]))
    rows, columns = (draw(st.integers(taps, 3 * taps)) for taps in size)
    filters = draw(st.integers(1, 4))
    layer = conv("y", "x", 1, filters, window(2, 2), seed=draw(st.integers(0, 99)))
    linear = layer.linear_map((Tensor.of_format((rows + 1, columns + 1, 1), CODES.format),))
    pool = MaxPool2D("p", ("y",), window(*size, stride=size[0]))
    windows = pool.windows_read((Tensor.of_format((rows, columns, filters), CODES.format),))
    products = draw(st.integers(1, 3))
    shared = sharing_weight(linear, products) if products > 1 and draw(st.booleans()) else None
    return shared or neighbours(linear, products), windows, draw(st.integers(1, 9))


@given(orders())
def test_an_order_by_windows_can_be_evaluated_as_it_arrives(drawn: tuple[PackingGroups, Int, int]) -> None:
    teams, windows, phases = drawn
    order = window_order(teams, windows, phases)
    if order is None:
        return
    assert len(order) <= phases
    assert sorted(order[order >= 0].tolist()) == list(range(teams.count))
    layout = teams.layout(order)
    found = running_windows(layout, windows)
    assert found is not None
    size = int(teams.outputs.max()) + 1
    values = np.random.default_rng(0).permutation(size)
    arriving = np.where(layout.elements >= 0, values[layout.elements], size)  # an idle slot must not take part
    rounds = arriving.reshape(found.rounds, found.slots, -1)[..., found.table].max(axis=(0, 3))
    assert rounds[found.slot, found.lane].tolist() == values[windows].max(axis=1).tolist()
    assert found.layout().elements[found.slot, found.lane].tolist() == list(range(len(windows)))
    assert np.unique(found.place).size == len(windows)


def test_windows_of_one_lane_after_another() -> None:
    layout = Layout.serial_in_order(np.array([0, 1, 2, 3, 4, 5, 6, 7]), 4)  # lane 0 carries 0 to 3, lane 1 4 to 7
    found = running_windows(layout, np.array([[0, 2], [1, 3], [4, 6], [5, 7]]))
    assert found is not None
    assert (found.slots, found.rounds) == (2, 2)
    assert found.table.tolist() == [[0], [1]]
    assert found.layout().elements.tolist() == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    "windows",
    [
        [[0, 4], [1, 5]],  # all elements in one phase
        [[0, 1], [4, 5]],  # one phase apart, but a round has two phases
        [[0, 6], [4, 2]],  # on different lanes
        [[0, 2], [1, -1]],  # one element is missing
        [[0, 2, 4], [1, 3, 5]],  # one lane takes part in one round only
    ],
)
def test_other_windows_are_collected_first(windows: list[list[int]]) -> None:
    layout = Layout.serial_in_order(np.arange(8), 4)
    assert running_windows(layout, np.array(windows)) is None


@pytest.mark.parametrize(
    ("pool", "wanted"), [(window(2, 2, stride=1), "overlap"), (window(2, 2, stride=2, before=1), "are padded")]
)
def test_windows_without_an_order(pool: Window, wanted: str) -> None:
    """Windows that overlap, or of which some have fewer elements."""
    source_tensor = Tensor.of_format((4, 4, 1), CODES.format)
    linear = conv("y", "x", 1, 1, window(2, 2)).linear_map((Tensor.of_format((5, 5, 1), CODES.format),))
    windows = MaxPool2D("p", ("y",), pool).windows_read((source_tensor,))
    assert window_order(neighbours(linear, 1), windows, 8) is None, wanted
