"""Networks proposed by SMAC3: many are trained for a few epochs, the best ones for longer (Hyperband).

With a single number of epochs, they are proposed one by one by what has become of the others.

Several objectives become one in a new way for every proposal (ParEGO), so that the search follows the whole front.

Source: Lindauer et al., arXiv:2109.09831 (SMAC3); Li et al., arXiv:1603.06560 (Hyperband); Knowles, IEEE Trans. Evol.
Comput. 10 (2006) 50 (ParEGO).
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bxnn.compiler.installing import not_installed
from bxnn.compiler.search.area import area_of
from bxnn.compiler.search.proposer import Proposal, Proposer
from bxnn.compiler.search.search_config import FidelityConfig
from bxnn.compiler.search.search_space import DEPTH, SearchSpace
from bxnn.compiler.search.trial import Outcome, Trial

_OBJECTIVES = ("loss", "latency_ns", "area")
_REDUCTION = 3  # of every three networks, one is trained three times as long
_ENDLESS = 1_000_000
_DRAWN = 10  # networks that are drawn before SMAC learns from them, without Hyperband; by default, ten per parameter


class SmacProposer(Proposer):
    """A multi-objective Hyperband search.

    Args:
        space: All networks.
        fidelity: Fewest and most epochs.
        seed: Of the search and of the trainings.

    Raises:
        ToolError: If SMAC3 is not installed.
    """

    def __init__(self, space: SearchSpace, fidelity: FidelityConfig, seed: int) -> None:
        self._space, self._seed, self._fidelity = space, seed, fidelity
        self._scratch = TemporaryDirectory(prefix="bxnn-smac-")
        self._facade = _facade(space, fidelity, seed, self._scratch.name)
        self._asked: dict[str, list[Any]] = {}
        self._worst = [1.0, 0.0, 0.0]

    def ask(self) -> Proposal | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            info = self._facade.ask()
        least, most = self._fidelity.least, self._fidelity.most
        epochs = most if info.budget is None else min(max(round(info.budget), least), most)
        proposal = Proposal(self._space.candidate(self._values(info.config)), epochs, self._seed)
        self._asked.setdefault(proposal.key, []).append(info)
        return proposal

    def tell(self, proposal: Proposal, trial: Trial) -> None:
        from smac.runhistory.dataclasses import TrialValue
        from smac.runhistory.enumerations import StatusType

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


def _facade(space: SearchSpace, fidelity: FidelityConfig, seed: int, scratch: str) -> Any:
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
    common = {"multi_objective_algorithm": ParEGO(scenario), "logging_level": False, "overwrite": True}
    if not several:
        drawn = HyperparameterOptimizationFacade.get_initial_design(scenario, n_configs=_DRAWN)
        return HyperparameterOptimizationFacade(scenario, _never_called, initial_design=drawn, **common)
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
