"""Runs a trial: a network is scheduled, refused or trained, rounded, and judged as firmware.

The engine is told the predicted cost. `finished_cost` schedules a network again, with its real weights, if it is on the
front.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bxnn.compiler import driver
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.schedule.budget import unexplained
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.hgq_description import hgq_description
from bxnn.compiler.search.keras_description import keras_description
from bxnn.compiler.search.layer_plan import LayerPlan, Weights, drawn_weights, kept_weights, keras_weights, macs
from bxnn.compiler.search.proposer import PRICE_ONLY, Proposal
from bxnn.compiler.search.qkeras_description import qkeras_description
from bxnn.compiler.search.quantized_candidate import QuantizedCandidate, quantized_candidate
from bxnn.compiler.search.trained_formats import trained_candidate
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.sweep.point import Design, design_of

if TYPE_CHECKING:
    from bxnn.sim.training.training_job import TrainingJob

_RANGE_EVENTS = 4000  # from which formats are chosen
_DRAWN_EVENTS = 1000  # the same, for untrained weights


@dataclass(frozen=True, eq=False)
class TrialFiles:
    """What a trained network leaves beside its figures.

    Attributes:
        onnx: QONNX file of the firmware's network.
        keras: The float model.
        formats: formats.yaml: formats of the firmware, by the names of the layers in both files.
    """

    onnx: bytes
    keras: bytes
    formats: str


def run_trial(
    context: TrialContext, proposal: Proposal, known: Design | None = None
) -> tuple[Trial, TrialFiles | None]:
    """Schedule, train and judge a candidate; only a trained one has files.

    The same arguments give the same result on the same machine, except for the times.

    Args:
        context: The search.
        proposal: What to train, and for how long.
        known: What the candidate is predicted to cost, if an earlier trial of it has found out.
    """
    started, candidate = time.monotonic(), proposal.candidate
    facts: dict[str, Any] = {"candidate": candidate, "epochs": proposal.epochs, "seed": proposal.seed}
    facts["macs"] = macs(context.plans(candidate))
    try:
        with unexplained():
            facts["predicted"] = known or predicted_cost(context, candidate)
    except ScheduleError as error:
        spent = time.monotonic() - started
        return Trial(**facts, outcome=Outcome.REFUSED, reason=str(error), schedule_seconds=spent, seconds=spent), None
    spent = facts["schedule_seconds"] = time.monotonic() - started
    if proposal.epochs == PRICE_ONLY:
        return Trial(**facts, outcome=Outcome.PRICED, seconds=spent), None
    trial, files = _trained(context, candidate, facts)
    return trial.model_copy(update={"seconds": time.monotonic() - started}), files


def predicted_cost(context: TrialContext, candidate: Candidate) -> Design:
    """What a candidate costs before it is trained: its exact schedule with drawn weights.

    Raises:
        ScheduleError: If it misses the budget or does not close.
    """
    plans = context.plans(candidate)
    found = _quantized(context, candidate, drawn_weights(plans, candidate.pruning), drawn=True)
    return _cost(context, candidate, found.graph)


def finished_cost(context: TrialContext, trial: Trial, stored: Path) -> Trial:
    """A trial with what it costs with its trained weights.

    Args:
        context: The search.
        trial: Trained.
        stored: The QONNX file that it left.
    """
    started = time.monotonic()
    costs = _finished(context, trial.candidate, load_model(stored))
    spent = time.monotonic() - started
    times = {"schedule_seconds": trial.schedule_seconds + spent, "seconds": trial.seconds + spent}
    return trial.model_copy(update={**costs, **times})


def firmware_outputs(context: TrialContext, found: QuantizedCandidate, x: np.ndarray) -> Reals:
    """What the firmware computes for raw events, bit for bit, shape (events, outputs)."""
    from bxnn.sim.reference import Reference

    reference = Reference(driver.lower(found.graph, context.config.design("auto")))
    (outputs,) = reference.predict({reference.graph.inputs[0]: x}).values()
    return outputs.reshape(len(x), -1)


def _trained(context: TrialContext, candidate: Candidate, facts: dict[str, Any]) -> tuple[Trial, TrialFiles]:
    from bxnn.sim.training.keras_trainer import train

    sample, plans, started = context.sample, context.plans(candidate), time.monotonic()
    done = train(_job(context, candidate, plans, facts["epochs"], facts["seed"]))
    trained = time.monotonic()
    weights = keras_weights(plans, done.weights)
    found = _quantized(context, candidate, weights, drawn=False)
    outputs = firmware_outputs(context, found, sample.validation.x)
    figure = context.judgement.figure(context.scores(sample.validation.x, outputs), sample.validation.y)
    trial = Trial(
        **facts,
        outcome=Outcome.DONE,
        objective=figure.value,
        loss=context.judgement.loss(figure.value),
        error=figure.error,
        float_objective=done.scores[done.best],
        losses=done.losses,
        scores=done.scores,
        best=done.best,
        train_seconds=trained - started,
        seconds=0.0,
    )
    return trial, TrialFiles(found.onnx_file, done.file, found.formats_text)


def _job(
    context: TrialContext, candidate: Candidate, plans: tuple[LayerPlan, ...], epochs: int, seed: int
) -> TrainingJob:
    from bxnn.sim.training.training_job import Loss, TrainingJob

    sample, judgement = context.sample, context.judgement
    x, kind = context.standard(sample.train.x), Loss.CLASSES if context.config.task == "classification" else Loss.VALUES
    y, means, spreads = sample.train.y, np.zeros(context.outputs), np.ones(context.outputs)
    if kind is Loss.CLASSES and context.outputs == 1:
        kind = Loss.BINARY
    if context.config.task == "autoencoder":
        y = x.reshape(len(x), -1)
    if context.config.task == "regression":
        means, spreads = y.mean(axis=0), y.std(axis=0)

    shape, training = sample.train.shape, context.config.training

    def quality(outputs: Reals) -> tuple[float, float]:
        value = judgement.figure(context.scores(sample.validation.x, outputs), sample.validation.y).value
        return value, -judgement.loss(value)

    return TrainingJob(
        description=_description(training, candidate, plans, shape),
        kernels=tuple(plan.name for plan in plans),
        x=x,
        y=y,
        means=means,
        spreads=spreads,
        weights=context.event_weights(),
        validation=context.standard(sample.validation.x),
        score=quality,
        loss=kind,
        epochs=epochs,
        seed=seed,
        pruning=candidate.pruning,
        training=training,
        kept=kept_weights,
    )


def _description(
    training: str, candidate: Candidate, plans: tuple[LayerPlan, ...], shape: tuple[int, ...]
) -> Mapping[str, Any]:
    """The model as its framework takes it."""
    if training == "float":
        return keras_description(plans, shape)
    described = qkeras_description if training == "qkeras" else hgq_description
    return described(candidate, plans, shape)


def _quantized(context: TrialContext, candidate: Candidate, weights: Weights, drawn: bool) -> QuantizedCandidate:
    """The network of the firmware: with the formats that it was trained with, or those of a calibration."""
    plans, x = context.plans(candidate), context.sample.train.x
    if context.config.training != "float":
        return trained_candidate(candidate, plans, weights, context.standard, x.shape[1:])
    ranged = x[: _DRAWN_EVENTS if drawn else _RANGE_EVENTS]
    classes = context.config.task == "classification"
    return quantized_candidate(candidate, plans, weights, context.standard, ranged, not drawn, classes)


def _finished(context: TrialContext, candidate: Candidate, trained: Graph) -> dict[str, Any]:
    """Outcome and final cost of a trained network; `built_design` compares them with those of its compilation."""
    try:
        with unexplained():
            return {"outcome": Outcome.DONE, "final": _cost(context, candidate, trained)}
    except ScheduleError as error:
        return {"outcome": Outcome.MISSED, "reason": str(error)}


def _cost(context: TrialContext, candidate: Candidate, graph: Graph) -> Design:
    config = context.config.design(candidate.strategy)
    return design_of(driver.lower(graph, config), config)
