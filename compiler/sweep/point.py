"""One point of a sweep: its configuration, the key under which it is stored, and the scheduler's answer."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler import driver
from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import BxnnError, InputError, ToolError
from bxnn.compiler.files import sha256
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.report import build_report
from bxnn.compiler.schedule import scheduling
from bxnn.compiler.sweep.sweep_config import KeyPath

# Increment when stored answers could be wrong under the same facts: 2, as 1 ignored `layers: output` when lowering.
_KEY_VERSION = 2

# Keys that lowering does not use. All others, including future keys, distinguish lowered graphs.
_NOT_LOWERED = {
    "board",
    "part",
    "speed_grade",
    "clock_mhz",
    "initiation_interval",
    "strategy",
    "form",
    "pixels_per_cycle",
    "packing",
    "budget",
}

# In every table, swept or not: what determines a design.
ALWAYS_SHOWN: tuple[KeyPath, ...] = (("initiation_interval",), ("clock_mhz",), ("strategy",), ("packing",))


class Design(BaseModel):
    """What a schedule costs; ``None`` for anything that this version cannot predict."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    latency_cycles: int
    latency_ns: float
    latency_bx: float
    dsp: int
    dsp_efficiency: float | None
    lut: int | None
    ff: int | None


class Answer(BaseModel):
    """The scheduler's answer to one point: a design or one line of error.

    ``final`` answers are kept and not computed again; a missing tool or a bug may be fixed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    design: Design | None = None
    error: str | None = None
    final: bool = True


@dataclass(frozen=True)
class Point:
    """A point of a sweep.

    Attributes:
        key: SHA-256 of the model, its weights, the configuration and the versions of bxnn and of the key.
        config: The point as a design.yaml.
    """

    key: str
    config: DesignConfig

    def value(self, path: KeyPath) -> Any:
        """The value of a configuration key; ``None`` if this version has no such key."""
        found: Any = self.config.model_dump(mode="json")
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


@dataclass(frozen=True)
class ModelFiles:
    """Files that every process of a sweep reads for itself.

    Attributes:
        model: Model file, absolute.
        weights: Weights of a .json model, absolute.
        digests: SHA-256 of each.
    """

    model: Path
    weights: Path | None
    digests: tuple[str, ...]


class Scheduler:
    """Answers the points of one model, which it reads once.

    Args:
        model: Model file.
        weights: Weights of a .json model.

    Raises:
        InputError: If the files cannot be read.
    """

    def __init__(self, model: Path, weights: Path | None) -> None:
        self.model, self.weights = model, weights
        self.name = load_model(model, weights, None).name
        self._digests = tuple(sha256(path) for path in (model, weights) if path is not None)
        self._lowered: dict[str, Graph] = {}

    def point(self, config: DesignConfig) -> Point:
        """The point of a configuration."""
        facts = [_KEY_VERSION, version("bxnn"), *self._digests, config.model_dump(mode="json")]
        return Point(hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest(), config)

    @property
    def files(self) -> ModelFiles:
        """What another process needs to make the same scheduler."""
        return ModelFiles(
            self.model.absolute(), None if self.weights is None else self.weights.absolute(), self._digests
        )

    def answer(self, config: DesignConfig) -> Answer:
        """Schedule the model; nothing is written."""
        try:
            return Answer(design=self._design(config))
        except BxnnError as error:
            return Answer(error=str(error), final=isinstance(error, InputError) and not isinstance(error, ToolError))
        except Exception as error:
            what = " ".join(f"internal error: {type(error).__name__}: {error}".split())
            return Answer(error=what, final=False)

    def _design(self, config: DesignConfig) -> Design:
        chosen_board(config)  # what is refused about it is refused first, as by compile
        return design_of(self._graph(config), config)

    def _graph(self, config: DesignConfig) -> Graph:
        key = config.model_dump_json(exclude=_NOT_LOWERED)
        if key not in self._lowered:
            self._lowered[key] = driver.lower(load_model(self.model, self.weights, config.name), config)
        return self._lowered[key]


def design_of(graph: Graph, config: DesignConfig) -> Design:
    """What the best schedule of a lowered network costs; nothing is written.

    Raises:
        ScheduleError: If there is none within the budget and the clock.
    """
    board = chosen_board(config)
    schedule = scheduling.schedule_graph(graph, config, board)
    interface = interface_of(graph, schedule, ())
    report = build_report(graph, schedule, board, config, (), interface.data_inputs, interface.outputs)
    return Design(
        latency_cycles=report.latency_cycles,
        latency_ns=report.latency_ns,
        latency_bx=report.latency_bx,
        dsp=report.dsp,
        dsp_efficiency=report.dsp_efficiency,
        lut=None if report.predicted is None else report.predicted.lut,
        ff=None if report.predicted is None else report.predicted.ff,
    )


def answer_point(files: ModelFiles, config: DesignConfig) -> Answer:
    """Schedule a point in any process, perhaps on another machine, which reads the model once."""
    try:
        scheduler = _scheduler(files)
    except BxnnError as error:
        return Answer(error=str(error), final=False)
    if scheduler.files != files:
        return Answer(error=f"{files.model}: is another file on {platform.node()}; share the folder", final=False)
    return scheduler.answer(config)


@lru_cache(maxsize=1)
def _scheduler(files: ModelFiles) -> Scheduler:
    return Scheduler(files.model, files.weights)
