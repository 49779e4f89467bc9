"""Builds a design of the front: compiled from its QONNX file, and verified on the test events."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from bxnn.compiler import driver, verification
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.cluster import LOCAL
from bxnn.compiler.errors import VerificationError
from bxnn.compiler.kept_design import design_text
from bxnn.compiler.report import ReportModel
from bxnn.compiler.search.front_design import FigureFacts, FrontDesign, VerifiedEngine
from bxnn.compiler.search.objectives import Figure
from bxnn.compiler.search.trial import Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.search.trial_store import TrialStore

DESIGNS, TEST_EVENTS = "designs", "test.npz"
_FACTS = "design.json"


def store_test_events(context: TrialContext, store: TrialStore) -> None:
    """Write the test events, which `built_design` reads."""
    test = io.BytesIO()
    np.savez_compressed(test, x=context.sample.test.x, y=context.sample.test.y)
    store.write(TEST_EVENTS, test.getvalue())


def built_design(
    context: TrialContext, store: TrialStore, trial: Trial, cluster: str = LOCAL, workers: int | None = None
) -> FrontDesign:
    """The design of a trial; one that an earlier run has built and verified is taken as it is.

    Raises:
        VerificationError: If an engine disagrees, or the build does not cost what the search says.
        ToolError: If an engine needs a tool that is not installed.
    """
    name = trial.key
    folder = store.folder / DESIGNS / name
    known = _known(folder, trial)
    if known is not None and {one.engine for one in known.verified} >= set(context.config.verify):
        return known
    config = context.config.design(trial.candidate.strategy, "network")
    for suffix, own in ((".onnx", "model.onnx"), (".keras", "model.keras"), (".yaml", "formats.yaml")):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(store.file(trial, suffix), folder / own)
    store.write(f"{DESIGNS}/{name}/design.yaml", design_text(config).encode())
    driver.compile_files(folder / "model.onnx", None, config, folder / "build")
    report = verification.verify(
        folder / "build", None, store.folder / TEST_EVENTS, context.config.verify, cluster, workers=workers
    )
    outputs = _outputs(folder, context)
    scores = context.scores(context.sample.test.x, outputs)
    np.save(folder / "outputs.npy", outputs)
    np.save(folder / "scores.npy", scores)
    figure = context.judgement.figure(scores, context.sample.test.y)
    found = _design(name, trial, report, figure)
    store.write(f"{DESIGNS}/{name}/{_FACTS}", (found.model_dump_json(indent=2) + "\n").encode())
    return found


def _outputs(folder: Path, context: TrialContext) -> np.ndarray:
    """What the firmware computes for the test events, bit for bit, shape (events, outputs)."""
    from bxnn.sim.reference import Reference

    reference = Reference(Build(folder / "build").graph)
    (outputs,) = reference.predict({reference.graph.inputs[0]: context.sample.test.x}).values()
    return outputs.reshape(len(outputs), -1)


def _design(name: str, trial: Trial, report: ReportModel, figure: Figure) -> FrontDesign:
    assert trial.final is not None and trial.predicted is not None
    assert trial.objective is not None and trial.error is not None and report.verification is not None
    lut = None if report.predicted is None else report.predicted.lut
    built = report.latency_cycles, report.dsp, lut
    searched = trial.final.latency_cycles, trial.final.dsp, trial.final.lut
    if built != searched:
        raise VerificationError(name, f"cycles, DSPs and LUTs of the build are {built}, those of its trial {searched}")
    return FrontDesign(
        name=name,
        trial=trial.key,
        candidate=trial.candidate,
        description=str(trial.candidate),
        epochs=trial.epochs,
        seed=trial.seed,
        macs=trial.macs,
        validation=FigureFacts(value=trial.objective, error=trial.error),
        test=FigureFacts(value=figure.value, error=figure.error),
        predicted=trial.predicted,
        final=trial.final,
        period_ns=1000 / report.clock_mhz,
        worst_path_ns=None if report.timing is None else report.timing.worst_path_ns,
        verified=tuple(
            VerifiedEngine(engine=one.engine, events=one.events) for one in report.verification.engines if one.passed
        ),
    )


def _known(folder: Path, trial: Trial) -> FrontDesign | None:
    try:
        found = FrontDesign.model_validate_json((folder / _FACTS).read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.trial == trial.key and found.final == trial.final else None
