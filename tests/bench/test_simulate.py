"""The bench on handwritten designs: correct designs pass, and every defect is found and named."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.errors import ConfigError, DataError, ToolError, VerificationError
from bxnn.compiler.verification.wave_file import check_waves
from bxnn.sim import toolchain
from bxnn.sim.rtl import RtlResult, SimulatorName, simulate
from bxnn.sim.vectors import Vectors
from tests.bench.small_designs import ACCUMULATE, PAIR, Codes, Design

EVENTS = 60
BOTH = pytest.mark.parametrize("simulator", ["ghdl", "verilator"])


def run(
    design: Design,
    build: Path,
    simulator: SimulatorName = "ghdl",
    expected: dict[str, Codes] | None = None,
    seed: int = 1,
    corners: bool = True,
) -> RtlResult:
    """Simulate what has been written to ``build``, with the right expected outputs unless others are given."""
    stimulus, directed = design.stimulus(EVENTS), design.stimulus(20, seed=9)
    vectors = Vectors(directed, design.expected(directed)) if corners else None
    wanted = design.expected(stimulus) if expected is None else expected
    return simulate(build, design.interface, stimulus, wanted, simulator, seed, vectors)


@BOTH
@pytest.mark.parametrize("design", [PAIR, ACCUMULATE], ids=["pair", "accumulate"])
def test_a_right_design_passes(design: Design, simulator: SimulatorName, tmp_path: Path) -> None:
    result = run(design, design.write(tmp_path), simulator)
    assert result.passed, result.first_difference
    assert result.latency_cycles == design.interface.latency_cycles
    assert result.initiation_interval == design.interface.initiation_interval
    assert (result.events, result.mismatches, result.spurious) == (EVENTS, 0, 0)
    assert result.received == result.events + result.directed_events
    assert result.simulator.lower().startswith(simulator)
    assert (tmp_path / "sim" / simulator / "results.xml").is_file()


@pytest.mark.parametrize("seed", [2, 3])
def test_a_right_design_passes_with_any_seed_and_without_corners(seed: int, tmp_path: Path) -> None:
    result = run(ACCUMULATE, ACCUMULATE.write(tmp_path), seed=seed, corners=False)
    assert result.passed, result.first_difference


@pytest.mark.parametrize(("suffix", "start"), [(".vcd", b"$date"), (".fst", b"\xfe"), (".ghw", b"GHDLwave")])
def test_all_signals_go_to_a_file(suffix: str, start: bytes, tmp_path: Path) -> None:
    design, file = ACCUMULATE.write(tmp_path / "build"), tmp_path / f"all{suffix}"
    codes = ACCUMULATE.stimulus(3)
    assert simulate(design, ACCUMULATE.interface, codes, ACCUMULATE.expected(codes), waves=file).passed
    assert file.read_bytes().startswith(start) and file.stat().st_size > 1000
    if suffix == ".vcd":
        text = file.read_text()
        assert all(f" {name} " in text for name in ("clk", "in_valid", "out_valid"))


@pytest.mark.parametrize(
    ("name", "simulator", "problem"),
    [
        ("a.txt", "ghdl", "'a.txt' does not end with .vcd, .fst or .ghw, which ghdl writes"),
        ("a.ghw", "verilator", "'a.ghw' does not end with .vcd, which verilator writes; ghdl writes .ghw"),
        ("no/a.vcd", "ghdl", "the folder of 'no/a.vcd' does not exist; create it first"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused(name: str, simulator: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_waves(Path(name), simulator)
    assert str(caught.value) == f"--waves: {problem}"


REPEAT = "bxnn simulate BUILD --seed 5, with the same --input, --events and --simulator"


@pytest.mark.slow
@BOTH
def test_designs_in_one_folder(simulator: SimulatorName, tmp_path: Path) -> None:
    """The folder's contents are simulated: another design of the same name, a defect, and the first design again."""
    for defect, passes in (("0", True), ("WRONG_WEIGHT", False), ("0", True)):
        assert run(PAIR, PAIR.write(tmp_path, defect), simulator).passed is passes


PAIR_DEFECTS = {
    "WRONG_WEIGHT": r"output y, element 0, directed event 0 \(first .*\), cycle 9: expected -?\d+, got -?\d+",
    "LATE_CAPTURE": r"output y, element 0, directed event 0 \(first .*\), cycle 9: expected -?\d+, got -?\d+",
    "NO_RESET": r"output y, cycle 2: out_valid is 'U' after reset, expected '0'",
    "DROPS": r"output y, directed event \d+ \(directed\): expected out_valid in cycle \d+, but it never came",
    "SPURIOUS": r"output y, cycle 255: expected no out_valid, got one \(\d+ cycles after a reset\)",
    "ONE_LATER": r"output y, directed event 0 .*in cycle 9, got it in cycle 10 \(latency 8, predicted 7\)",
    "ONE_EARLIER": r"output y, directed event 0 .*in cycle 9, got it in cycle 8 \(latency 6, predicted 7\)",
    "ONE_PORT_LATE": r"output z, directed event 0 .*in cycle 9, got it in cycle 8 \(latency 6, predicted 7\)",
    "UNDEFINED": r"output y, cycle 2: out_valid is 'X' after reset, expected '0'",
}


