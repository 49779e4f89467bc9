"""What streaming networks cost: DSPs and block RAMs as synthesized, LUTs and flip-flops near it, budgets of LUTs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.cost.cost_model import STREAMING_ERROR
from bxnn.compiler.hardware.block_ram import half_block_rams
from bxnn.compiler.hardware.delays.technology import Technology
from bxnn.compiler.hardware.objective import Aim, Goal
from bxnn.compiler.hardware.stream.frame_collector import FrameCollector
from bxnn.compiler.hardware.stream.line_memory import row_memory
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.numeric.integers import ceil_log2
from bxnn.compiler.schedule.budget import Budget
from bxnn.sim.netlist import SynthesisResult
from bxnn.sim.synthesis import synthesize, synthesize_parts
from tests.report.network import measured_report
from tests.streams.netlist_paths import check_paths
from tests.streams.networks import Chain, schedule, write
from tests.streams.test_contract import CASES
from tests.timing.netlist import FABRIC
from tests.vhdl.harness import SOURCES, TOP, Instance, write_top


def synthesized(name: str, folder: Path) -> tuple[StreamSchedule, SynthesisResult]:
    chain, pixels = NETWORKS[name]
    chosen = schedule(chain.graph(), pixels, 20 if name == "wide" else 0)
    interface = write(chain.graph(), chosen, folder)
    return chosen, synthesize([folder / "vhdl" / file for file in interface.files], interface.top, folder / "synthesis")


TECHNOLOGY = Technology(FABRIC, "pessimistic")
MASKED = "same, no tail, beats of unequal pixels"
SLOW = "pool in the tile, two segments", "stride, dilation, wide beats", "no window at all"
NETWORKS = {
    **{name: CASES[name] for name in ("valid, tail", "pool in the tile, two segments", "one beat")},
    "wide": (Chain((2, 300, 1)).conv(2, (2, 3)).relu().pool((1, 4)).dense(1), 1),
}


@pytest.mark.parametrize(
    "name", ["valid, tail", *(pytest.param(name, marks=pytest.mark.slow) for name in list(NETWORKS)[1:])]
)
def test_networks_cost_what_was_predicted(name: str, tmp_path: Path) -> None:
    chosen, found = synthesized(name, tmp_path)
    assert chosen.cost is not None
    assert (found.dsp, found.bram) == (chosen.dsp, chosen.bram)
    assert chosen.bram == (2 if name == "wide" else 0), "two rows of 300 words"
    assert chosen.cost_error == STREAMING_ERROR
    # For the smallest network, 68 LUTs, errors in percent say nothing: those of larger ones are stated.
    assert chosen.cost.lut == pytest.approx(found.lut, rel=STREAMING_ERROR.lut, abs=16)
    assert chosen.cost.ff == pytest.approx(found.ff, rel=STREAMING_ERROR.ff, abs=16)


@pytest.mark.parametrize(
    "name",
    [
        MASKED,
        *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW),
        *(pytest.param(name, marks=pytest.mark.nightly) for name in CASES if name not in (MASKED, *SLOW)),
    ],
)
def test_what_is_between_the_tiles(name: str, tmp_path: Path) -> None:
    """Every flip-flop is counted, except for bits of counters and addresses that never change; LUTs to 20 %, or 6."""
    chain, pixels = CASES[name]
    chosen = schedule(chain.graph(), pixels, 0)
    interface = write(chain.graph(), chosen, tmp_path)
    files = [tmp_path / "vhdl" / file for file in interface.files]
    found = synthesize_parts(files, interface.top, tmp_path / "synthesis")
    parts = {name: part.alone().resources() for name, part in chosen.parts().items()}
    flip_flops = {part: fabric.register_bits for part, fabric in parts.items()}
    assert flip_flops == {part: pytest.approx(found[part].ff, abs=2) for part in parts}
    luts = {part: fabric.stream_luts for part, fabric in parts.items()}
    assert luts == {part: pytest.approx(found[part].lut, rel=0.2, abs=6) for part in parts}
    check_paths(chosen, interface.top, tmp_path / "synthesis")


def test_a_row_is_in_block_ram_if_it_is_deep_and_not_small() -> None:
    assert [row_memory(words, 40) for words in (1, 64, 65)] == ["distributed", "distributed", "block"]
    assert [row_memory(128, bits) for bits in (8, 9)] == ["distributed", "block"]
    counts = {(512, 36): 1, (512, 37): 2, (513, 36): 2, (1024, 18): 1, (1024, 46): 3, (2048, 20): 3, (1500, 55): 7}
    assert {shape: half_block_rams(*shape) for shape in counts} == counts


def line_buffer(rows: int, words: int, bits: int) -> Instance:
    block = int(row_memory(words, bits) == "block")
    generics = {"ROWS": rows, "WORDS": words, "WORD_BITS": bits, "BLOCK_RAM": block}
    inputs: dict[str, int | None] = {
        **dict.fromkeys(("rst", "in_valid", "in_first", "read")),
        "in_data": bits,
        "address": ceil_log2(words),
    }
    return Instance(f"w{words}x{bits}", "bxnn_line_buffer", generics, inputs, {"column": rows * bits})


@pytest.mark.slow
def test_block_rams_of_line_buffers(tmp_path: Path) -> None:
    shapes = [(2, 65, 16), (1, 100, 73), (2, 64, 40), (1, 1024, 46), (1, 2048, 5), (1, 2048, 20)]
    top = write_top(tmp_path / "top.vhd", [line_buffer(*shape) for shape in shapes])
    found = synthesize([*SOURCES, top], TOP, tmp_path / "synthesis")
    blocks = [rows * half_block_rams(words, bits) for rows, words, bits in shapes if row_memory(words, bits) == "block"]
    assert blocks == [2, 3, 3, 1, 3]
    assert found.bram == sum(blocks)


def test_a_design_within_a_budget_of_luts() -> None:
    graph = CASES["pool in the tile, two segments"][0].graph()
    free = schedule(graph, 1, 40)
    assert free.cost is not None and free.cost.lut > sum(s.schedule.cost.lut for s in free.segments if s.schedule.cost)
    tight = schedule(graph, 1, 40, budget=Budget(lut=free.cost.lut - 1))
    assert tight.cost is not None and tight.cost.lut < free.cost.lut
    assert (tight.latency_cycles, tight.dsp) != (free.latency_cycles, free.dsp)
    assert tight.objective.aim == Aim(Goal.SMALLEST_PRODUCT, lut=free.cost.lut - 1)
    assert schedule(graph, 1, 40, budget=Budget(lut=free.cost.lut)).cost == free.cost


def test_a_block_ram_more_is_an_error() -> None:
    report = measured_report()
    assert report.resources is not None and report.resource_difference is None
    more = report.model_copy(update={"resources": report.resources.model_copy(update={"bram": 1})})
    assert more.resource_difference == "0 RAMB18s predicted, 1 synthesized"
    both = report.model_copy(update={"resources": report.resources.model_copy(update={"bram": 2, "dsp": 99})})
    assert (
        both.resource_difference == f"{report.dsp} DSPs predicted, 99 synthesized; 0 RAMB18s predicted, 2 synthesized"
    )


def test_the_end_of_a_frame_drives_its_last_word_and_copies_of_valid() -> None:
    """One LUT tells both: `mnist_cnn` had 96 clock enables and 39 registers on its net."""
    alone, copied = (FrameCollector(2, 3, 1, 96, started).control(TECHNOLOGY) for started in (0, 39))
    loads = [max(entry.delay.fan_out or 0 for entry in paths.entries) for paths in (alone, copied)]
    assert loads == [97, 135]
    assert max(path.delay.ns for path in copied.inner) > max(path.delay.ns for path in alone.inner)
