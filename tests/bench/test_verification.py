"""The bench of all engines: parts that are interrupted go on, and the page tells what is wrong or not finished."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import second_oracle, speed, verification, workers
from bench.verification import Ended, measure, run
from bench.verification_page import Outcome, page
from bench.verification_parts import PARTS, TAGGER, Part

VERIFY, FLIP = Part(TAGGER, "cpp", 500), Part(TAGGER, "flip", 100)
CLASSES = [
    {"bits": 1000, "flips": 50, "late": 0, "longest_cycles": 9},
    {"bits": 34, "flips": 50, "late": 2, "longest_cycles": 41},
]


def engine(passed: bool, mismatches: int = 0) -> dict[str, object]:
    found = {"events": 500, "directed_events": 23, "mismatches": mismatches, "passed": passed, "problem": None}
    return {"name": "m", "verification": {"engines": [found]}}


FACTS = {"Load before the run (1, 5, 15 minutes)": "0.10, 2.00, 3.00"}


def test_the_parts_have_different_names() -> None:
    assert len({part.key for part in PARTS}) == len(PARTS)


def test_the_page_tells_what_is_wrong_or_missing() -> None:
    good = replace(Outcome.of(VERIFY, engine(passed=True), 12.5, FACTS), commit="1234567")
    silent = Outcome.of(VERIFY, engine(passed=False), 12.5, FACTS)
    late = Outcome.of(FLIP, {"faults": {"flips": 100, "bound_cycles": 40, "classes": CLASSES}}, 3.0, FACTS)
    assert [each.passed for each in (good, silent, late, Outcome())] == [True, False, False, False]
    other = replace(VERIFY, engine="hls")
    outcomes = {VERIFY: good, other: Outcome(cpu_seconds=7), FLIP: late, replace(FLIP, count=7): Outcome()}
    text = page(outcomes, Outcome())
    assert "| tagger | cpp | 500 | 23 | 0 | 12 | 40 | 2.00 | 1234567 |\n" in text
    assert "| tagger | hls | 500 not finished |  |  | 7 |  |  |  |\n" in text
    assert text.partition("\n## A second oracle\n")[0].endswith(
        "* tagger: 100 flips, 2 did not heal in time; 1,034 register bits in 2 classes, at least 50 flips in each; "
        "outputs wrong for at most 41 cycles of 40 allowed; commit \n* tagger: 7 flips, not finished\n"
    )
    assert text.endswith("\n* not finished\n")


def test_the_page_tells_of_the_second_oracle() -> None:
    found = second_oracle.measured(7, lambda seed, folder: 5 * int(seed in (2, 4) and folder.is_dir()))
    assert (found.finished, found.passed, found.count, found.wrong) == (True, False, 7, 2)
    text = page({}, replace(found, cpu_seconds=3.2, commit="1234567"))
    assert text.endswith("\n* 7 networks, 2 with a wrong output; 3 CPU s; commit 1234567\n")


def test_a_part_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        Ended(0, {}, 1.0),
        Ended(130, {"exit_code": 130, "problems": []}, 2.0),
        Ended(0, engine(passed=True), 4.0),
    ]
    commands = []

    def ran(command: list[object], seconds: float) -> Ended:
        commands.append(command[1])
        (tmp_path / VERIFY.key / "build").mkdir(exist_ok=True)
        (tmp_path / VERIFY.key / "build/report.json").touch()
        return answers.pop(0)

    monkeypatch.setattr(verification, "run", ran)
    found = [measure(VERIFY, tmp_path, tmp_path, 5.0) for _ in range(3)]
    assert commands == ["compile", "verify", "verify"]
    assert [(each.finished, each.cpu_seconds) for each in found] == [(False, 2.0), (True, 6.0), (True, 6.0)]
    assert [each.commit for each in found] == [verification.commit()] * 3


def test_a_command_is_stopped_in_time() -> None:
    script = "import json, time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: print(json.dumps({'stopped': 1}))"
    assert run([sys.executable, "-c", script], 1.5).answer == json.loads('{"stopped": 1}')


def test_what_workers_gain() -> None:
    lines = ["ghdl, one process: 40.0 events per second"]
    lines += ["ghdl, two processes: 72.0 events per second, 1.80 times as many"]
    assert workers.told("ghdl", 3600, 90.0, 50.0) == (lines, [])
    _, missed = workers.told("ghdl", 3600, 90.0, 72.0)
    assert missed == [
        "ghdl: two processes are 1.25 times as fast as one, below 1.7",
        "ghdl: 50.0 events per second on two processes, below 60",
    ]
    assert workers.told("verilator", 3600, 90.0, 72.0)[1] == [
        "verilator: two processes are 1.25 times as fast as one, below 1.7"
    ]


def test_what_is_too_slow() -> None:
    lines = ["verilator: 40,000 events per second", "emulator: 5,900,000 events per second"]
    missed = ["emulator: 5,900,000 events per second, below 6,000,000"]
    assert speed.told({"verilator": 40_000.2, "emulator": 5.9e6}) == (lines, missed)
