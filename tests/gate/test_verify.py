"""bxnn verify: every engine on the same events, the same result on any number of workers, nothing lost."""

from __future__ import annotations

import itertools
import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import bxnn
from bxnn.compiler import cli, verification
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import ToolError
from bxnn.compiler.gate.measurements import verified
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.verification import verify_build
from bxnn.compiler.verification.engines import ENGINES
from bxnn.compiler.verification.shard import Shard, ShardResult, drawn, shards_of
from bxnn.compiler.verification.shard_store import ShardStore
from bxnn.sim.reference import Reference
from tests.builds.test_commands import compiled

FAST = ("cpp", "hls")
ANSWER = "[](std::int64_t code, int) { return code; });\n    }\n}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build, with engines that are compiled once for all tests."""
    return compiled(tmp_path_factory.mktemp("verified"), "m")


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for engine in ENGINES.values():
        monkeypatch.setattr(engine, "shard_events", 60)


def results(report: ReportModel) -> list[tuple[str, int, int, bool, str | None]]:
    assert report.verification is not None
    return [
        (each.engine, each.events, each.mismatches, each.passed, each.problem) for each in report.verification.engines
    ]


def test_shards_are_all_events_once() -> None:
    for name, macs in itertools.product(ENGINES, (0, 4_000, 300_000, 10**10)):
        shards = list(shards_of(name, 10_001, macs))
        assert len(shards) == 10_001 if macs == 10**10 else len(shards) < 10_001
        assert [shard.first for shard in shards] == [0, *np.cumsum([shard.events for shard in shards])[:-1]]
        assert sum(shard.events for shard in shards) == 10_001


def test_an_event_is_the_same_in_every_shard(built: Path) -> None:
    reference = Reference(Build(built).graph)
    whole = drawn(reference, 0, 1700, 3)["x"]
    for first, events in ((0, 1), (499, 2), (500, 500), (777, 923)):
        assert np.array_equal(drawn(reference, first, events, 3)["x"], whole[first : first + events])
    assert not np.array_equal(drawn(reference, 0, 1700, 4)["x"], whole)


@pytest.mark.usefixtures("small_shards")
def test_the_result_does_not_depend_on_the_workers(built: Path) -> None:
    one = results(verification.verify(built, 200, engines=FAST, workers=1))
    two = results(verification.verify(built, 200, engines=FAST, workers=2))
    assert one == two == [("cpp", 200, 0, True, None), ("hls", 200, 0, True, None)]
    assert all(check.passed for check in verified(load_report(built / "report.json")))


