"""Slot tables: both bindings verify for any map, cost what was predicted, and every corruption is caught."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.input_serial import InputSerial
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.packing import Packing, Shared
from bxnn.compiler.hardware.slot_table import SlotTable
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.schedule.dsp.accumulators import Accumulators
from bxnn.compiler.schedule.dsp.kept_operands import kept_operands
from bxnn.compiler.schedule.dsp.packing_groups import neighbours
from bxnn.compiler.schedule.dsp.sums import Sums
from bxnn.compiler.schedule.dsp.switched_operands import switched_operands
from tests.packing.emulate import tensor_of


def dense_map(outputs: int, inputs: int, sparsity: float = 0.0, seed: int = 0) -> LinearMap:
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 9, (outputs, inputs)) * rng.choice([-1, 1], (outputs, inputs))
    weights[rng.random(weights.shape) < sparsity] = 0
    return LinearMap(weights, rng.integers(-9, 9, outputs), weights.size)


maps = st.builds(
    dense_map, st.integers(1, 25), st.integers(1, 25), st.sampled_from([0.0, 0.3, 0.9, 1.0]), st.integers(0, 999)
)


def bind_output_serial(linear: LinearMap, result: Layout, segments: int, interval: int, switched: bool) -> Cascaded:
    place = switched_operands if switched else kept_operands
    form = place(linear, neighbours(linear, 1), result.elements)
    return form.bind(Layout.parallel(linear.inputs), segments, sums(linear, interval), unpacked(linear))


def bind_input_serial(linear: LinearMap, source: Layout, interval: int) -> InputSerial:
    return Accumulators(linear, source, 1).bind(sums(linear, interval), unpacked(linear))


def sums(linear: LinearMap, interval: int) -> Sums:
    return Sums("fc (dense)", tensor_of(linear.inputs, 8, True), interval, 20, 20)


def unpacked(linear: LinearMap) -> Packing:
    return Packing(1, Shared.OPERAND, 20, 8, linear.weight_bits)


def result_layout(linear: LinearMap, phases: int, data: st.DataObject) -> Layout:
    """A serial layout of the outputs, in order or in any order."""
    if data.draw(st.booleans()):
        return Layout.serial(linear.outputs, phases)
    return Layout.serial_in_order(np.array(data.draw(st.permutations(range(linear.outputs)))), phases)


def products(binding: DspBinding) -> list[tuple[int, int]]:
    return sorted(zip(binding.slots.output.tolist(), binding.slots.operand.tolist(), strict=True))


def nonzero(linear: LinearMap) -> list[tuple[int, int]]:
    return [(int(o), int(i)) for o, i in np.argwhere(linear.weights)]


@settings(max_examples=150)
@given(maps, st.integers(1, 40), st.data())
def test_output_serial_tables(linear: LinearMap, initiation_interval: int, data: st.DataObject) -> None:
    phases = data.draw(st.integers(1, min(initiation_interval, linear.outputs)))
    segments = data.draw(st.integers(1, linear.inputs + 2))
    binding = bind_output_serial(linear, result_layout(linear, phases, data), segments, initiation_interval, False)
    binding.verify_slots("fc (dense)")
    assert products(binding) == nonzero(linear), "no slot for a weight of zero"
    lanes, used, cascade, _, _ = binding.operands.shape
    assert lanes == binding.result.lanes
    assert binding.latency_cycles == cascade + 2 + int(np.ceil(np.log2(used)))
    assert binding.dsp == (binding.operands >= 0).sum()
    for lane, outputs in enumerate(binding.result.elements.T):
        needed = (linear.weights[outputs[outputs >= 0]] != 0).any(axis=0)
        kept = binding.operands[lane][binding.operands[lane] >= 0]
        assert sorted(kept) == np.flatnonzero(needed).tolist(), "one DSP per lane and input that counts"
    gaps = np.diff((binding.operands[..., 0, 0] >= 0).astype(int), axis=2)
    assert (gaps >= 0).all(), "a cascade has no gap"
    assert binding.slots.idle_slots == binding.dsp * initiation_interval - linear.macs_nonzero


@settings(max_examples=150)
@given(maps, st.integers(1, 40), st.data())
def test_output_switched_tables(linear: LinearMap, initiation_interval: int, data: st.DataObject) -> None:
    phases = data.draw(st.integers(1, min(initiation_interval, linear.outputs)))
    segments = data.draw(st.integers(1, linear.inputs + 2))
    result = result_layout(linear, phases, data)
    binding = bind_output_serial(linear, result, segments, initiation_interval, True)
    binding.verify_slots("fc (dense)")
    assert products(binding) == nonzero(linear)
    _, used, cascade, _, _ = binding.operands.shape
    assert binding.latency_cycles == cascade + 2 + int(np.ceil(np.log2(used)))
    reads = (linear.weights != 0).sum(axis=1)
    busiest = [int(reads[outputs[outputs >= 0]].max()) for outputs in result.elements.T]
    assert binding.dsp == sum(busiest), "as many DSPs as the busiest output of the lane has weights"
    assert binding.slots.idle_slots == binding.dsp * initiation_interval - linear.macs_nonzero


@settings(max_examples=150)
@given(maps, st.integers(1, 40), st.data())
def test_input_serial_tables(linear: LinearMap, initiation_interval: int, data: st.DataObject) -> None:
    phases = data.draw(st.integers(1, min(initiation_interval, linear.inputs)))
    source = Layout.serial(linear.inputs, phases)
    binding = bind_input_serial(linear, source, initiation_interval)
    binding.verify_slots("fc (dense)")
    assert products(binding) == nonzero(linear)
    assert binding.latency_cycles == source.phases + 2 + int(np.ceil(np.log2(source.lanes)))
    assert binding.dsp == binding.present.sum() <= linear.outputs * source.lanes
    assert binding.slots.idle_slots == binding.dsp * initiation_interval - linear.macs_nonzero
    assert binding.result.is_pulse and binding.result.size == linear.outputs


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_serial_layout_holds_every_element_once(size: int, phases: int) -> None:
    layout = Layout.serial(size, phases)
    assert layout.phases <= phases and layout.lanes == ceil_div(size, phases) and layout.size == size
    assert sorted(layout.elements[layout.elements >= 0].tolist()) == list(range(size))
    phase, lane = layout.position()
    assert np.array_equal(layout.elements[phase, lane], np.arange(size))
    assert np.array_equal(layout.arrival_phase(), phase)
    assert str(layout) == f"serial {layout.phases}x{layout.lanes}"


LINEAR = dense_map(7, 6)
TWO_LANES = Layout.serial(7, 4)  # of 4 and 3 outputs
OUTPUT_SERIAL = bind_output_serial(LINEAR, TWO_LANES, 2, 5, False)
SWITCHED = bind_output_serial(LINEAR, TWO_LANES, 2, 5, True)
INPUT_SERIAL = bind_input_serial(LINEAR, Layout.serial(6, 3), 5)  # 2 lanes, 3 phases
BINDINGS = pytest.mark.parametrize(
    "binding", [OUTPUT_SERIAL, SWITCHED, INPUT_SERIAL], ids=["output_serial", "output_switched", "input_serial"]
)


def corrupted(binding: DspBinding, slot: int, **fields: int) -> SlotTable:
    """The table with some fields of one slot replaced."""
    changed: dict[str, Any] = {}
    for name, value in fields.items():
        changed[name] = getattr(binding.slots, name).copy()
        changed[name][slot] = value
    return replace(binding.slots, **changed)


def complaint(binding: DspBinding, table: SlotTable) -> str:
    with pytest.raises(InternalError) as caught:
        replace(binding, slots=table).verify_slots("fc (dense)")
    assert caught.value.subject == "fc (dense)"
    return caught.value.problem


@BINDINGS
def test_a_dropped_mac_is_caught(binding: DspBinding) -> None:
    slots = binding.slots
    for slot in range(slots.dsp.size):
        table = replace(
            slots,
            dsp=np.delete(slots.dsp, slot),
            phase=np.delete(slots.phase, slot),
            output=np.delete(slots.output, slot),
            operand=np.delete(slots.operand, slot),
            lane=np.delete(slots.lane, slot),
        )
        assert complaint(binding, table) == "a nonzero MAC has no slot"


@BINDINGS
def test_a_doubled_mac_is_caught(binding: DspBinding) -> None:
    slots = binding.slots
    for phase in (int(slots.phase[3]), 4):  # in its own slot, and in one that the II of 5 leaves every DSP free
        doubled = replace(
            slots,
            dsp=np.append(slots.dsp, slots.dsp[3]),
            phase=np.append(slots.phase, phase),
            output=np.append(slots.output, slots.output[3]),
            operand=np.append(slots.operand, slots.operand[3]),
            lane=np.append(slots.lane, 0),
        )
        assert complaint(binding, doubled) == "a MAC is scheduled twice"


@BINDINGS
def test_two_macs_in_a_slot_are_caught(binding: DspBinding) -> None:
    slot = int(np.flatnonzero(binding.slots.dsp == binding.slots.dsp[0])[1])
    assert complaint(binding, corrupted(binding, slot, phase=int(binding.slots.phase[0]))) == "a slot holds two MACs"


@BINDINGS
@pytest.mark.parametrize("phase", [-1, 5])
def test_a_phase_outside_the_interval_is_caught(binding: DspBinding, phase: int) -> None:
    assert complaint(binding, corrupted(binding, 0, phase=phase)) == "a slot is outside the initiation interval"


def test_a_mac_in_another_phase_is_caught() -> None:
    message = "a product is formed outside the phase of its output"
    for binding in (OUTPUT_SERIAL, SWITCHED):
        assert complaint(binding, corrupted(binding, 0, phase=4)) == message
    message = "an operand is not present in the cycle in which its DSP reads it"
    assert complaint(INPUT_SERIAL, corrupted(INPUT_SERIAL, 0, phase=4)) == message


@pytest.mark.parametrize("binding", [OUTPUT_SERIAL, INPUT_SERIAL], ids=["output_serial", "input_serial"])
def test_swapped_operands_are_caught(binding: DspBinding) -> None:
    """Every pair of slots whose exchanged operands leave each MAC in the table once, but at another weight's input."""
    slots = binding.slots
    seen = set()
    for first in range(slots.dsp.size):
        for second in range(first):
            if slots.output[first] == slots.output[second]:
                operand = slots.operand.copy()
                operand[[first, second]] = operand[[second, first]]
                seen.add(complaint(binding, replace(slots, operand=operand)))
    if binding is OUTPUT_SERIAL:
        assert seen == {"an output-serial DSP has two operands"}
    else:
        assert seen == {
            "an operand is not present in the cycle in which its DSP reads it",
            "an input-serial DSP reads two lanes",
        }


