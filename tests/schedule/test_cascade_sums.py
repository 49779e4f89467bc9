"""The width of the sums of cascades, against sums over the slots of what is built."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.grouped_sums import grouped_sums
from bxnn.compiler.numeric.integers import signed_bits
from bxnn.compiler.schedule.dsp.cascades import Cascades
from bxnn.compiler.schedule.dsp.kept_operands import kept_dsp, kept_operands
from bxnn.compiler.schedule.dsp.packing_groups import PackingGroups, neighbours, sharing_weight
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.dsp.switched_operands import switched_dsp, switched_operands
from tests.packing.emulate import tensor_of


@st.composite
def maps(draw: st.DrawFn) -> LinearMap:
    """Small maps with zero weights; some with equal rows, as of a convolution."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    outputs, inputs = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    weights = rng.integers(-8, 8, (outputs, inputs), endpoint=True)
    weights[rng.random(weights.shape) < draw(st.sampled_from([0.0, 0.5, 0.9]))] = 0
    if draw(st.booleans()):
        weights = np.stack([np.roll(weights[0], output) for output in range(outputs)])
    return LinearMap(weights, rng.integers(-500, 500, outputs), weights.size)


@st.composite
def cascades(draw: st.DrawFn) -> Cascades:
    linear, products = draw(maps()), draw(st.integers(1, 3))
    shared = sharing_weight(linear, products) if products > 1 and draw(st.booleans()) else None
    teams: PackingGroups = neighbours(linear, products) if shared is None else shared
    phases = draw(st.integers(1, teams.count))
    order = draw(
        st.sampled_from(
            (Layout.serial(teams.count, phases), Layout.serial_in_order(np.arange(teams.count)[::-1], phases))
        )
    ).elements
    switched = draw(st.booleans())
    found = (switched_operands if switched else kept_operands)(linear, teams, order)
    assert found.dsp == (switched_dsp if switched else kept_dsp)(teams, order) == sum(map(len, found.columns))
    return found


@settings(max_examples=150)
@given(cascades(), st.integers(1, 13))
def test_every_finished_sum_fits_and_one_needs_the_width(found: Cascades, segments: int) -> None:
    linear = found.linear
    source = tensor_of(linear.inputs, 6, True)
    sums = Sums("fc (dense)", source, 16, 20, 20)
    packing = Packing(found.teams.products, found.teams.shares, 20, 8, linear.weight_bits)
    binding = found.bind(Layout.parallel(linear.inputs), segments, sums, packing)
    slots = binding.slots
    low, high = linear.ends_of_products(slots.output, slots.operand, source.low.ravel(), source.high.ravel())
    lowest, highest = np.zeros((2, binding.chains, linear.outputs), np.int64)
    np.add.at(lowest, (slots.chain[slots.dsp], slots.output), low)
    np.add.at(highest, (slots.chain[slots.dsp], slots.output), high)
    first = (binding.bias_chain(), np.arange(linear.outputs))
    lowest[first] += linear.bias
    highest[first] += linear.bias
    wanted = signed_bits(int(lowest.min(initial=0)), int(highest.max(initial=0)))
    assert found.sums(source.low.ravel(), source.high.ravel()).lane_bits(segments) == wanted


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-(2**57), 2**57)), max_size=40), st.booleans())
def test_sums_by_key(items: list[tuple[int, int]], ascending: bool) -> None:
    items = sorted(items) if ascending else items
    keys, sums = grouped_sums(*np.array(items, np.int64).reshape(-1, 2).T)
    wanted = {key: sum(value for own, value in items if own == key) for key, _ in sorted(items)}
    assert dict(zip(keys.tolist(), sums.tolist(), strict=True)) == wanted
    assert keys.tolist() == sorted(wanted)
