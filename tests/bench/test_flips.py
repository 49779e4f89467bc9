"""Bit flips in running hardware: every class of registers, what heals in time, and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bxnn.compiler import cli, verification
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.gate.measurements import flipped
from bxnn.compiler.report import load_report
from bxnn.sim.bench import flip_simulation
from bxnn.sim.bench.flip_simulation import Flip, FlipResult, flip_registers
from bxnn.sim.bench.registers import Register, registers
from tests.bench.small_designs import ACCUMULATE, FRAMES
from tests.builds.test_commands import compiled

VERILOG = """module deep_counter_3_1a2b
  (input  clk);
  reg [8:0] line_stage;
  reg [59:0] bank_n1_slice_n12_memory[15:0] ; // memory
  /* deep_counter.vhd:33:12  */
  always @*
    line_stage = n9_o; // (isignal)
  assign n9_o = {n8_q, n7_q};
  always @*
    copies_n3_held = n6_q; // (isignal)
  always @(posedge clk)
    n8_q <= n5_o;
  initial
    n8_q <= 1'b0;
  always @(posedge clk or posedge rst)
    if (rst)
      n7_q <= 1'b0;
    else
      n7_q <= n5_o;
  always @(posedge clk)
    n6_q <= n5_o;
  always @(posedge clk)
    n4_q <= n5_o;
  always @(posedge clk)
    if (writes)
      bank_n1_slice_n12_memory[word] <= n1026_o;
endmodule
module deep
  (input  clk);
  reg at_end;
  always @*
    at_end = n8_o; // (isignal)
endmodule
"""


def test_registers_are_named_after_the_vhdl() -> None:
    module = "deep_counter_3_1a2b"
    assert registers(VERILOG, ["deep", "deep_counter", "other"]) == (
        Register(module, "n8_q", "deep_counter.line_stage"),
        Register(module, "n7_q", "deep_counter.line_stage"),
        Register(module, "n6_q", "deep_counter.copies_held"),
        Register(module, "n4_q", "deep_counter.register"),
        Register(module, "bank_n1_slice_n12_memory", "deep_counter.bank_slice_memory"),
    )


def test_a_primitive_has_its_own_name() -> None:
    text = "module slice_27_18_1\n  always @(posedge clk)\n    p <= a;\nendmodule\n"
    assert registers(text, ["other"]) == (Register("slice_27_18_1", "p", "slice.p"),)


def late(found: FlipResult) -> set[str]:
    return {each.kind for each in found.flips if each.last_wrong_cycle > found.bound_cycles}


@pytest.mark.slow
def test_every_register_that_does_not_heal_is_found(tmp_path: Path) -> None:
    """Two negative controls: a phase that is never restarted, and a sum that is never cleared."""
    interface, events = ACCUMULATE.interface, ACCUMULATE.stimulus(50)
    good = flip_registers(ACCUMULATE.write(tmp_path) / "vhdl", interface, tmp_path / "work", events, 600, 1)
    assert good.bits == {
        "accumulate.counter": 2,
        "accumulate.first": 1,
        "accumulate.product": 16,
        "accumulate.sum": 16,
        "accumulate.valid": 6,
        "accumulate.x": 32,
    }
    assert [sum(each.kind == kind for each in good.flips) for kind in good.bits] == [100] * 6
    assert good.bound_cycles == 10 and late(good) == set()
    assert all(each.healed_cycles is not None for each in good.flips)
    seen = {each.kind for each in good.flips if each.wrong_outputs}
    assert seen == set(good.bits)
    for defect, register in (("FREE_PHASE", "accumulate.counter"), ("KEEPS_SUM", "accumulate.sum")):
        vhdl = ACCUMULATE.write(tmp_path, defect) / "vhdl"
        assert register in late(flip_registers(vhdl, interface, tmp_path / "work", events, 600, 1))


@pytest.mark.slow
def test_frames_heal_within_a_frame(tmp_path: Path) -> None:
    vhdl = FRAMES.write(tmp_path) / "vhdl"
    found = flip_registers(vhdl, FRAMES.interface, tmp_path / "work", FRAMES.stimulus(50), 500, 1)
    assert found.bound_cycles == 17 and late(found) == set()
    assert flip_registers(vhdl, FRAMES.interface, tmp_path / "work", FRAMES.stimulus(50), 500, 1) == found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("flipped"), "m")


@pytest.mark.slow
def test_the_command(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit = tmp_path / "flip.xml"
    assert cli.run(["flip", str(built), "--flips", "300", "--json", "--junit", str(junit)]) == 0
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert faults["flips"] == 300 == sum(each["flips"] for each in faults["classes"])
    assert faults["passed"] and faults["problem"] is None
    report = load_report(built / "report.json")
    assert faults["bound_cycles"] == report.latency_cycles + report.initiation_interval
    assert all(each["bits"] > 0 and each["flips"] > 0 and each["late"] == 0 for each in faults["classes"])
    assert 'failures="0"' in junit.read_text(encoding="utf-8")
    assert "bxnn flip BUILD --flips 300 --seed 1" in (built / "report.html").read_text(encoding="utf-8")


def found_flips(*_: object) -> FlipResult:
    flips = (
        Flip("e.sum", "TOP.m.n1_q bit 3", 12, 4, None),
        Flip("e.valid", "TOP.m.n2_q bit 0", 11, 2, 12),
        Flip("e.sum", "TOP.m.n1_q bit 2", 4, 1, 5),
        Flip("e.valid", "TOP.m.n2_q bit 1", 0, 0, None),
    )
    return FlipResult({"e.sum": 16, "e.valid": 2}, flips, 10)


def test_a_register_that_does_not_heal_is_named(
    built: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flip_simulation, "flip_registers", found_flips)
    junit = tmp_path / "flip.xml"
    problem = (
        "2 flips of 4 did not heal within 10 cycles; the first: e.sum (TOP.m.n1_q bit 3) is never right again, "
        "outputs are wrong until cycle 12 of 20"
    )
    with pytest.raises(VerificationError) as caught:
        verification.flip(built, 4)
    assert str(caught.value) == f"m: {problem}"
    assert cli.run(["flip", str(built), "--flips", "4", "--junit", str(junit)]) == 1
    assert capsys.readouterr() == ("", f"m: {problem}\n")
    assert 'failures="2"' in junit.read_text(encoding="utf-8")
    report = load_report(built / "report.json")
    assert report.faults is not None and report.faults.problem == problem
    assert [
        (each.seen, each.most_wrong, each.longest_cycles, each.late, each.left) for each in report.faults.classes
    ] == [
        (2, 4, 12, 1, 0),
        (1, 2, 11, 1, 1),
    ]
    assert next(str(check) for check in flipped(report)) == (
        "faults.e.sum.late is 1 (of 2 flips), not 0 (latency_cycles + initiation_interval = 10); " + problem
    )


def test_bad_input(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["flip", str(built), "--flips", "0"]) == 2
    assert capsys.readouterr().err == (
        "bxnn flip: Invalid value for '--flips': '0' is not an integer of at least 1, in decimal digits.\n"
    )
    assert cli.run(["flip", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: is not a build; make one with: bxnn compile MODEL -o BUILD\n"
