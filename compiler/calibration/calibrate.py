"""From a float model and events to formats.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.calibration.balance_factors import with_factors
from bxnn.compiler.calibration.budget_search import Raises, widest
from bxnn.compiler.calibration.calibrator import Calibrator
from bxnn.compiler.calibration.events import Events, cautions, checked_events, split, thinned
from bxnn.compiler.calibration.exchanges import Exchanges
from bxnn.compiler.calibration.float_network import FloatNetwork, float_network
from bxnn.compiler.calibration.formats_output import formats_text
from bxnn.compiler.calibration.input_scales import with_input_scales
from bxnn.compiler.calibration.kept_decisions import compared
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.request import Request
from bxnn.compiler.calibration.spread_losses import Spread, one_by_one
from bxnn.compiler.calibration.width_prices import Cost, priced, within
from bxnn.compiler.calibration.width_search import LEAST_BITS, Search, Step
from bxnn.compiler.calibration.widths import Widths
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.passes import PIPELINE, run
from bxnn.compiler.passes.options import pass_options
from bxnn.compiler.report.calibration_facts import CalibrationFacts, digest
from bxnn.compiler.schedule.budget import unexplained

Read = Callable[[DeclaredTypes], Graph]


@dataclass(frozen=True, eq=False)
class Model:
    """A float model.

    Attributes:
        name: Its name, for the head of the file.
        read: Reads it with declared types.
        files: Its files.
    """

    name: str
    read: Read
    files: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Memory:
    """What a search knows from an earlier run that was interrupted, and whom it tells how far it is.

    Attributes:
        losses: Losses by widths.
        keep: Stores them.
        say: Told in words.
        spread: Computes several losses.
    """

    losses: dict[str, float] = field(default_factory=dict)
    keep: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda _: None
    spread: Spread = one_by_one

    def tell(self, reached: str) -> None:
        """After every step."""
        self.keep()
        self.say(reached)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The result.

    Attributes:
        types: The chosen types.
        facts: What they do to events that were not used to choose them.
        text: formats.yaml.
        cautions: What the user should know, one line each.
    """

    types: DeclaredTypes
    facts: CalibrationFacts
    text: str
    cautions: tuple[str, ...]


def calibrate(
    model: Model,
    subject: str,
    stored: Mapping[str, NDArray[np.generic]],
    config: DesignConfig,
    request: Request,
    memory: Memory | None = None,
) -> Calibration:
    """Choose types for a float model.

    Args:
        model: The model.
        subject: Name of the events, for errors.
        stored: Arrays of events.
        config: The user's configuration; types that it declares stay.
        request: Widths and criteria.
        memory: Of an interrupted run.

    Raises:
        InputError: If the model, the events or the configuration is wrong.
        LimitMissedError: If a budget or a limit on the loss cannot be met.
    """
    # Threads of the BLAS would fight over matrices this small.
    with threadpool_limits(1, user_api="blas"):
        return _calibrated(_Task(model, config, request, memory or Memory()), subject, stored)


def _calibrated(task: _Task, subject: str, stored: Mapping[str, NDArray[np.generic]]) -> Calibration:
    model, config, request = task.model, task.config, task.request
    network = float_network(model.read(config.declared_types()), config)
    events = checked_events(subject, network, stored)
    own, other = split(events, network)
    judge = Judge(network.scores or (events.labels is not None and len(network.graph.outputs) == 1))
    if request.scaled_inputs:
        network = with_input_scales(network, own.values, config.declared_types(), request.input_bits, judge)
    network = with_factors(network, own.values, config.declared_types(), request.typical_bits)
    calibrator = Calibrator(network, own.values, config.declared_types(), request.choice, request.per_channel, judge)
    steps = task.steps(calibrator, judge, own)
    chosen = calibrator.choose(steps[-1].widths).types
    facts = task.compared(network, judge, chosen, other, own.count)
    facts = facts.model_copy(update={"trade_off": tuple(step.facts for step in steps if step.facts is not None)})
    every = config.declared_types().over(chosen)
    text = formats_text(model.name, request, chosen, facts, digest(every, task.lowered(chosen)))
    return Calibration(chosen, facts, text, tuple(cautions(subject, events)))


@dataclass(frozen=True, eq=False)
class _Task:
    model: Model
    config: DesignConfig
    request: Request
    memory: Memory

    def steps(self, calibrator: Calibrator, judge: Judge, own: Events) -> list[Step]:
        """Steps from the widest network to the chosen one."""
        start = Widths(self.request.input_bits, self.request.bits)
        if not self.request.searches:
            return [Step(start, None)]
        few = replace(calibrator, values=thinned(own, calibrator.network).values, known={})
        if self.request.budget is not None:
            return self._within_budget(calibrator, few, judge, start)
        search = self._search(few, judge, start, LEAST_BITS)
        start = search.start(start, self.request.loss)
        return list(search.path(start, self.request.loss))

    def _within_budget(self, calibrator: Calibrator, few: Calibrator, judge: Judge, start: Widths) -> list[Step]:
        """Uniform widths that meet the budget, then bits are added, and then exchanged."""
        config = self.config.model_copy(update={"budget": self.request.budget})

        def cost(widths: Widths) -> Cost:
            return within(self.lowered(calibrator.choose(widths).types), config, chosen_board(config))

        with suppress(ScheduleError), unexplained():
            cost(start)
            return [Step(start, None)]
        uniform, price = widest(start, cost)
        search = self._search(few, judge, start, max(uniform.bits - 1, LEAST_BITS))
        steps = [Step(start, None), search.uniform(uniform, price)]
        steps += Raises(search, cost, start.bits).path(steps[-1])
        steps += Exchanges(search, cost, start.bits).path(steps[-1])
        return steps

    def _search(self, few: Calibrator, judge: Judge, start: Widths, least: int) -> Search:
        prices = priced(few, start, least, self.lowered, self.config, self.memory.say)
        return Search(few, judge, prices, self.memory.losses, self.memory.tell, self.memory.spread)

    def lowered(self, chosen: DeclaredTypes) -> Graph:
        types = self.config.declared_types().over(chosen)
        graph = self.model.read(types)
        return run(graph, PIPELINE, pass_options(graph, types))

    def compared(
        self, network: FloatNetwork, judge: Judge, chosen: DeclaredTypes, other: Events, calibrated_on: int
    ) -> CalibrationFacts:
        """The firmware, bit for bit, against the float model."""
        from bxnn.sim.reference import Reference

        reference = Reference(self.lowered(chosen))
        inputs = zip(reference.graph.inputs, network.inputs, strict=True)
        found = reference.predict({name: other.values[own] for name, own in inputs})
        by_name = dict(zip(network.graph.outputs, found.values(), strict=True))
        every = self.config.declared_types().over(chosen)
        saturated = Calibrator(network, other.values, every).choose(Widths(0, 0)).saturated
        wanted = network.outputs(other.values)
        return compared(judge, wanted, by_name, other.labels, saturated, calibrated_on)
