"""Every engine against the reference, on the same events, on as many processes as there are."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.accuracy_on_events import GivenEvents, accuracy_on
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild, opened
from bxnn.compiler.cluster import LOCAL
from bxnn.compiler.errors import ChecksFailedError, ConfigError, PartlyDoneError, ToolError
from bxnn.compiler.fan_out import DIED, fan_out
from bxnn.compiler.files import sha256
from bxnn.compiler.nearest import unknown
from bxnn.compiler.plural import counted
from bxnn.compiler.report import EngineResult, ReportModel, Verification, load_report
from bxnn.compiler.report.accuracy_facts import AccuracyFacts
from bxnn.compiler.stages import begin_stage
from bxnn.compiler.verification.engines import ENGINES
from bxnn.compiler.verification.model_run import model_run
from bxnn.compiler.verification.results import updated
from bxnn.compiler.verification.shard import Codes, Shard, ShardResult, run_shard, shards_of
from bxnn.compiler.verification.shard_store import ShardStore

_LOG = logging.getLogger(__name__)
REFERENCE = "reference"
DEFAULT_EVENTS = 10_000
DEFAULT_ENGINES = ("cpp", "hls", "verilator")  # GHDL takes a second for some tens of events

Advance = Callable[[int, int], None]


def verify(
    folder: Path,
    events: int | None = None,
    data: Path | None = None,
    engines: Sequence[str] = DEFAULT_ENGINES,
    cluster: str = LOCAL,
    seed: int = 1,
    trust: bool = False,
    advance: Advance = lambda done, total: None,
    workers: int | None = None,
) -> ReportModel:
    """Compare the outputs of every engine with the reference; the result does not depend on the number of workers.

    Args:
        folder: The build folder; workers on other machines must see it under the same path.
        events: Number of events; by default all of the file, or 10,000 random ones. Corner vectors are added.
        data: Real-valued events; random codes without it.
        engines: Names from ``ENGINES``; ``reference`` is allowed, since all are compared with it.
        cluster: ``local``, or the address of a Dask scheduler.
        seed: Determines random events, corner vectors and initial register values.
        trust: Whether to run code that another user wrote or that was changed after bxnn wrote it.
        advance: Called with the number of finished pieces and of all.
        workers: Processes of a local cluster; one per core by default.

    Raises:
        InputError: If the build, the data, an engine, the cluster or a tool is wrong or missing. Engines that ran are
            in the report.
        ChecksFailedError: If an engine differs from the reference; the report is written anyway.
        KeyboardInterrupt: On Ctrl-C, with a message that says how much is kept.
    """
    chosen = _chosen(engines)
    code = ("vhdl", "hls", "emulator")
    needs = ("report.json", "ir", "model", "sim/interface.json")
    with opened(folder, *needs, code=code, writes=True, trust=trust) as place:
        if not trust:
            place.check_unchanged(*code)
        begin_stage("events")
        sample = _sample(place, data, events, seed)
        codes, count = sample.codes, sample.count
        macs = load_report(place.folder / "report.json").macs
        shards = [shard for engine in chosen for shard in shards_of(engine, count, macs)]
        work = place.work("verify")
        store = ShardStore(work / _key(place, seed, count, data))
        begin_stage(f"run {', '.join(chosen)}")
        with _interruptible(store, shards):
            results = _run(place, work, shards, codes, seed, store, cluster, advance, workers)
        begin_stage("report")
        found = tuple(_summed(engine, count, shards, results) for engine in chosen)
        given = None if data is None else data.name
        verified = Verification(events=count, seed=seed, input=given, engines=found)
        report = updated(place, verification=verified, **_accuracy(place, sample))
        store.clear()
    _judge(report, found, results)
    return report


def _chosen(engines: Sequence[str]) -> tuple[str, ...]:
    for name in engines:
        if name not in (REFERENCE, *ENGINES):
            raise ConfigError("--engines", f"{name[:60]!r} {unknown(name, (REFERENCE, *ENGINES))}")
    found = tuple(name for name in ENGINES if name in engines)
    if not found:
        raise ConfigError("--engines", f"names nothing to compare with the reference; use {', '.join(ENGINES)}")
    return found


@dataclass(frozen=True, eq=False)
class _Sample:
    """The events of a run.

    Attributes:
        count: Their number.
        codes: Codes of the events of a file; ``None`` for random ones, which the workers draw.
        labelled: The events of a file, if it has labels.
    """

    count: int
    codes: Codes | None = None
    labelled: GivenEvents | None = None


def _sample(place: OpenBuild, data: Path | None, events: int | None, seed: int) -> _Sample:
    from bxnn.compiler.verification.stimulus import stimulus
    from bxnn.sim.reference import Reference

    if data is None:
        return _Sample(DEFAULT_EVENTS if events is None else events)
    values, labels, codes = stimulus(Reference(Build(place.folder).graph), data, events, seed)
    labelled = None if values is None or labels is None else GivenEvents(data, values, labels)
    return _Sample(len(next(iter(codes.values()))), codes, labelled)


def _accuracy(place: OpenBuild, sample: _Sample) -> dict[str, AccuracyFacts]:
    """What the labels of a file say, as a part of the report."""
    from bxnn.sim.reference import Reference

    if sample.labelled is None:
        return {}
    reference = Reference(Build(place.folder).graph)
    try:
        model = model_run(place, reference, sample.labelled)
    except ToolError as error:  # what is verified are the engines; the model itself is no more than a comparison
        _LOG.info("%s; the accuracy in the report is that of the firmware alone", error)
        model = None
    begin_stage("accuracy")
    return {"accuracy": accuracy_on(reference, sample.labelled, model)}


def _key(place: OpenBuild, seed: int, events: int, data: Path | None) -> str:
    """A folder name that changes with everything that results depend on."""
    words = [sha256(place.folder / "bxnn.manifest.json"), str(seed), str(events), "" if data is None else sha256(data)]
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _run(
    place: OpenBuild,
    work: Path,
    shards: Sequence[Shard],
    codes: Codes | None,
    seed: int,
    store: ShardStore,
    cluster: str,
    advance: Advance,
    workers: int | None,
) -> dict[Shard, ShardResult]:
    """Results of all shards: stored ones, and those computed now."""
    found = {shard: result for shard in shards if (result := store.get(shard)) is not None}
    missing = [shard for shard in shards if shard not in found]
    if not missing:
        return found
    run = partial(run_shard, str(place.folder.resolve()), str(work.resolve()), seed)
    advance(len(found), len(shards))
    for number, answer in fan_out(run, [(shard, _part(codes, shard)) for shard in missing], cluster, workers):
        shard, result = (
            missing[number],
            ShardResult(0, 0, 0.0, None, DIED, answered=False) if answer is None else answer,
        )
        found[shard] = result
        if result.answered:
            store.put(shard, result)
        advance(len(found), len(shards))
    return found


def _part(codes: Codes | None, shard: Shard) -> dict[str, NDArray[np.int64]] | None:
    if codes is None:
        return None
    return {name: array[shard.first : shard.first + shard.events] for name, array in codes.items()}


@contextmanager
def _interruptible(store: ShardStore, shards: Sequence[Shard]) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        kept = sum(store.get(shard) is not None for shard in shards)
        told = f"{kept} of {counted(len(shards), 'piece')} are kept; the same command resumes from there"
        raise KeyboardInterrupt(told) from None


def _summed(engine: str, events: int, shards: Sequence[Shard], results: dict[Shard, ShardResult]) -> EngineResult:
    """The result of an engine, the same in whatever order its shards were done."""
    own = [results[shard] for shard in shards if shard.engine == engine]
    wrong = [result for result in own if result.problem is not None]
    return EngineResult(
        engine=engine,
        events=events,
        directed_events=sum(result.directed_events for result in own),
        mismatches=sum(result.mismatches for result in own),
        passed=not wrong and all(result.mismatches == 0 for result in own),
        seconds=round(sum(result.seconds for result in own), 3),
        problem=wrong[0].problem if wrong else None,
    )


def _judge(report: ReportModel, found: Sequence[EngineResult], results: dict[Shard, ShardResult]) -> None:
    """Refuse a verification with a wrong engine, or one that could not run.

    Raises:
        ChecksFailedError: If an engine is wrong.
        PartlyDoneError: If none is, but one lacks a tool.
    """
    tools = {shard.engine: result.problem for shard, result in results.items() if result.tool}
    wrong = [each for each in found if not each.passed and each.engine not in tools]
    if wrong:
        told = [f"{each.engine}: {counted(each.mismatches, 'wrong event')}; {each.problem}" for each in wrong]
        raise ChecksFailedError(report.name, told)
    if tools:
        engine, problem = next(iter(tools.items()))
        raise PartlyDoneError(f"engine {engine}", f"{problem}; the report has what the other engines found")