def test_labels_of_a_file_give_the_accuracy_and_its_date(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_model(*_: object) -> None:
        raise ToolError("float model", "is not for this test")

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    monkeypatch.setattr(verify_build, "model_run", no_model)
    values = np.random.default_rng(2).normal(0, 4, (90, 3))
    outputs = bxnn.predict(built, values)
    assert isinstance(outputs, np.ndarray)
    labels = np.where(np.arange(90) % 3 == 0, 0, outputs.argmax(axis=1))
    data = tmp_path / "x.npz"
    np.savez(data, x=values, y=labels)
    assert cli.run(["verify", str(built), "--input", str(data), "--engines", "cpp", "--quiet"]) == 0
    report = load_report(built / "report.json")
    facts = report.accuracy
    assert facts is not None and facts.accuracy is not None and facts.input == "x.npz" and facts.events == 90
    assert facts.accuracy.value == np.mean(outputs.argmax(axis=1) == labels)
    assert report.dates["accuracy"] == report.dates["verification"] == "1970-01-02 00:00:00 UTC"
    command = ["predict", str(built), "--input", str(data), "--output", str(tmp_path / "y.npy")]
    assert cli.run(command) == 0
    assert capsys.readouterr().out == f"{facts.sentence}\nwrote {tmp_path / 'y.npy'}\n"
    assert cli.run([*command, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["accuracy"] == facts.model_dump(mode="json") and answer["events_outside"] is None
    again = verification.verify(built, 90, engines=("cpp",), workers=1)
    assert again.accuracy == facts  # random events say nothing about it


@pytest.mark.slow
def test_the_vhdl_engines(built: Path) -> None:
    found = results(verification.verify(built, 700, engines=("verilator", "ghdl", "reference"), workers=2))
    assert found == [("verilator", 700, 0, True, None), ("ghdl", 700, 0, True, None)]


def spoiled(built: Path, folder: Path) -> Path:
    """A copy of the build whose emulator has the lowest bit of every output inverted."""
    copy = folder / "m"
    shutil.copytree(built, copy, symlinks=True)
    source = copy / "emulator/m_emulator.cpp"
    text = source.read_text(encoding="utf-8")
    assert text.count(ANSWER) == 1
    source.write_text(text.replace(ANSWER, ANSWER.replace("return code;", "return code ^ 1;")), encoding="utf-8")
    return copy


def test_a_wrong_engine_is_named(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy, junit = spoiled(built, tmp_path), tmp_path / "verify.xml"
    assert cli.run(["verify", str(copy), "--events", "5", "--engines", "cpp"]) == 1
    assert "was changed after bxnn wrote it" in capsys.readouterr().err
    arguments = ["verify", str(copy), "--events", "5", "--engines", "cpp,hls", "--trust", "--junit", str(junit)]
    assert cli.run(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("m: cpp: ") and " wrong events; event 0: output fc1, element 0: expected " in line
    assert 'failures="1"' in junit.read_text(encoding="utf-8")
    assert [each[:2] + each[3:4] for each in results(load_report(copy / "report.json"))] == [
        ("cpp", 5, False),
        ("hls", 5, True),
    ]


def test_a_tool_that_is_missing_loses_nothing(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(folder: str, work: str, seed: int, job: tuple[Shard, object]) -> ShardResult:
        del folder, work, seed
        if job[0].engine == "ghdl":
            return ShardResult(0, 0, 0.1, None, "ghdl: is not installed", answered=False, tool=True)
        return ShardResult(0, 3, 0.1)

    monkeypatch.setattr(verify_build, "run_shard", run)
    junit = tmp_path / "verify.xml"
    command = ["verify", str(built), "--events", "100", "--engines", "cpp,ghdl", "--junit", str(junit), "--quiet"]
    assert cli.run(command) == 2
    told = "engine ghdl: ghdl: is not installed; the report has what the other engines found"
    assert capsys.readouterr() == ("", told + "\n")
    assert [each[3] for each in results(load_report(built / "report.json"))] == [True, False]
    failed = [str(check) for check in verified(load_report(built / "report.json")) if not check.passed]
    assert failed == [
        "verification.ghdl.mismatches is unknown (run on 100 events), not 0 (predicted); ghdl: is not installed"
    ]
    cases = ElementTree.parse(junit).getroot().findall("testcase")
    errors = [(case.get("name"), [each.get("message") for each in case.findall("error")]) for case in cases]
    assert errors == [("verification.cpp.mismatches", []), ("verification.ghdl.mismatches", failed)]
    assert not any(case.findall("failure") for case in cases)


@pytest.mark.usefixtures("small_shards")
def test_an_interrupted_run_goes_on(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = 0

    def stop(finished: int, total: int) -> None:
        nonlocal done
        done = finished
        if finished == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        verification.verify(built, 240, engines=("cpp",), seed=9, workers=1, advance=stop)
    assert str(caught.value) == "2 of 4 pieces are kept; the same command resumes from there"
    seen: list[int] = []
    verification.verify(built, 240, engines=("cpp",), seed=9, workers=1, advance=lambda n, _: seen.append(n))
    assert (done, seen) == (2, [2, 3, 4])


def test_a_half_written_result_counts_as_none(tmp_path: Path) -> None:
    store, shard = ShardStore(tmp_path / "s"), Shard("cpp", 0, 5)
    store.put(shard, ShardResult(1, 2, 3.0))
    assert store.get(shard) == ShardResult(1, 2, 3.0)
    (tmp_path / "s" / f"{shard.key}.json").write_text('{"mismatches": 1', encoding="utf-8")
    assert store.get(shard) is None


BAD = [
    ("--engines", "modelsim", "--engines: 'modelsim' is unknown; did you mean 'hls'?"),
    (
        "--engines",
        "reference",
        "--engines: names nothing to compare with the reference; use cpp, hls, verilator, ghdl",
    ),
]


@pytest.mark.parametrize(("option", "value", "message"), BAD)
def test_bad_input(built: Path, option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["verify", str(built), "--events", "5", option, value]) == 2
    assert capsys.readouterr() == ("", message + "\n")
