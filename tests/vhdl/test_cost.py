"""Hardware cost of every entity, mapped by yosys for 7-series parts.

DSP slices are the contract and exact. LUT and flip-flop counts are exact too: the tools are pinned, so a
changed number means a changed circuit (or a changed tool), and either deserves a look.
"""

import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bxnn.compiler.errors import ToolError, VerificationError
from bxnn.sim.synthesis import synthesize, synthesize_parts
from tests.vhdl import test_channel_thresholds as stairs
from tests.vhdl import test_dot_input_serial as input_serial
from tests.vhdl import test_dot_output_serial as output_serial
from tests.vhdl import test_frames as frames
from tests.vhdl import test_history as history
from tests.vhdl import test_layouts as layouts
from tests.vhdl import test_lookups as lookups
from tests.vhdl import test_macs as macs
from tests.vhdl import test_requantize as requantize
from tests.vhdl import test_sequencing as sequencing
from tests.vhdl import test_trees as trees
from tests.vhdl import test_windows as windows
from tests.vhdl.events import pack
from tests.vhdl.harness import SOURCES, TOP, Bits, Generic, Instance, write_top


@dataclass(frozen=True)
class Cost:
    """What the circuit is expected to cost."""

    dsp: int
    lut: int
    ff: int
    bram: int = 0


def dot_output(shape: output_serial.Shape) -> Instance:
    return output_serial.instance_of("dut", shape, output_serial.random_table(random.Random(1), shape))


def dot_input(shape: input_serial.Shape) -> Instance:
    return input_serial.instance_of("dut", shape, input_serial.random_table(random.Random(1), shape))


def accumulators_to_relu(rounding: str, slope_shift: int = 0, half_added: int = 0) -> Instance:
    """20-bit accumulator to an 8-bit code, 8 bits dropped."""
    low = -128 if slope_shift else 0
    return requantize.instance_of(
        requantize.Format(1, 20, 1, 8, 8, rounding, "SAT", low, 127 if slope_shift else 255, slope_shift, half_added)
    )


def foldable() -> Instance:
    """Weights 0, 1, 2 and 3 that never change: a multiplier would vanish if its constant reached it."""
    shape = output_serial.Shape(4, 8, 0, 1, 1, 1, 4, 1, 8, 20, "none")
    table = output_serial.Table([[[0], [1], [2], [3]]], [[[[weight]]] for weight in range(4)], [[0]])
    return output_serial.instance_of("dut", shape, table)


def rom(depth: int, width: int) -> Instance:
    rng = random.Random(1)
    return sequencing.rom(depth, width, [rng.getrandbits(width) for _ in range(depth)])


def constant_rom() -> Instance:
    generics = {"DEPTH": 8, "WIDTH": 16, "CONTENTS": Bits(pack([0x5A5A] * 8, 16), 128)}
    return Instance("rom", "bxnn_weight_rom", generics, {"rst": None, "valid": None}, {"data": 16})


# Packed words of 24 bits: what 25x18 multiplies in one slice.
TWO_WEIGHTS = output_serial.Shape(9, 6, 0, 5, 4, 4, 3, 2, 6, 20, products=2, lane_bits=17)
TWO_PRODUCTS = input_serial.Shape(3, 6, 0, 5, 4, 6, 20, products=2, lane_bits=17)

