"""Runs a sweep: schedules its points on all cores, stores all answers, writes the tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bxnn.compiler.cluster import LOCAL
from bxnn.compiler.errors import InputError
from bxnn.compiler.fan_out import DIED, fan_out
from bxnn.compiler.pareto import undominated
from bxnn.compiler.plural import counted
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.sweep.plot import pictures, require_matplotlib
from bxnn.compiler.sweep.point import Answer, Point, Scheduler, answer_point
from bxnn.compiler.sweep.progress import Progress
from bxnn.compiler.sweep.store import SweepStore
from bxnn.compiler.sweep.sweep_config import SUBJECT, KeyPath, load_sweep
from bxnn.compiler.sweep.sweep_table import csv_text, markdown_text


@dataclass(frozen=True)
class Row:
    """A point with its answer.

    Attributes:
        point: The requested point.
        answer: The scheduler's answer.
        pareto: Whether no other point beats it in latency, DSPs and, if all points have them, LUTs.
    """

    point: Point
    answer: Answer
    pareto: bool


@dataclass(frozen=True)
class Sweep:
    """A finished sweep.

    Attributes:
        name: Name of the model.
        folder: Contains sweep.csv, sweep.md, pareto.png, pareto.svg and the stored answers.
        swept: Paths of the keys that were swept.
        rows: In the order of sweep.yaml.
        computed: Number of points that were not kept from an earlier run.
    """

    name: str
    folder: Path
    swept: tuple[KeyPath, ...]
    rows: tuple[Row, ...]
    computed: int

    def __repr__(self) -> str:
        points = f"{counted(len(self.rows), 'point')}, {self.computed} of them computed now"
        return f"<bxnn.Sweep {self.name}: {points}, in {str(self.folder)!r}>"


def run_sweep(
    model: Path,
    weights: Path | None,
    config: Path,
    folder: Path,
    show_progress: bool = True,
    cluster: str = LOCAL,
    workers: int | None = None,
) -> Sweep:
    """Schedule every point of a sweep; see ``bxnn sweep``.

    Args:
        model: Model file; workers on other machines must see it, and its weights, under the same path.
        weights: Weights of a .json model.
        config: sweep.yaml.
        folder: Where the answers are, or will be.
        show_progress: Whether to draw a bar on a terminal.
        cluster: ``local``, or the address of a Dask scheduler.
        workers: Processes of a local cluster; one per core by default.

    Raises:
        InputError: If the model, sweep.yaml, the folder or the cluster is wrong, or no point has a schedule.
        ToolError: If matplotlib or Dask is not installed.
        KeyboardInterrupt: On Ctrl-C, with a message that says how many answers are kept.
    """
    require_matplotlib()
    begin_stage("read the model")
    wanted = load_sweep(config)
    scheduler = Scheduler(model, weights)
    store = SweepStore(folder)
    points = [scheduler.point(point) for point in wanted.points]
    begin_stage(f"schedule {counted(len(points), 'point')}")
    answers, computed = _answers(scheduler, store, points, show_progress, cluster, workers)
    sweep = Sweep(scheduler.name, folder, wanted.swept, rank(points, answers), computed)
    begin_stage("table and plot")
    store.write("sweep.csv", csv_text(sweep).encode())
    store.write("sweep.md", markdown_text(sweep).encode())
    if all(row.answer.design is None for row in sweep.rows):
        problem = f"none of its {counted(len(points), 'point')} has a schedule; the first: {sweep.rows[0].answer.error}"
        raise InputError(SUBJECT, problem)
    for name, content in pictures(sweep).items():
        store.write(name, content)
    return sweep


def _answers(
    scheduler: Scheduler,
    store: SweepStore,
    points: Sequence[Point],
    show_progress: bool,
    cluster: str,
    workers: int | None,
) -> tuple[dict[str, Answer], int]:
    """Answers by key, and how many of them are new."""
    kept = {point.key: store.get(point.key) for point in points}
    answers = {key: answer for key, answer in kept.items() if answer is not None}
    missing = [point for point in points if point.key not in answers]
    work = fan_out(partial(answer_point, scheduler.files), [point.config for point in missing], cluster, workers)
    with Progress(len(points), len(answers), show_progress) as progress:
        try:
            for number, answer in work:
                found, key = Answer(error=DIED, final=False) if answer is None else answer, missing[number].key
                if found.final:
                    store.put(key, found)
                answers[key] = found
                progress.advance(failed=found.design is None)
        except KeyboardInterrupt:
            done = f"{len(answers)} of {counted(len(points), 'point')} are kept in {store.folder}"
            raise KeyboardInterrupt(f"{done}; the same command resumes from there") from None
    return answers, len(missing)


def rank(points: Sequence[Point], answers: dict[str, Answer]) -> tuple[Row, ...]:
    """The points with their answers, with the Pareto front marked."""
    designs = [answers[point.key].design for point in points]
    with_luts = all(design.lut is not None for design in designs if design is not None)
    costs = [
        (design.latency_ns, design.dsp, design.lut if with_luts and design.lut is not None else 0, index)
        for index, design in enumerate(designs)
        if design is not None
    ]
    best = {cost[-1] for cost in undominated(sorted(costs), lambda cost: cost[:-1])}
    return tuple(Row(point, answers[point.key], index in best) for index, point in enumerate(points))