@BINDINGS
def test_swapped_outputs_are_caught(binding: DspBinding) -> None:
    slots = binding.slots
    seen = set()
    for first in range(slots.dsp.size):
        for second in range(first):
            same_operand = slots.operand[first] == slots.operand[second]
            if same_operand and slots.output[first] != slots.output[second]:
                output = slots.output.copy()
                output[[first, second]] = output[[second, first]]
                seen.add(complaint(binding, replace(slots, output=output)))
    if binding is not INPUT_SERIAL:
        assert seen == {
            "a product is formed outside the phase of its output",
            "an output-serial DSP adds to two lanes",
        }
    else:
        assert seen == {"an input-serial DSP has two outputs"}


@BINDINGS
def test_use_before_arrival_is_caught(binding: DspBinding) -> None:
    skew = binding.slots.skew.copy()
    skew[0] = -1
    message = "an operand is not present in the cycle in which its DSP reads it"
    assert complaint(binding, replace(binding.slots, skew=skew)) == message


def test_a_serial_operand_is_gone_after_its_phase() -> None:
    skew = INPUT_SERIAL.slots.skew.copy()
    skew[0] = 1
    message = "an operand is not present in the cycle in which its DSP reads it"
    assert complaint(INPUT_SERIAL, replace(INPUT_SERIAL.slots, skew=skew)) == message


@BINDINGS
@pytest.mark.parametrize("fields", [{"output": 7}, {"operand": -1}, {"operand": 6}, {"dsp": 99}, {"dsp": -1}])
def test_what_does_not_exist_is_caught(binding: DspBinding, fields: dict[str, int]) -> None:
    assert complaint(binding, corrupted(binding, 0, **fields)) == "a slot names a nonexistent element or DSP"
