"""Networks proposed with SMAC3: many are trained for a few epochs, the best ones for longer (Hyperband).

With a single number of epochs, every training is a full one. Networks come from a pool of those whose cost is known
already; SMAC3 decides which of them are trained for longer, by objective, latency and area.

Source: Lindauer et al., arXiv:2109.09831 (SMAC3); Li et al., arXiv:1603.06560 (Hyperband).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bxnn.compiler.installing import not_installed
from bxnn.compiler.search.area import area_of
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.priced_pool import PricedPool
from bxnn.compiler.search.proposer import PRICE_ONLY, Proposal, Proposer
from bxnn.compiler.search.search_config import FidelityConfig
from bxnn.compiler.search.search_space import DEPTH, SearchSpace
from bxnn.compiler.search.trial import Outcome, Trial
from bxnn.compiler.search.trial_context import TrialContext

_OBJECTIVES = ("loss", "latency_ns", "area")
_REDUCTION = 3  # of every three networks, one is trained three times as long
_ENDLESS = 1_000_000


class SmacProposer(Proposer):
    """A multi-objective Hyperband search.

    Args:
        context: The search.
        space: All networks.
        seed: Of the search and of the trainings.

    Raises:
        ToolError: If SMAC3 is not installed.
    """

    def __init__(self, context: TrialContext, space: SearchSpace, seed: int) -> None:
        self._space, self._seed, self._fidelity = space, seed, context.config.fidelity
        steps = int(math.log(self._fidelity.most / self._fidelity.least, _REDUCTION) + 1e-9)
        self._pool = PricedPool(context, space, seed, _REDUCTION**steps)
        self._scratch = TemporaryDirectory(prefix="bxnn-smac-")
        self._facade = _facade(space, self._fidelity, seed, self._scratch.name, self._pool.choose)
        self._asked: dict[str, list[Any]] = {}
        self._worst = [1.0, 0.0, 0.0]

    def ask(self) -> Proposal | None:
        candidate = self._pool.next_to_price()
        if candidate is not None:
            return Proposal(candidate, PRICE_ONLY, self._seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                info = self._facade.ask()
        except StopIteration:
            return None
        least, most = self._fidelity.least, self._fidelity.most
        epochs = most if info.budget is None else min(max(round(info.budget), least), most)
        proposal = Proposal(self._space.candidate(self._values(info.config)), epochs, self._seed)
        self._asked.setdefault(proposal.key, []).append(info)
        return proposal

    def tell(self, proposal: Proposal, trial: Trial) -> None:
        from smac.runhistory.dataclasses import TrialValue
        from smac.runhistory.enumerations import StatusType

        if proposal.epochs == PRICE_ONLY:
            self._pool.priced(trial)
            return
        self._pool.trained(trial)
        info = self._asked[proposal.key].pop(0)
        if trial.outcome is Outcome.DONE:
            assert trial.loss is not None
            costs = [trial.loss, trial.cost.latency_ns, area_of(trial.cost)]
            self._worst = [max(pair) for pair in zip(self._worst, costs, strict=True)]
            value = TrialValue(cost=costs, time=trial.seconds)
        else:
            value = TrialValue(cost=list(self._worst), time=trial.seconds, status=StatusType.CRASHED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._facade.tell(info, value)

    def _values(self, configuration: Any) -> dict[str, Any]:
        """Values by parameter; SMAC chooses their numbers in the list."""
        parameters = {each.name: each.values for each in self._space.parameters}
        return {name: parameters[name][int(index)] for name, index in dict(configuration).items()}


def _selector(space: SearchSpace, scenario: Any, choose: Callable[[], Candidate | None]) -> Any:
    """What gives SMAC3 a new network when it wants one."""
    from ConfigSpace import Configuration
    from smac.main.config_selector import ConfigSelector

    class _Chosen(ConfigSelector):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            while (candidate := choose()) is not None:
                own = space.values(candidate)
                numbers = {
                    each.name: each.values.index(own[each.name]) for each in space.parameters if each.name in own
                }
                yield Configuration(scenario.configspace, values=numbers)

    return _Chosen(scenario)


def _facade(
    space: SearchSpace, fidelity: FidelityConfig, seed: int, scratch: str, choose: Callable[[], Candidate | None]
) -> Any:
    """SMAC3 with Hyperband, or without it if all trainings are equally long: it would propose each network twice."""
    try:
        from smac import HyperparameterOptimizationFacade, MultiFidelityFacade, Scenario
        from smac.intensifier.hyperband import Hyperband
        from smac.multi_objective.parego import ParEGO
    except ImportError:
        raise not_installed("smac", "engine: smac") from None
    several = fidelity.least < fidelity.most
    budgets = {"min_budget": min(fidelity.least, fidelity.most / _REDUCTION), "max_budget": fidelity.most}
    scenario = Scenario(
        _configuration_space(space, seed),
        objectives=list(_OBJECTIVES),
        deterministic=True,
        n_trials=_ENDLESS,
        seed=seed,
        output_directory=Path(scratch),
        **(budgets if several else {}),
    )
    common = {
        "multi_objective_algorithm": ParEGO(scenario),
        "config_selector": _selector(space, scenario, choose),
        "logging_level": False,
        "overwrite": True,
    }
    if not several:
        return HyperparameterOptimizationFacade(scenario, _never_called, **common)
    # The default, any budget, ends in an assertion with several objectives.
    intensifier = Hyperband(scenario, eta=_REDUCTION, incumbent_selection="highest_budget")
    return MultiFidelityFacade(scenario, _never_called_with_budget, intensifier=intensifier, **common)


def _never_called(config: Any, seed: int = 0) -> list[float]:
    """What SMAC would call if it ran trials itself; they are run by Dask, and it is told."""
    return [math.nan] * len(_OBJECTIVES)


def _never_called_with_budget(config: Any, seed: int = 0, budget: float = 0.0) -> list[float]:
    return _never_called(config, seed)


def _configuration_space(space: SearchSpace, seed: int) -> Any:
    """Every parameter as the number of a value in its list: ordered for numbers, a category for words."""
    from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace, InCondition, UniformIntegerHyperparameter

    found = ConfigurationSpace(seed=seed)
    made: dict[str, Any] = {}
    for each in space.parameters:
        count = len(each.values)
        if each.ordered and count > 1:
            made[each.name] = UniformIntegerHyperparameter(each.name, 0, count - 1)
        else:
            made[each.name] = CategoricalHyperparameter(each.name, list(range(count)))
        found.add(made[each.name])
    depths = next(each.values for each in space.parameters if each.name == DEPTH)
    for each in space.parameters:
        exists = [index for index, depth in enumerate(depths) if depth >= each.layer]
        if len(exists) < len(depths):
            found.add(InCondition(made[each.name], made[DEPTH], exists))
    return found