@pytest.mark.parametrize("defect", PAIR_DEFECTS)
def test_a_defect_is_found_and_named(defect: str, tmp_path: Path) -> None:
    result = run(PAIR, PAIR.write(tmp_path, defect), seed=5)
    assert not result.passed
    assert result.first_difference is not None
    assert re.fullmatch(PAIR_DEFECTS[defect], result.first_difference), result.first_difference
    text = (tmp_path / "sim/ghdl/results.xml").read_text(encoding="utf-8")
    suite = ElementTree.fromstring(text)
    assert [found.get("message") for found in suite.findall("testcase/failure")] == [result.first_difference]
    properties = {item.get("name"): item.get("value") for item in suite.findall("properties/property")}
    assert (properties["seed"], properties["repeat with"]) == ("5", REPEAT)
    assert "COCOTB" not in text
    log = (tmp_path / "sim/ghdl/simulation.log").read_text(encoding="utf-8")
    assert set(re.findall(r"(?i)seed\D*(\d+)", log)) == {"5"}


def test_valids_that_reset_forgets_come_out_of_verilator(tmp_path: Path) -> None:
    result = run(PAIR, PAIR.write(tmp_path, "NO_RESET"), "verilator")
    assert not result.passed
    assert result.spurious > 0
    assert "expected no out_valid, got one" in str(result.first_difference)


def test_a_phase_counter_that_is_not_restarted_fails_at_the_first_gap(tmp_path: Path) -> None:
    result = run(ACCUMULATE, ACCUMULATE.write(tmp_path, "FREE_PHASE"))
    assert not result.passed
    assert result.latency_cycles == ACCUMULATE.interface.latency_cycles
    assert re.fullmatch(r"output y, element 0, .*: expected -?\d+, got -?\d+", str(result.first_difference))
    assert result.first_directed not in (
        None,
        0,
        1,
    )  # the first event, and those back to back after it, are right


def test_a_sum_that_is_not_restarted_fails(tmp_path: Path) -> None:
    assert not run(ACCUMULATE, ACCUMULATE.write(tmp_path, "KEEPS_SUM")).passed


@BOTH
def test_one_wrong_expected_bit_fails_that_event_alone(simulator: SimulatorName, tmp_path: Path) -> None:
    expected = PAIR.expected(PAIR.stimulus(EVENTS))
    expected["y"][41, 1] ^= 8
    result = run(PAIR, PAIR.write(tmp_path), simulator, expected, corners=simulator == "ghdl")
    wrong, right = expected["y"][41, 1], expected["y"][41, 1] ^ 8
    assert not result.passed
    assert result.mismatches >= 1
    if simulator == "ghdl":
        assert (result.mismatches, result.first_event, result.first_directed) == (1, 41, None)
        assert re.fullmatch(
            rf"output y, element 1, event 41 \(with gaps\), cycle \d+: expected {wrong}, got {right}",
            str(result.first_difference),
        )


def test_the_same_vhdl_is_not_built_twice(tmp_path: Path) -> None:
    run(PAIR, PAIR.write(tmp_path))
    log = tmp_path / "sim" / "ghdl" / "build.log"
    built = log.stat().st_mtime_ns
    assert run(PAIR, PAIR.write(tmp_path)).passed
    assert log.stat().st_mtime_ns == built
    assert not run(PAIR, PAIR.write(tmp_path, "WRONG_WEIGHT")).passed
    assert log.stat().st_mtime_ns != built


def test_a_failing_assertion_is_reported_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match=r"pair: .*counter reached its end \(log: .*simulation\.log\)$"):
        run(PAIR, PAIR.write(tmp_path, "STOPS"))


def test_vhdl_that_cannot_be_analysed_is_reported_in_ghdls_words(tmp_path: Path) -> None:
    source = PAIR.write(tmp_path) / "vhdl" / "pair.vhd"
    source.write_text(source.read_text(encoding="utf-8").replace("clock_no + 1", "no_clock + 1"), encoding="utf-8")
    with pytest.raises(VerificationError, match=r"pair\.vhd:\d+:\d+: no declaration for \"no_clock\""):
        run(PAIR, tmp_path)


def test_ports_that_do_not_fit_the_interface_are_named(tmp_path: Path) -> None:
    source = PAIR.write(tmp_path) / "vhdl" / "pair.vhd"
    text = source.read_text(encoding="utf-8").replace("z_data ", "z_datum ").replace("z_data(", "z_datum(")
    source.write_text(text, encoding="utf-8")
    with pytest.raises(VerificationError, match="pair: has no port z_data"):
        run(PAIR, tmp_path)


def test_vectors_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    build, good = ACCUMULATE.write(tmp_path), ACCUMULATE.stimulus(3)
    wide = {"x": np.full((3, 4), 128)}
    with pytest.raises(DataError, match="x: takes codes from -128 to 127"):
        simulate(build, ACCUMULATE.interface, wide, ACCUMULATE.expected(good))
    with pytest.raises(DataError, match="x: has 4 elements, but the vectors have 3"):
        simulate(build, ACCUMULATE.interface, {"x": np.zeros((3, 3), np.int64)}, ACCUMULATE.expected(good))
    with pytest.raises(DataError, match="same number of events"):
        simulate(build, ACCUMULATE.interface, good, {"y": np.zeros((2, 1), np.int64)})


def test_a_missing_simulator_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    toolchain.tool.cache_clear()
    try:
        message = "ghdl: is not installed; install it with: apt-get install ghdl"
        codes, announced = PAIR.stimulus(EVENTS), list[int]()
        with pytest.raises(ToolError, match=re.escape(message)):
            simulate(PAIR.write(tmp_path), PAIR.interface, codes, PAIR.expected(codes), announce=announced.append)
        assert announced == []
        assert {tool.name for tool in toolchain.tools() if not tool.found} >= {"ghdl", "perl", "g++"}
    finally:
        toolchain.tool.cache_clear()