COSTS: dict[str, tuple[Instance, Cost]] = {
    "mac_cascade": (macs.instance_of("dut", macs.Shape(12, 9, 8, 24)), Cost(12, 0, 0)),
    "mac_cascade_narrow": (macs.instance_of("dut", macs.Shape(4, 2, 2, 6)), Cost(4, 0, 0)),
    "mac_cascade_wide": (macs.instance_of("dut", macs.Shape(4, 25, 18, 48)), Cost(4, 0, 0)),
    "mac_accumulator": (macs.instance_of("dut", macs.Shape(0, 9, 8, 24)), Cost(1, 0, 0)),
    "mac_accumulator_narrow": (macs.instance_of("dut", macs.Shape(0, 2, 2, 8)), Cost(1, 0, 0)),
    "mac_accumulator_wide": (macs.instance_of("dut", macs.Shape(0, 25, 18, 48)), Cost(1, 0, 0)),
    "dot_output_serial": (
        dot_output(output_serial.Shape(8, 8, 0, 2, 4, 4, 4, 2, 8, 24, "none")),
        Cost(16, 112, 127),
    ),
    "dot_output_serial_long": (dot_output(output_serial.SHAPES["long"]), Cost(22, 77, 200)),
    "dot_output_serial_lanes": (dot_output(output_serial.SHAPES["no_dsp_lane"]), Cost(14, 50, 131)),
    "dot_output_serial_narrow": (dot_output(output_serial.SHAPES["narrow"]), Cost(19, 86, 101)),
    "dot_output_serial_systolic": (
        dot_output(output_serial.Shape(6, 6, 1, 2, 1, 1, 6, 1, 6, 16, "none")),
        Cost(12, 12, 86),
    ),
    "dot_output_serial_switched": (dot_output(output_serial.SHAPES["switched"]), Cost(10, 161, 151)),
    "dot_output_serial_two_weights": (dot_output(TWO_WEIGHTS), Cost(12, 153, 169)),
    "dot_output_serial_three_weights": (dot_output(output_serial.SHAPES["three_weights"]), Cost(8, 174, 214)),
    "dot_output_serial_two_pixels": (dot_output(output_serial.SHAPES["two_pixels"]), Cost(14, 137, 143)),
    "dot_input_serial_two_products": (dot_input(TWO_PRODUCTS), Cost(9, 196, 299)),
    "dot_output_serial_foldable": (foldable(), Cost(4, 8, 30)),
    "dot_input_serial": (dot_input(input_serial.Shape(2, 8, 0, 4, 8, 8, 24)), Cost(8, 155, 166)),
    "dot_input_serial_sparse": (dot_input(input_serial.SHAPES["sparse"]), Cost(5, 22, 233)),
    "mac_cascade_unregistered": (macs.instance_of("dut", macs.Shape(12, 9, 8, 24, 0)), Cost(12, 0, 0)),
    "mac_accumulator_unregistered": (macs.instance_of("dut", macs.Shape(0, 9, 8, 24, 0)), Cost(1, 0, 0)),
    "adder_tree": (trees.adder(5, 10), Cost(0, 40, 60)),
    "adder_tree_two_levels": (trees.adder(8, 15, 2), Cost(0, 105, 45)),
    "adder_tree_open": (trees.adder(8, 15, 2, 1), Cost(0, 105, 30)),
    "requantize_trn": (accumulators_to_relu("TRN"), Cost(0, 8, 8)),
    "requantize_conv": (accumulators_to_relu("RND_CONV"), Cost(0, 10, 8)),
    "requantize_conv_half": (accumulators_to_relu("RND_CONV", 0, 1), Cost(0, 10, 8)),
    "requantize_rnd_half": (accumulators_to_relu("RND", 0, 1), Cost(0, 8, 8)),
    "requantize_leaky": (accumulators_to_relu("RND", 3), Cost(0, 12, 8)),
    "threshold_sign": (trees.stair(0), Cost(0, 0, 3)),
    "threshold_steps": (trees.stair(2), Cost(0, 6, 7)),
    "lookup_lut": (lookups.lookup(2, 6, 5, (0, 0)), Cost(0, 10, 10)),
    "lookup_deep": (lookups.lookup(1, 8, 4, (0,)), Cost(0, 16, 4)),
    "block_lookup": (lookups.block_lookup(2, 10, 7, (0, 0)), Cost(0, 0, 0, 2)),
    "block_lookup_registered": (lookups.block_lookup(1, 11, 19, (0,), 1), Cost(0, 0, 19, 3)),
    "channel_threshold": (stairs.thresholds(stairs.SHAPES[0]), Cost(0, 7, 9)),
    "serial_to_parallel": (layouts.collector(2, 5, 6), Cost(0, 0, 113)),
    "parallel_to_serial": (layouts.distributor(4, 8, 3), Cost(0, 72, 49)),
    "argmax": (trees.picker(7, 8, 1), Cost(0, 82, 63)),
    "argmax_two_levels": (trees.picker(7, 8, 1, 2), Cost(0, 79, 26)),
    "delay_line": (sequencing.line(7), Cost(0, 9, 0)),
    "valid_delay": (sequencing.valid_line(7), Cost(0, 0, 7)),
    "phase_sequencer": (sequencing.sequencer(8, 9), Cost(0, 3, 35)),
    "weight_rom": (rom(8, 40), Cost(0, 40, 40)),
    "weight_rom_constant": (constant_rom(), Cost(0, 0, 0)),
    "history": (history.instance(4, 5, 12), Cost(0, 76, 80)),
    "history_deep": (history.instance(64, 2, 2), Cost(0, 133, 76)),
    "frame_sequencer": (frames.frame_sequencer("five"), Cost(0, 7, 15)),
    "tile_sequencer": (frames.tile_sequencer("all_behind"), Cost(0, 9, 9)),
    "frame_collector": (frames.frame_collector("rows"), Cost(0, 24, 73)),
    "line_buffer": (windows.line_buffer("rows"), Cost(0, 36, 42)),
    "line_buffer_block": (windows.line_buffer("block"), Cost(0, 27, 80, 4)),
    "window_former": (windows.window_former("rows"), Cost(0, 24, 33)),
    "window_former_masked": (windows.window_former("lead"), Cost(0, 70, 76)),
}


