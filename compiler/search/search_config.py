"""search.yaml: the hardware, its budget, the task, the networks to try, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.config.design_config import (
    DEFAULT_BOARD,
    DEFAULT_CLOCK_MHZ,
    DEFAULT_INITIATION_INTERVAL,
    MAX_INITIATION_INTERVAL,
    Budget,
    DesignConfig,
)
from bxnn.compiler.config.design_config import SUBJECT as DESIGN
from bxnn.compiler.config.messages import all_problems
from bxnn.compiler.config.section import Section
from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.search.space_config import Choices, SpaceConfig

SUBJECT = "search.yaml"

Task = Literal["classification", "regression", "autoencoder"]
Objective = Literal["accuracy", "auc", "efficiency", "resolution"]
Engine = Literal["smac", "random", "exhaustive"]
Training = Literal["float", "qkeras", "hgq2"]
OBJECTIVES: Mapping[str, tuple[Objective, ...]] = {
    "classification": ("accuracy", "auc", "efficiency"),
    "regression": ("resolution",),
    "autoencoder": ("auc", "efficiency"),
}
_Count = Annotated[int, Field(ge=1, le=1 << 20)]
_Seed = Annotated[int, Field(ge=0, le=1 << 31)]


class FidelityConfig(Section):
    """How much training a proposal gets.

    Attributes:
        epochs: Of a full training; or the fewest, after which the best networks go on, and those of a full training.
        events: Most events of the training sample that are used; ``None`` for all.
    """

    epochs: Choices[_Count] = Field(default=(10, 90), max_length=2, description="a number of epochs, or two, [10, 90]")
    events: int | None = Field(default=None, ge=20, le=1 << 31, description="an integer of at least 20")

    @property
    def least(self) -> int:
        """Epochs after which a network is first judged."""
        return min(self.epochs)

    @property
    def most(self) -> int:
        """Epochs of a full training."""
        return max(self.epochs)


class SplitConfig(Section):
    """Shares of the events that are not trained on.

    Attributes:
        validation: Events by which the search chooses.
        test: Events that the search never sees, by which its results are judged.
    """

    validation: float = Field(default=0.2, gt=0, le=0.5, description="a number above 0, up to 0.5")
    test: float = Field(default=0.2, gt=0, le=0.45, description="a number above 0, up to 0.45")


class SearchConfig(Section):
    """The whole of search.yaml.

    Attributes:
        board: A name from boards/, or a file of the same form.
        clock_mhz: Clock frequency in MHz.
        initiation_interval: Cycles between events.
        budget: What a design may cost at most.
        task: What is learned.
        objective: How networks are judged, on the validation events; ``None`` takes the first of the task.
        rate: For ``efficiency``: share of the other events that may pass.
        signal: For ``efficiency``: the class whose share is counted.
        space: Networks that may be proposed.
        training: How networks are trained and quantized.
        class_weights: Whether every class counts the same in training, however frequent.
        standardize: Whether the host brings inputs to mean 0 and variance 1.
        split: Shares of validation and test.
        fidelity: How long networks are trained.
        engine: What proposes networks.
        trials: Trainings, for each seed.
        seeds: Of the search; one is made for each, and they share a front.
        verify: Engines that every design of the front must agree with, on the test events.
    """

    board: str = Field(default=DEFAULT_BOARD, description="the name of a board")
    clock_mhz: float = Field(default=DEFAULT_CLOCK_MHZ, ge=1, le=2000, description="a number of MHz from 1 to 2000")
    initiation_interval: int = Field(
        default=DEFAULT_INITIATION_INTERVAL,
        ge=1,
        le=MAX_INITIATION_INTERVAL,
        description=f"an integer from 1 to {MAX_INITIATION_INTERVAL}",
    )
    budget: Budget = Field(default=Budget(), description="a mapping of dsp, lut, latency_ns to limits")
    task: Task = Field(default="classification", description="classification, regression or autoencoder")
    objective: Objective | None = Field(default=None, description="accuracy, auc, efficiency or resolution")
    rate: float = Field(default=0.01, gt=0, lt=1, description="a number above 0 and below 1")
    signal: int = Field(default=1, ge=0, le=1 << 16, description="the number of a class")
    space: SpaceConfig = Field(default=SpaceConfig(), description="a mapping of family, depth, widths, ... to choices")
    training: Training = Field(default="float", description="float, qkeras or hgq2")
    class_weights: bool = Field(default=True, description="true or false")
    standardize: bool = Field(default=True, description="true or false")
    split: SplitConfig = Field(default=SplitConfig(), description="a mapping of validation, test to shares")
    fidelity: FidelityConfig = Field(default=FidelityConfig(), description="a mapping of epochs, events to numbers")
    engine: Engine = Field(default="smac", description="smac, random or exhaustive")
    trials: int = Field(default=60, ge=1, le=100_000, description="an integer from 1 to 100000")
    seeds: Choices[_Seed] = Field(default=(1,), description="an integer of at least 0, or a list of them")
    verify: Choices[Literal["cpp", "hls", "verilator", "ghdl"]] = Field(
        default=("cpp", "verilator"), description="some of cpp, hls, verilator, ghdl"
    )

    def design(self, strategy: str, name: str | None = None) -> DesignConfig:
        """The design.yaml of a proposal."""
        return DesignConfig.model_validate(
            {
                "name": name,
                "board": self.board,
                "clock_mhz": self.clock_mhz,
                "initiation_interval": self.initiation_interval,
                "strategy": strategy,
                "budget": self.budget,
            }
        )


def load_search(path: Path | None) -> SearchConfig:
    """Read search.yaml; without one, the defaults.

    Raises:
        ConfigError: Naming the key that is wrong and its allowed values, or the nearest key if it is unknown.
    """
    return check_search({}) if path is None else check_search(read_mapping(path, SUBJECT), path.parent)


def given_search(
    config: str | PathLike[str] | Mapping[str, Any] | None,
    space: Mapping[str, Any] | None,
    budget: Mapping[str, float] | None,
) -> SearchConfig:
    """A search given in Python: a file or its contents, with its space and budget given beside it.

    Raises:
        ConfigError: As ``load_search``.
    """
    if config is None or isinstance(config, Mapping):
        raw, folder = dict(config or {}), None
    else:
        raw, folder = read_mapping(Path(config), SUBJECT), Path(config).parent
    given = {"space": space, "budget": budget}
    return check_search({**raw, **{key: dict(own) for key, own in given.items() if own is not None}}, folder)


def check_search(raw: Mapping[str, Any], folder: Path | None = None) -> SearchConfig:
    """The search of a mapping, checked.

    Args:
        raw: The contents of the file.
        folder: Where the file is, from which the file of a board is looked up; by default, here.

    Raises:
        ConfigError: As ``load_search``.
    """
    try:
        config = SearchConfig.model_validate(raw)
    except ValidationError as error:
        raise all_problems(SUBJECT, SearchConfig, error) from error
    if config.board.endswith((".yaml", ".yml")):
        config = config.model_copy(update={"board": str((folder or Path()) / config.board)})
    config = _of_one_task(config)
    if config.split.validation + config.split.test > 0.8:
        raise ConfigError(f"{SUBJECT}: split", "leaves less than a fifth of the events for training; lower its shares")
    try:
        chosen_board(config.design("auto"))
    except ConfigError as error:
        raise ConfigError(error.subject.replace(DESIGN, SUBJECT), error.problem) from None
    return config


def _of_one_task(config: SearchConfig) -> SearchConfig:
    """The search with the objective and the family of its task, where none is given.

    Raises:
        ConfigError: If those that are given belong to another task.
    """
    allowed, family = OBJECTIVES[config.task], config.space.family
    if config.objective is None:
        config = config.model_copy(update={"objective": allowed[0]})
    if config.objective not in allowed:
        problem = f"{config.objective} is not an objective of task {config.task}; use {' or '.join(allowed)}"
        raise ConfigError(f"{SUBJECT}: objective", problem)
    plain = config.task == "classification" and family == "mlp" and config.space.activation == ("relu",)
    if config.training != "float" and not plain:
        problem = f"{config.training} trains classifications by networks of family mlp with relu; use float for others"
        raise ConfigError(f"{SUBJECT}: training", problem)
    if config.task == "autoencoder" and "family" not in config.space.model_fields_set:
        return config.model_copy(update={"space": config.space.model_copy(update={"family": "autoencoder"})})
    if (config.task == "autoencoder") != (family == "autoencoder"):
        problem = f"{family} is not a family for task {config.task}; they go together"
        raise ConfigError(f"{SUBJECT}: space: family", problem)
    return config
