"""bxnn sweep: every point as compile would schedule it, failures recorded, interrupted sweeps resumed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bxnn
from bxnn.compiler import cli
from bxnn.compiler.errors import BxnnError, InternalError, ToolError
from bxnn.compiler.schedule import scheduling
from bxnn.compiler.sweep import plot, sweep_run
from bxnn.compiler.sweep.point import Answer, Design, Scheduler
from bxnn.compiler.sweep.store import SweepStore
from bxnn.compiler.sweep.sweep_config import load_sweep
from bxnn.compiler.sweep.sweep_table import csv_text, markdown_text
from tests.frontend import handmade as hand

SWEEP = """
clock_mhz: [320, 1000]
initiation_interval: [1, 4]
strategy: dsp
inputs: {x: "fixed<8,4>"}
budget: {dsp: [2, 40]}
"""
SLOW_CLOCK = (
    "design.yaml: clock_mhz: 1000 MHz is out of range; a DSP48E2 of xcvu9p-flga2104-2-e (speed grade -2) reaches "
    "775 MHz at most (DS923 v1.20, Virtex UltraScale+ FPGAs Data Sheet, DSP48E2 F_MAX, 0.85 V)"
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """x(4) - fc1(4) - fc2(2), all weights odd codes of 4 bits: m.json and w.h5."""
    codes = np.random.default_rng(5).integers(-3, 4, 24) * 2 + 1
    kernels = {"fc1__kernel": codes[:16].reshape(4, 4) / 8, "fc2__kernel": codes[16:].reshape(4, 2) / 8}
    stored = hand.weights(**kernels, fc1__bias=np.zeros(4), fc2__bias=np.zeros(2))
    layers = hand.dense("fc1", 4), hand.dense("fc2", 2)
    return hand.write(tmp_path, hand.sequential(*layers, shape=(None, 4)), stored)[0]


def arguments(model: Path, text: str = SWEEP) -> dict[str, Path]:
    config = model.parent / "sweep.yaml"
    config.write_text(text, encoding="utf-8")
    return {"model": model, "weights": model.parent / "w.h5", "config": config, "folder": model.parent / "out"}


def lines(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "sweep.csv").read_text(encoding="utf-8"))))


def count_answers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Points that are scheduled from now on, in this process, since others would hide them. Plots are omitted."""
    found: list[int] = []

    def here(work: Any, jobs: Any, *_: object) -> Generator[tuple[int, Any], None, None]:
        for number, job in enumerate(jobs):
            found.append(job.initiation_interval)
            yield number, work(job)

    monkeypatch.setattr(sweep_run, "fan_out", here)
    monkeypatch.setattr(sweep_run, "pictures", lambda _: {})
    return found


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes would take longer to start than to schedule."""
    count_answers(monkeypatch)


def test_every_point_is_what_compile_schedules(model: Path) -> None:
    sweep = bxnn.sweep(**arguments(model))
    assert (sweep.name, sweep.computed, len(sweep.rows)) == ("m", 8, 8)
    names = {path.name for path in sweep.folder.iterdir()}
    assert names == {"points", "sweep.csv", "sweep.md", "pareto.png", "pareto.svg"}, "no VHDL"
    assert {path.suffix for path in (sweep.folder / "points").iterdir()} == {".json"}
    found = lines(model.parent / "out")
    assert list(found[0]) == [
        *("initiation_interval", "clock_mhz", "strategy", "packing", "budget.dsp", "latency_cycles", "latency_ns"),
        *("latency_bx", "dsp", "dsp_efficiency", "lut", "ff", "pareto", "error"),
    ]
    compiled = 0
    for line in found:
        assert line["strategy"] == "dsp"
        if line["clock_mhz"] == "1000.0":
            assert line["error"] == SLOW_CLOCK
            assert [line[name] for name in Design.model_fields] == [""] * len(Design.model_fields)
            continue
        design = model.parent / "design.yaml"
        design.write_text(
            f"clock_mhz: 320\ninitiation_interval: {line['initiation_interval']}\nstrategy: dsp\n"
            f'inputs: {{x: "fixed<8,4>"}}\nbudget: {{dsp: {line["budget.dsp"]}}}',
            encoding="utf-8",
        )
        try:
            report = bxnn.compile(model, model.parent / "build", model.parent / "w.h5", design)
        except BxnnError as error:
            assert line["error"] == str(error)
            continue
        compiled += 1
        assert line["error"] == ""
        assert (int(line["latency_cycles"]), int(line["dsp"])) == (report.latency_cycles, report.dsp)
        assert (float(line["latency_ns"]), float(line["latency_bx"])) == (report.latency_ns, report.latency_bx)
        assert float(line["dsp_efficiency"]) == report.dsp_efficiency
        assert report.predicted is not None
        assert (int(line["lut"]), int(line["ff"])) == (report.predicted.lut, report.predicted.ff)
    assert compiled == 2
    errors = {line["error"] for line in found}
    assert len(errors) == 4, "two budgets of two DSPs that cannot be met, a clock, and no error"


def test_every_key_that_lowering_reads_tells_graphs_apart(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'initiation_interval: [1, 4]\nlayers: {fc1: {output: ["fixed<4,2>", "fixed<8,4>"]}}\n'
    lowered: list[str | None] = []
    monkeypatch.setattr("bxnn.compiler.driver.lower", lambda _, config: lowered.append(config.layers["fc1"].output))
    given = arguments(model, text)
    scheduler = Scheduler(model, given["weights"])
    for config in load_sweep(given["config"]).points:
        scheduler.answer(config)
    assert lowered == ["fixed<4,2>", "fixed<8,4>"], "once per type, and not again for another interval"


def test_kept_answers_are_not_computed_again(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled = count_answers(monkeypatch)
    first = bxnn.sweep(**arguments(model))
    written = (first.folder / "sweep.csv").read_bytes()
    assert (first.computed, scheduled) == (8, [1, 1, 4, 4, 1, 1, 4, 4])
    again = bxnn.sweep(**arguments(model))
    assert (again.computed, len(scheduled)) == (0, 8)
    assert (again.folder / "sweep.csv").read_bytes() == written
    more = bxnn.sweep(**arguments(model, SWEEP.replace("[1, 4]", "[1, 4, 8]")))
    assert (more.computed, scheduled[8:]) == (4, [8, 8, 8, 8])


def test_an_interrupted_sweep_resumes(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = arguments(model)
    command = ["sweep", str(model), "--weights", str(given["weights"])]
    command += ["-c", str(given["config"]), "-o", str(given["folder"])]
    answer = Scheduler.answer

    def interrupted(scheduler: Scheduler, config: Any) -> Answer:
        if config.initiation_interval == 4:
            raise KeyboardInterrupt
        return answer(scheduler, config)

    scheduled = count_answers(monkeypatch)
    monkeypatch.setattr(Scheduler, "answer", interrupted)
    assert cli.run(command) == 130
    kept = f"2 of 8 points are kept in {given['folder']}; the same command resumes from there"
    assert capsys.readouterr() == ("", f"bxnn: interrupted; {kept}\n")
    assert not (given["folder"] / "sweep.csv").exists()
    monkeypatch.setattr(Scheduler, "answer", answer)
    scheduled.clear()
    assert cli.run(command) == 0
    assert scheduled == [4, 4, 1, 1, 4, 4]
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "8 points: 6 scheduled now, 6 without a schedule",
        f"wrote {given['folder'] / 'sweep.csv'}, sweep.md, pareto.png and pareto.svg",
    ]


@pytest.mark.parametrize("change", ["model", "weights", "config", "version"])
def test_the_key_names_all_that_matters(change: str, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = arguments(model)
    config = load_sweep(given["config"]).points[0]
    before = Scheduler(model, given["weights"]).point(config).key
    assert Scheduler(model, given["weights"]).point(config).key == before
    if change == "model":
        model.write_bytes(model.read_bytes() + b"\n")
    elif change == "weights":
        bias = hand.weights(
            fc1__kernel=np.ones((4, 4)), fc1__bias=np.zeros(4), fc2__kernel=np.ones((4, 2)), fc2__bias=np.zeros(2)
        )
        given["weights"].write_bytes(bias)
    elif change == "config":
        config = config.model_copy(update={"clock_mhz": 321.0})
    else:
        monkeypatch.setattr("bxnn.compiler.sweep.point.version", lambda _: "0.0.0")
    assert Scheduler(model, given["weights"]).point(config).key != before


@pytest.mark.parametrize(
    ("error", "message", "kept"),
    [
        (ToolError("alkaid", "is not installed"), "alkaid: is not installed", False),
        (InternalError("fc1", "is broken"), "fc1: is broken", False),
        (ZeroDivisionError("division\nby zero"), "internal error: ZeroDivisionError: division by zero", False),
    ],
    ids=["tool", "internal", "unexpected"],
)
def test_what_may_be_mended_is_not_kept(
    error: Exception, message: str, kept: bool, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = scheduling.schedule_graph

    def failing(graph: Any, config: Any, board: Any) -> Any:
        if config.initiation_interval == 4:
            raise error
        return schedule(graph, config, board)

    scheduled = count_answers(monkeypatch)
    monkeypatch.setattr(scheduling, "schedule_graph", failing)
    sweep = bxnn.sweep(**arguments(model, SWEEP.replace("[2, 40]", "40")))
    assert [row.answer.error for row in sweep.rows] == [None, message, SLOW_CLOCK, SLOW_CLOCK]
    scheduled.clear()
    monkeypatch.setattr(scheduling, "schedule_graph", schedule)
    again = bxnn.sweep(**arguments(model, SWEEP.replace("[2, 40]", "40")))
    assert (scheduled, again.rows[1].answer.error) == ([4], None)


def test_a_process_that_dies_is_one_failed_point(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dying(work: Any, jobs: Any, *_: object) -> Generator[tuple[int, Any], None, None]:
        for number, job in enumerate(jobs):
            yield number, work(job) if job.initiation_interval == 1 else None

    monkeypatch.setattr(sweep_run, "fan_out", dying)
    monkeypatch.setattr(sweep_run, "pictures", lambda _: {})
    sweep = bxnn.sweep(**arguments(model, SWEEP.replace("[2, 40]", "40")))
    died = "its process died without an answer, perhaps because it ran out of memory"
    assert [row.answer.error for row in sweep.rows] == [None, died, SLOW_CLOCK, died]


@pytest.mark.usefixtures("in_this_process")
def test_a_sweep_without_any_schedule(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = arguments(model, SWEEP.replace("[320, 1000]", "1000"))
    command = ["sweep", str(model), "--weights", str(given["weights"]), "-c", str(given["config"])]
    assert cli.run([*command, "-o", str(given["folder"])]) == 2
    message = f"sweep.yaml: none of its 4 points has a schedule; the first: {SLOW_CLOCK}\n"
    assert capsys.readouterr() == ("", message)
    assert [line["error"] for line in lines(given["folder"])] == [SLOW_CLOCK] * 4


@pytest.mark.usefixtures("in_this_process")
def test_a_damaged_answer_is_computed_again(model: Path) -> None:
    sweep = bxnn.sweep(**arguments(model))
    kept = sorted((sweep.folder / "points").iterdir())
    kept[0].write_text("{", encoding="utf-8")
    kept[1].write_text(json.dumps({"design": {"dsp": 1}}), encoding="utf-8")
    assert bxnn.sweep(**arguments(model)).computed == 2


def test_a_folder_of_something_else_is_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = arguments(model)
    command = ["sweep", str(model), "--weights", str(given["weights"]), "-c", str(given["config"])]
    assert cli.run([*command, "-o", str(model.parent)]) == 2
    assert capsys.readouterr() == ("", f"{model.parent}: exists and is not a sweep; name another folder\n")


def test_without_matplotlib(model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(plot, "find_spec", lambda _: None)
    assert cli.run(["sweep", str(model), "-c", "s.yaml", "-o", str(model.parent / "out")]) == 2
    message = 'matplotlib: is not installed; bxnn sweep needs it: pip install "bxnn[plot]"\n'
    assert capsys.readouterr() == ("", message)
    assert not (model.parent / "out").exists()


def test_model_errors_come_before_any_point(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = arguments(model)
    model.write_text("{", encoding="utf-8")
    command = ["sweep", str(model), "--weights", str(given["weights"]), "-c", str(given["config"])]
    assert cli.run([*command, "-o", str(given["folder"])]) == 2
    assert capsys.readouterr().err.startswith("m.json: ")
    assert not given["folder"].exists()


def design(latency_ns: float, dsp: int, lut: int | None) -> Answer:
    time = {"latency_cycles": 3, "latency_ns": latency_ns, "latency_bx": 1.0}
    return Answer(design=Design.model_validate(time | {"dsp": dsp, "dsp_efficiency": None, "lut": lut, "ff": 5}))


def made_up(model: Path, answers: list[Answer]) -> sweep_run.Sweep:
    """A sweep with given answers, one per II of 1, 2, ..."""
    text = SWEEP.replace("[320, 1000]", "320").replace("[2, 40]", "40")
    given = arguments(model, text.replace("[1, 4]", str(list(range(1, len(answers) + 1)))))
    scheduler, wanted = Scheduler(model, given["weights"]), load_sweep(given["config"])
    points = [scheduler.point(config) for config in wanted.points]
    rows = sweep_run.rank(points, {point.key: answer for point, answer in zip(points, answers, strict=True)})
    return sweep_run.Sweep("s", given["folder"], wanted.swept, rows, len(rows))


COSTS = [(1.0, 9, 0), (2.0, 9, 0), (2.0, 3, 0), None, (2.0, 3, 0), (5.0, 1, 0), (6.0, 2, 0)]


def test_of_equal_designs_the_first_is_on_the_front(model: Path) -> None:
    answers = [Answer(error="no") if cost is None else design(*cost) for cost in COSTS]
    assert [row.pareto for row in made_up(model, answers).rows] == [True, False, True, False, False, True, False]


def test_luts_count_where_every_design_tells_them(model: Path) -> None:
    cheap, small, worse = design(10.0, 0, 900), design(20.0, 30, 100), design(20.0, 40, 100)
    assert [row.pareto for row in made_up(model, [cheap, small, worse]).rows] == [True, True, False]
    unknown = design(20.0, 30, None)
    assert [row.pareto for row in made_up(model, [cheap, unknown, worse]).rows] == [True, False, False]


def test_tables_of_known_answers(model: Path) -> None:
    sweep = made_up(model, [design(12.5, 8, 70), Answer(error="a, b"), design(13.5, 9, 71)])
    assert csv_text(sweep) == (
        "initiation_interval,clock_mhz,strategy,packing,latency_cycles,latency_ns,latency_bx,dsp,dsp_efficiency,lut,"
        "ff,pareto,error\n"
        "1,320.0,dsp,auto,3,12.5,1.0,8,,70,5,1,\n"
        '2,320.0,dsp,auto,,,,,,,,0,"a, b"\n'
        "3,320.0,dsp,auto,3,13.5,1.0,9,,71,5,0,\n"
    )
    header = "| initiation_interval | clock_mhz | strategy | packing | latency (ns) | cycles | BX | DSP |"
    header += " DSP efficiency | LUT | FF |\n" + "| --- " * 11 + "|\n"
    assert markdown_text(sweep) == (
        "# Sweep of s: 3 points, 1 without a schedule\n\n![Latency against cost](pareto.svg)\n\n"
        f"## Pareto front\n\n{header}| 1 | 320 | dsp | auto | 12.5 | 3 | 1.00 | 8 | - | 70 | 5 |\n\n"
        f"## Other designs\n\n{header}| 3 | 320 | dsp | auto | 13.5 | 3 | 1.00 | 9 | - | 71 | 5 |\n\n"
        "## Without a schedule\n\n| initiation_interval | clock_mhz | strategy | packing | error |\n"
        "| --- | --- | --- | --- | --- |\n| 2 | 320 | dsp | auto | a, b |\n"
    )


def test_pictures_show_every_design_and_are_the_same_again(model: Path) -> None:
    sweep = made_up(model, [design(12.5, 8, 70), Answer(error="no"), design(13.5, 4, 71)])
    drawn, again = plot.pictures(sweep), plot.pictures(sweep)
    assert drawn["pareto.svg"] == again["pareto.svg"]
    assert drawn["pareto.png"].startswith(b"\x89PNG") and drawn["pareto.svg"].startswith(b"<?xml")
    without = replace(sweep, rows=sweep.rows[:1])
    assert plot.pictures(without)["pareto.svg"] != drawn["pareto.svg"]


def test_store_writes_whole_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SweepStore(tmp_path / "out")
    store.put("k", design(1.0, 1, None))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        store.put("k", design(2.0, 2, None))
    assert store.get("k") == design(1.0, 1, None)
    assert [path.name for path in (tmp_path / "out" / "points").iterdir()] == ["k.json"]