def costs_of(folder: Path, instances: dict[str, Instance]) -> dict[str, Cost]:
    """Costs of all instances, from one run of the tools."""
    renamed = [replace(instance, name=name) for name, instance in instances.items()]
    top = write_top(folder / "top.vhd", renamed)
    results = synthesize_parts([*SOURCES, top], TOP, folder / "synthesis")
    outside = results.pop(TOP)
    assert Cost(outside.dsp, outside.lut, outside.ff, outside.bram) == Cost(0, 0, 0)
    return {name: Cost(result.dsp, result.lut, result.ff, result.bram) for name, result in results.items()}


@pytest.mark.parametrize("dots", [True, False], ids=["dots", "others"])
def test_costs(tmp_path: Path, dots: bool) -> None:
    cases = {name: case for name, case in COSTS.items() if name.startswith("dot") == dots}
    found = costs_of(tmp_path, {name: instance for name, (instance, _) in cases.items()})
    assert found == {name: cost for name, (_, cost) in cases.items()}


def test_one_dsp_for_every_operand() -> None:
    """The DSP counts above are those of the tables, not numbers copied from the tool."""
    for name, (instance, cost) in COSTS.items():
        values = getattr(instance.generics.get("OPERANDS", instance.generics.get("PRESENT")), "values", None)
        if instance.generics.get("OPERAND_PHASES", 1) == 1 and values is not None:
            absent = -1 if "OPERANDS" in instance.generics else 0
            taken = instance.generics["PRODUCTS"] if instance.generics.get("SHARES_WEIGHT") else 1
            assert isinstance(taken, int)  # elements of one DSP, the lowest lane first
            assert cost.dsp == sum(value != absent for value in values[::taken]), name


def test_whole_design(tmp_path: Path) -> None:
    """`synthesize` flattens, and counts logic levels."""
    instance, cost = COSTS["dot_output_serial"]
    top = write_top(tmp_path / "top.vhd", [instance])
    result = synthesize([*SOURCES, top], TOP, tmp_path / "xc7")
    assert (result.dsp, result.lut, result.ff, result.bram) == (cost.dsp, cost.lut, cost.ff, 0)
    assert result.logic_levels == 7, "a LUT and six CARRY4 for 24 bits"
    assert result.source.startswith("ghdl ")


def test_a_dsp48e2_takes_words_of_27_bits(tmp_path: Path) -> None:
    """Two 8-bit weights 18 bits apart: one slice of 27x18 bits with all registers, two of 25x18."""
    instance = dot_output(output_serial.SHAPES["two_weights"])
    operands = getattr(instance.generics["OPERANDS"], "values", [])
    top = write_top(tmp_path / "top.vhd", [instance])
    result = synthesize([*SOURCES, top], TOP, tmp_path / "synthesis", wide_bits=27)
    assert result.dsp == sum(operand >= 0 for operand in operands) == 12
    assert "every multiplication in a DSP of 27x18 bits" in result.source
    assert (result.lut, result.ff) == (160, 177)


def test_generics_reach_the_top_and_other_families_work(tmp_path: Path) -> None:
    generics = {"LENGTH": 3, "OPERAND_BITS": 9, "WEIGHT_BITS": 8, "ACCUM_BITS": 20}
    assert synthesize(SOURCES, "bxnn_mac_cascade", tmp_path, "xcup", generics).dsp == 3


def test_a_register_of_a_delay_line_is_as_wide_as_its_word(tmp_path: Path) -> None:
    """The time that yosys takes to look for the registers of DSP slices grows with the square of their widths."""
    found = synthesize(SOURCES, "bxnn_delay_line", tmp_path, generics={"WIDTH": 9, "CYCLES": 7})
    registers = re.findall(r"\breg \[(\d+):0\]", (tmp_path / "design.v").read_text(encoding="utf-8"))
    assert set(registers) == {"8"}
    assert (found.lut, found.ff) == (9, 0)


def test_errors_name_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no family xc9; use one of xc7, xcup"):
        synthesize(SOURCES, "bxnn_delay_line", tmp_path, "xc9")
    generics: dict[str, int | Generic] = {"DEPTH": 2, "WIDTH": 2, "CONTENTS": Bits(5, 3)}
    wrong = Instance("rom", "bxnn_weight_rom", generics, {"rst": None, "valid": None}, {"data": 2})
    top = write_top(tmp_path / "top.vhd", [wrong])
    with pytest.raises(VerificationError, match=r"weight_rom: CONTENTS has 3 bits, SETS \* DEPTH \* WIDTH is 4"):
        synthesize([*SOURCES, top], TOP, tmp_path / "synthesis")
