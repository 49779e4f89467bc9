"""What hardware consists of, counted for shapes small enough to count by hand, and the costs in a schedule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.cost.cost_model import FRAME_PARALLEL_ERROR, converters_cost, cost_of
from bxnn.compiler.cost.prices import LUT_COEFFICIENTS
from bxnn.compiler.hardware.delay import Delay
from bxnn.compiler.hardware.deserialize import Deserialize
from bxnn.compiler.hardware.fabric import Fabric
from bxnn.compiler.hardware.hold import Hold
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.layout_converter import converted_resources
from bxnn.compiler.hardware.resource_usage import ResourceUsage
from bxnn.compiler.hardware.serialize import Serialize
from bxnn.compiler.ir.window import Window
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.layers.maxpool2d import MaxPool2D
from bxnn.layers.reshape import Reshape
from tests.ir.networks import activation, dense, network, source
from tests.layers.firmware import schedule


def test_a_price_for_every_amount() -> None:
    assert {*LUT_COEFFICIENTS, "register_bits"} == {*Fabric.__dataclass_fields__}
    assert all(price >= 0 for price in LUT_COEFFICIENTS.values())
    for name, price in LUT_COEFFICIENTS.items():
        assert cost_of(Fabric(**{name: 1000})) == ResourceUsage(round(1000 * price), 0)


def test_amounts_add_up() -> None:
    total = Fabric(adder_bits=3, register_bits=4) + Fabric(adder_bits=5, shift_luts=1)
    assert total == Fabric(adder_bits=8, register_bits=4, shift_luts=1)


def test_trees_of_what_is_present() -> None:
    """Leaves 0 and 1 are added, leaf 4 passes two levels alone; the second tree has one leaf, the third none.

    Three consecutive registers, as after the only leaf, are a LUT.
    """
    present = np.array([[1, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]], bool)
    assert Fabric.tree(present, 10) == Fabric(tree_bits=2 * 10, shift_luts=10, register_bits=(2 + 2 + 1) * 10)
    assert Fabric.tree(np.ones((7, 1), bool), 10) == Fabric()
    nine, ten = (Fabric.tree(np.ones((1, leaves), bool), 4) for leaves in (9, 10))
    assert nine == Fabric(tree_bits=8 * 4, shift_luts=4, register_bits=(4 + 2 + 1 + 1) * 4), "leaf 8 waits for three"
    assert ten == Fabric(tree_bits=9 * 4, shift_luts=4, register_bits=(4 + 2 + 1 + 1) * 4), "the sum of 8 and 9, too"


def test_equal_columns_of_a_rom_are_shared_within_a_group() -> None:
    words = np.array([[1, 1, 3, 0], [2, 2, 0, 0]])  # columns: 01 10, the same, 11 00 (both bits equal), none
    one_group = Fabric.rom(words, 2, np.zeros(4, np.int64))
    assert one_group.rom_columns == 2, "of bits 01, 10, 01 and 10 (words 3, 0) two differ"
    assert Fabric.rom(words, 2, np.arange(4)).rom_columns == 2 + 2 + 1
    always = np.full((2, 3), -1)
    assert Fabric.rom(always, 4, np.zeros(3, np.int64)) == Fabric()


def test_a_rom_of_many_words_takes_a_lut_for_every_64() -> None:
    words = np.arange(130)[:, np.newaxis] % 2
    assert Fabric.rom(words, 1, np.zeros(1, np.int64)).rom_columns == 3


@pytest.mark.parametrize(
    ("cycles", "expected"),
    [
        (0, Fabric()),
        (2, Fabric(register_bits=18)),
        (3, Fabric(shift_luts=9)),
        (16, Fabric(shift_luts=9)),
        (17, Fabric(shift_luts=9, register_bits=9)),
        (18, Fabric(shift_luts=9)),
        (33, Fabric(shift_luts=9, register_bits=9)),
        (34, Fabric(shift_luts=18)),
        (49, Fabric(shift_luts=18, register_bits=9)),
        (128, Fabric(shift_luts=36)),
    ],
)
def test_long_delays_are_shift_registers(cycles: int, expected: Fabric) -> None:
    assert Fabric.delay(9, cycles) == expected


def test_converters() -> None:
    pulse, held, serial = Layout.pulse(8), Layout.parallel(8), Layout.serial(8, 4)
    assert Hold(pulse, held).resources(6) == Fabric(register_bits=48 + 1)
    assert Hold(pulse, held).resources(6, unread=3) == Fabric(register_bits=30 + 1)
    assert Deserialize(serial, held).resources(6) == Fabric(register_bits=7 * 12 + 4)
    serialize = Serialize(held, serial).resources(6)
    assert serialize == Fabric(counted_luts=12, counters=1, register_bits=12 + 2 + 1)
    chain = (Hold(pulse, held), Serialize(held, serial))
    assert converted_resources(chain[:1], 6, unread=3) == [Fabric(register_bits=30 + 1)]
    assert converted_resources(chain, 6, unread=3) == [Fabric(register_bits=48 + 1), serialize]
    assert Delay(held, held, 5).resources(6) == Fabric(shift_luts=48, register_bits=5)


@given(st.integers(1, 24), st.integers(1, 6), st.data())
def test_registers_of_elements_that_nothing_reads_cost_nothing(size: int, phases: int, data: st.DataObject) -> None:
    """A chain is simulated with names of elements; its registers are kept if they lead to one that is read."""
    read = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size).filter(any)))
    serial, held = Layout.serial(size, phases), Layout.parallel(size)
    kept = 0
    for lane in serial.elements.T.tolist():
        needed = set()
        for phase, element in enumerate(lane):
            if element >= 0 and read[element]:
                needed |= set(range(serial.phases - 1 - phase))
        kept += len(needed)
    chain = (Deserialize(serial, held),)
    told = converters_cost(chain, 6, read=read)
    copies = Deserialize(serial.reading(read), held).copy_registers(6)  # lanes that nothing reads have none
    assert told == cost_of(Fabric(register_bits=6 * (kept + int(read.sum())) + serial.phases + copies))


def test_lanes_of_elements_that_nothing_reads_cost_nothing() -> None:
    """A pool that leaves out the last pixel, after a quantizer: three pixels of four are paid for."""
    weights, costs = np.random.default_rng(3).integers(2, 8, (6, 8)), {}
    weights[:, 6:] = 1  # so that the sums have as many bits
    for pixels in (3, 4):
        graph = network(
            source("x", 6),
            dense("fc1", "x", weights[:, : pixels * 2]),
            Reshape("image", ("fc1",), (1, pixels, 2)),
            activation("relu", "image"),
            MaxPool2D("pool", ("relu",), Window((1, 3), (1, 3), (1, 1), (0, 0), (0, 0)), True),
            Reshape("flat", ("pool",), (2,)),
        )
        costs[pixels] = schedule(graph, 4, {"fc1": LayerSettings("output_serial")}).step("relu").cost
    assert costs[3] == costs[4]


def test_argmax_keeps_no_value_at_its_root() -> None:
    tree = Fabric.comparators(4, 8, indexed=True)
    assert tree == Fabric(compared_bits=3 * 8, selected_bits=2 * 9 + 2, register_bits=2 * 9 + 2)
    assert Fabric.comparators(3, 8, trees=2) == Fabric(compared_bits=32, selected_bits=32, register_bits=48)


def test_a_schedule_adds_up_its_costs() -> None:
    rng = np.random.default_rng(1)
    graph = network(
        source("x", 6),
        dense("fc1", "x", rng.integers(1, 8, (6, 4))),
        activation("relu", "fc1"),
        dense("fc2", "relu", rng.integers(1, 8, (4, 3))),
    )
    settings = {"fc1": LayerSettings("output_serial", 4), "fc2": LayerSettings("input_serial", 4)}
    chosen = schedule(graph, 4, settings)
    assert chosen.cost is not None and chosen.cost_error == FRAME_PARALLEL_ERROR
    assert chosen.cost == sum((step.cost for step in chosen.steps), start=ResourceUsage()), (
        "the output needs no converter"
    )
    assert all(step.cost.ff > 0 for step in chosen.steps)
    (hold,) = chosen.step("fc1").converters[0]
    assert hold.name == "hold"
    own = cost_of(chosen.step("fc1").binding.resources())
    wiring = cost_of(hold.resources(graph.tensors()["x"].bits))
    assert chosen.step("fc1").cost == own + wiring


def test_what_precedes_two_layers_costs_once() -> None:
    """Synthesis merges equal registers."""
    rng = np.random.default_rng(2)
    graph = network(
        source("x", 6),
        dense("fc1", "x", rng.integers(1, 8, (6, 4))),
        dense("fc2", "x", rng.integers(1, 8, (6, 4))),
        outputs=("fc1", "fc2"),
    )
    chosen = schedule(graph, 4, {name: LayerSettings("output_serial", 4) for name in ("fc1", "fc2")})
    first, second = chosen.step("fc1"), chosen.step("fc2")
    (hold,), (same,) = first.converters[0], second.converters[0]
    assert hold.key == same.key
    wiring = cost_of(hold.resources(graph.tensors()["x"].bits))
    assert wiring.ff > 0
    assert first.cost == cost_of(first.binding.resources()) + wiring
    assert second.cost == cost_of(second.binding.resources())
