"""Runs a search from events to a verified front, and writes everything that its folder holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.cluster import LOCAL, connected
from bxnn.compiler.errors import DataError, LimitMissedError, ScheduleError, ToolError
from bxnn.compiler.installing import install_command, install_commands
from bxnn.compiler.plural import counted
from bxnn.compiler.search.exhaustive_proposer import ExhaustiveProposer
from bxnn.compiler.search.finished_front import finished_front
from bxnn.compiler.search.front_build import built_design, store_test_events
from bxnn.compiler.search.front_pages import front_files
from bxnn.compiler.search.proposer import Proposer
from bxnn.compiler.search.random_proposer import RandomProposer
from bxnn.compiler.search.sample import checked_sample, split_sample
from bxnn.compiler.search.search_config import SUBJECT, SearchConfig
from bxnn.compiler.search.search_notebook import executed_notebook
from bxnn.compiler.search.search_result import EventFacts, SearchResult, counts_of
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.smac_proposer import SmacProposer
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_run import predicted_cost
from bxnn.compiler.search.trial_runner import Advance, Connect, TrialRunner
from bxnn.compiler.search.trial_store import TrialStore
from bxnn.compiler.stages import begin_stage

if TYPE_CHECKING:
    from distributed import Client

_PACKAGES = ("keras", "tensorflow", "onnx", "matplotlib", "nbclient", "nbformat", "ipykernel", "distributed")
_TOOLS = {
    "cpp": ("g++",),
    "hls": ("g++", "ap_types"),
    "verilator": ("ghdl", "verilator", "g++", "make"),
    "ghdl": ("ghdl", "cocotb"),
}


def search_files(
    events: Path,
    config: SearchConfig,
    folder: Path,
    cluster: str = LOCAL,
    workers: int | None = None,
    advance: Advance = lambda trained, refused: None,
) -> SearchResult:
    """Search with the arrays ``x`` and ``y`` of a file; see ``search_arrays``.

    Raises:
        InputError: As ``search_arrays``, or if the file cannot be read.
    """
    from bxnn.sim.array_file import read_arrays

    stored = read_arrays(events)
    missing = [name for name in ("x", "y") if name not in stored]
    if missing:
        has = ", ".join(sorted(stored)) or "none"
        raise DataError(str(events), f"has no array {missing[0]!r}; it has {has}; give features x and labels y")
    return search_arrays(str(events), stored["x"], stored["y"], config, folder, cluster, workers, advance)


def search_arrays(
    subject: str,
    x: NDArray[Any],
    y: NDArray[Any],
    config: SearchConfig,
    folder: Path,
    cluster: str = LOCAL,
    workers: int | None = None,
    advance: Advance = lambda trained, refused: None,
) -> SearchResult:
    """Search for networks within a budget; the same call resumes an interrupted search.

    Args:
        subject: Name of the events, for errors.
        x: Features, shape (events, ...).
        y: Class numbers, or one-hot vectors; of a regression, targets.
        config: search.yaml.
        folder: Everything that is found; created if missing.
        cluster: ``local``, or the address of a Dask scheduler.
        workers: Processes of a local cluster; one per core by default.
        advance: Told how many trainings are done, and how many networks were refused.

    Raises:
        InputError: If the events or the folder are wrong, or something is not installed.
        LimitMissedError: If no network of the space meets the budget.
        VerificationError: If a design of the front is not what the search says.
        KeyboardInterrupt: On Ctrl-C, with a message that says how much is kept.
    """
    _check_installed(config)
    sample = checked_sample(subject, x, y, config.task)
    context = TrialContext.of(config, split_sample(subject, sample, config))
    store = TrialStore(folder, config, sample)
    space = SearchSpace(config.space)
    begin_stage("schedule the smallest network")
    _check_budget(context, space)
    begin_stage("search")
    with _one_client(cluster, workers) as connect, _interruptible(store):
        trials = [trial for seed in config.seeds for trial in _searched(context, store, space, seed, advance, connect)]
    return _finished(context, store, trials, cluster, workers)


def _searched(
    context: TrialContext,
    store: TrialStore,
    space: SearchSpace,
    seed: int,
    advance: Advance,
    connect: Connect,
) -> list[Trial]:
    return TrialRunner(context, store, proposer_of(context, space, seed), seed, advance).run(connect)


def proposer_of(context: TrialContext, space: SearchSpace, seed: int) -> Proposer:
    """The engine of search.yaml."""
    if context.config.engine == "smac":
        return SmacProposer(context, space, seed)
    plain = RandomProposer if context.config.engine == "random" else ExhaustiveProposer
    return plain(space, context.config.fidelity.most, seed)


def _finished(
    context: TrialContext, store: TrialStore, trials: list[Trial], cluster: str, workers: int | None
) -> SearchResult:
    """Build the front and write the files about it."""
    with _interruptible(store):
        trials, front = finished_front(context, store, trials)
    if not front:
        counts = counts_of(trials)
        told = f"none of {counted(counts.proposed, 'network')} meets the budget; raise it or add smaller networks"
        raise LimitMissedError(f"{SUBJECT}: budget", told)
    store_test_events(context, store)
    begin_stage(f"build and verify {counted(len(front), 'design')}")
    with _interruptible(store):
        designs = tuple(built_design(context, store, trial, cluster, workers) for trial in front)
    result = SearchResult(
        version=version("bxnn"),
        config=context.config,
        events=_events(context),
        counts=counts_of(trials),
        front=designs,
        folder=store.folder,
    )
    begin_stage("tables, pages and notebook")
    for name, content in front_files(result, trials).items():
        store.write(name, content)
    store.write("search.ipynb", executed_notebook(store.folder, context.config.task))
    return result


def _events(context: TrialContext) -> EventFacts:
    own, standard = context.sample, context.standard
    return EventFacts(
        shape=own.train.shape,
        classes=own.classes,
        train=own.train.count,
        validation=own.validation.count,
        test=own.test.count,
        counts=tuple(np.bincount(own.train.y, minlength=own.classes).tolist()) if own.classes else (),
        means=tuple(standard.means.ravel().tolist()),
        factors=tuple(standard.factors.ravel().tolist()),
    )


def _check_installed(config: SearchConfig) -> None:
    """Refuse a search at whose end a tool would be missing.

    Raises:
        ToolError: Naming what is missing.
    """
    from bxnn.sim.toolchain import require

    engine = ("smac",) if config.engine == "smac" else ()
    training = ("tf_keras", "qkeras") if config.training == "qkeras" else ()
    if config.training == "hgq2" and find_spec("hgq") is None:
        command = install_commands(["hgq2", "smac"])[0]
        problem = f"is not installed; training: hgq2 needs it, in an environment without QKeras: {command}"
        raise ToolError("hgq2", f"{problem}; or use training: qkeras")
    for name in (*_PACKAGES, *engine, *training):
        if find_spec(name) is None:
            raise ToolError(name, f"is not installed; bxnn search needs it: {install_command('smac')}")
    for tool in dict.fromkeys(tool for engine in config.verify for tool in _TOOLS[engine]):
        require(tool)


def _check_budget(context: TrialContext, space: SearchSpace) -> None:
    """Refuse a budget that not even the smallest network meets.

    Raises:
        LimitMissedError: Naming that network and what it costs.
    """
    reasons: Mapping[str, str] = {}
    for candidate in space.smallest():
        try:
            predicted_cost(context, candidate)
            return
        except ScheduleError as error:
            reasons = {**reasons, str(candidate): error.problem}
    network, reason = next(iter(reasons.items()))
    told = f"not even the smallest network of the space, {network}, meets it: {reason}"
    raise LimitMissedError(f"{SUBJECT}: budget", told)


@contextmanager
def _one_client(cluster: str, workers: int | None) -> Iterator[Connect]:
    """A function that connects to Dask once, when it is first called, and again if the scheduler has gone."""
    with ExitStack() as stack:
        found: list[Client] = []

        def connect(gone: bool) -> Client:
            if gone:
                stack.close()
                found.clear()
            if not found:
                found.append(stack.enter_context(connected(cluster, workers)))
            return found[0]

        yield connect


@contextmanager
def _interruptible(store: TrialStore) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        told = f"all finished trials are kept in {store.folder}; the same command resumes from there"
        raise KeyboardInterrupt(told) from None
