"""Networks whose cost is known before any of them is trained, and the choice of the next one that is.

Costs are exact, so that only the loss has to be guessed: the most promising network is the one that is expected to add
most to the volume of the front. One that is larger and slower than others without being better adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bxnn.compiler.pareto import undominated
from bxnn.compiler.search.area import area_of
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.gaussian_process import GaussianProcess
from bxnn.compiler.search.hypervolume import Costs, expected_gain
from bxnn.compiler.search.layer_plan import macs
from bxnn.compiler.search.search_space import SearchSpace
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_context import TrialContext
from bxnn.compiler.sweep.point import Design

_AT_FIRST = 12  # networks that are priced before any is chosen
_FOR_EACH = 2  # networks that are priced for each one that is chosen
_HOPE = 0.5  # standard deviations by which a guessed cost is taken to be lower: a price settles what is uncertain
_DRAWS = 1000  # of networks known already, before the space counts as exhausted
_TRIED = 100  # networks of which the most promising one is priced, and as many again next to those of the front
_BEYOND = 1.25  # what a network that was refused is taken to cost, in units of the corner
_SPREAD = 0.1  # of the losses as long as none is known, in units of the loss of a network that knows nothing


class PricedPool:
    """Networks by cost.

    Args:
        context: The search.
        space: All networks.
        seed: Of the draws.
        at_once: Most networks that are chosen one after the other; there are more to choose from.
    """

    def __init__(self, context: TrialContext, space: SearchSpace, seed: int, at_once: int) -> None:
        self._least_open = at_once + 1
        self._context, self._space = context, space
        self._generator = np.random.default_rng(seed)
        self._known: set[Candidate] = set()
        self._running: set[Candidate] = set()
        self._open: dict[Candidate, Design] = {}
        self._chosen: dict[Candidate, Design] = {}
        self._refused: set[Candidate] = set()
        self._trained: list[Trial] = []

    def next_to_price(self) -> Candidate | None:
        """A network whose cost is to be found; ``None`` if there are enough, or no more.

        Every network that is chosen makes room for two: one that is drawn uniformly, and the most promising one at a
        cost that is guessed from those that are known.
        """
        few = len(self._open) + len(self._running) < self._least_open
        if not few and len(self._known) >= _AT_FIRST + _FOR_EACH * len(self._chosen):
            return None
        return self._added()

    def priced(self, trial: Trial) -> None:
        """What came of such a network."""
        self._running.discard(trial.candidate)
        if trial.outcome is Outcome.PRICED and trial.predicted is not None:
            self._open[trial.candidate] = trial.predicted
        else:
            self._refused.add(trial.candidate)

    def trained(self, trial: Trial) -> None:
        """What came of a training."""
        self._trained.append(trial)

    def choose(self) -> Candidate | None:
        """The most promising network that is priced, or one that is not if none is; ``None`` if there are no more.

        Networks that are chosen and not trained yet count with the loss that they are expected to have.
        """
        if not self._open:
            return self._added(price=False)
        front, model = self._front(), self._model()
        latency, area = self._corner[1:]
        gains = {}
        for candidate, cost in self._open.items():
            loss, spread = self._expected(model, candidate)
            gains[candidate] = expected_gain(front, loss, spread, cost.latency_ns / latency, area_of(cost) / area)
        best = max(gains, key=gains.__getitem__)
        self._chosen[best] = self._open.pop(best)
        return best

    def _added(self, price: bool = True) -> Candidate | None:
        """A network that has not been drawn yet."""
        candidate = (
            self._promising()
            if price and len(self._known) % 2 and len(self._known) >= _AT_FIRST and self._open
            else None
        )
        for _ in range(_DRAWS):
            if candidate is not None:
                break
            drawn = self._space.drawn(self._generator)
            candidate = None if drawn in self._known else drawn
        if candidate is not None:
            self._known.add(candidate)
            self._running |= {candidate} if price else set()
        return candidate

    def _promising(self) -> Candidate | None:
        """Of some networks, the one that is expected to add most at the cost that is guessed; ``None`` if none adds."""
        leaders, generator = [trial.candidate for trial in self._leaders()], self._generator
        tried = [self._space.drawn(generator) for _ in range(_TRIED)]
        for index in range(_TRIED if leaders else 0):
            tried.append(self._space.neighbour(leaders[index % len(leaders)], generator))
        new = [candidate for candidate in dict.fromkeys(tried) if candidate not in self._known]
        priced = {**self._open, **self._chosen}
        if not new or not priced:
            return None
        front, model, corner = self._front(), self._model(), self._corner
        features = [self._cost_features(candidate) for candidate in (*priced, *self._refused)]
        latencies = [math.log(cost.latency_ns / corner[1]) for cost in priced.values()]
        areas = [math.log(max(area_of(cost), 1.0) / corner[2]) for cost in priced.values()]
        areas += [math.log(_BEYOND)] * len(self._refused)
        slow, large = GaussianProcess.of(features[: len(priced)], latencies), GaussianProcess.of(features, areas)
        gains = {}
        for candidate in new:
            own = self._cost_features(candidate)
            guessed = tuple(
                math.exp(mean - _HOPE * spread) for mean, spread in (slow.expected(own), large.expected(own))
            )
            gains[candidate] = expected_gain(front, *self._expected(model, candidate), guessed[0], guessed[1])
        best = max(gains, key=gains.__getitem__)
        return best if gains[best] > 0 else None

    def _cost_features(self, candidate: Candidate) -> Sequence[float]:
        """What the cost depends on: what the loss does, and the strategy."""
        strategies = self._space.config.strategy
        return *self._features(candidate, 1), float(strategies.index(candidate.strategy))

    def _done(self) -> list[Trial]:
        return [trial for trial in self._trained if trial.outcome is Outcome.DONE]

    def _leaders(self) -> list[Trial]:
        """Trainings that none is better than at less cost."""
        return undominated(sorted(self._done(), key=_costs), _costs)

    @property
    def _corner(self) -> Costs:
        """Loss, latency and area by which others are divided: where nothing is limited, more than that of the worst."""
        loss, latency, area = self._context.corner
        priced = [*self._open.values(), *self._chosen.values()]
        slowest = max((cost.latency_ns for cost in priced), default=1.0)
        largest = max((area_of(cost) for cost in priced), default=1.0)
        return max(loss, 1e-9), latency or 1.1 * slowest, area or 1.1 * max(largest, 1.0)

    def _front(self) -> list[Costs]:
        corner, model, done = self._corner, self._model(), self._done()
        told = {trial.candidate for trial in self._trained}
        points = [_costs(trial) for trial in done]
        for candidate, cost in self._chosen.items():
            if candidate not in told:
                loss = self._expected(model, candidate)[0] * corner[0]
                points.append((loss, cost.latency_ns, area_of(cost)))
        return [(loss / corner[0], latency / corner[1], area / corner[2]) for loss, latency, area in points]

    def _model(self) -> GaussianProcess | None:
        done = self._done()
        if not done:
            return None
        known = [self._features(trial.candidate, trial.epochs) for trial in done]
        return GaussianProcess.of(known, [trial.loss / self._corner[0] for trial in done if trial.loss is not None])

    def _expected(self, model: GaussianProcess | None, candidate: Candidate) -> tuple[float, float]:
        """Mean and spread of the loss of a full training, as shares of that of a network that knows nothing."""
        if model is None:
            return 0.5, _SPREAD
        return model.expected(self._features(candidate, self._context.config.fidelity.most))

    def _features(self, candidate: Candidate, epochs: int) -> Sequence[float]:
        """What the loss depends on: weights that are left, their bits, the narrowest layer, depth and training."""
        left = (1 - candidate.pruning) * macs(self._context.plans(candidate))
        bits = sum(candidate.bits) / len(candidate.bits)
        widths = math.log2(min(candidate.widths)), float(len(candidate.widths))
        return math.log2(left), bits, *widths, float(candidate.input_bits), math.log(epochs)


def _costs(trial: Trial) -> Costs:
    assert trial.loss is not None
    return trial.loss, trial.cost.latency_ns, area_of(trial.cost)
