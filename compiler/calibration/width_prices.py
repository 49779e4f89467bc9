"""What widths cost: the scheduler's estimates of every layer at uniform widths, interpolated."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bxnn.boards.board import Board
from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.calibration.calibrator import Calibrator
from bxnn.compiler.calibration.float_network import FloatStep
from bxnn.compiler.calibration.widths import Widths
from bxnn.compiler.config.design_config import Budget, DesignConfig
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.report.stream_report import placed_layers
from bxnn.compiler.schedule.scheduling import schedule_graph

_TIE_BREAK = 1e-3  # LUTs per product of two bits, and per bit, where the scheduler sees no difference
_REST = ""

Lowering = Callable[[DeclaredTypes], Graph]


@dataclass(frozen=True)
class Cost:
    """Predicted DSP slices and LUTs, not whole numbers where they are interpolated."""

    dsp: float
    lut: float


@dataclass(frozen=True, eq=False)
class Prices:
    """Costs of layers by width.

    Attributes:
        steps: Layers with weights, by name.
        sources: For each of them, the place that decides the width of what it reads; ``None`` for an input.
        points: For each of them, and for all others together: widths, DSPs and LUTs, shape (3, widths).
        luts_per_dsp: Worth of a DSP slice: how many LUTs the device has for each.
    """

    steps: Mapping[str, FloatStep]
    sources: Mapping[str, str | None]
    points: Mapping[str, np.ndarray]
    luts_per_dsp: float

    def cost(self, widths: Widths) -> Cost:
        """DSPs and LUTs of the network."""
        places = {name: self._width(widths, name) for name in self.steps}
        places[_REST] = float(np.mean(list(places.values()))) if places else float(widths.bits)
        found = [
            (np.interp(width, points[0], points[1]), np.interp(width, points[0], points[2]))
            for name, width in places.items()
            for points in [self.points[name]]
        ]
        return Cost(float(sum(dsp for dsp, _ in found)), float(sum(lut for _, lut in found)))

    def worth(self, widths: Widths) -> float:
        """The cost as one number, in LUTs; fewer bits always cost a little less."""
        cost = self.cost(widths)
        sizes = {name: float(step.floats["kernel"].size) for name, step in self.steps.items()}
        products = sum(self._width(widths, name) ** 2 * size for name, size in sizes.items())
        bits = sum(own - widths.bits for own in widths.own.values())  # also of what no layer with weights reads
        return cost.lut + self.luts_per_dsp * cost.dsp + _TIE_BREAK * (products + bits)

    def _width(self, widths: Widths, name: str) -> float:
        """The geometric mean of the widths of weights and of what they multiply."""
        source = self.sources[name]
        read = widths.inputs if source is None else widths.of(source, "output")
        return math.sqrt(read * widths.of(self.steps[name].key, "kernel"))


def priced(
    calibrator: Calibrator,
    widths: Widths,
    least: int,
    lowered: Lowering,
    config: DesignConfig,
    say: Callable[[str], None] = lambda _: None,
) -> Prices:
    """Schedules the network at uniform widths from ``least`` to that of ``widths``.

    Raises:
        ScheduleError: If it fits at none of them.
    """
    network, board = calibrator.network, chosen_board(config)
    steps = {step.layer.name: step for step in network.steps if "kernel" in step.floats}
    results = {step.layer.name: step.result_key for step in network.steps}
    sources = {name: _source(network.graph, step.layer.inputs[0], results) for name, step in steps.items()}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in (*steps, _REST)}
    free = config.model_copy(update={"budget": Budget()})
    failed: ScheduleError | None = None
    every = range(least, widths.bits + 1, 1 if widths.bits <= 8 else 2)
    for done, bits in enumerate(every):
        say(f"{done} of {len(every)} widths priced")
        uniform = Widths(widths.inputs, bits)
        graph = lowered(calibrator.choose(uniform).types)
        try:
            schedule = schedule_graph(graph, free, board)
        except ScheduleError as error:
            failed = error
            continue
        own: dict[str, list[float]] = {name: [0.0, 0.0] for name in found}
        for placed in placed_layers(graph, schedule):
            place = own[placed.layer.name if placed.layer.name in steps else _REST]
            place[0] += placed.step.binding.dsp
            place[1] += placed.step.cost.lut
        for name, (dsp, lut) in own.items():
            read = widths.inputs if name in steps and sources[name] is None else bits
            found[name].append((math.sqrt(read * bits), dsp, lut))
    if not found[_REST] and failed is not None:
        raise failed
    points = {name: np.maximum.accumulate(np.array(rows).T, axis=1) for name, rows in found.items()}
    return Prices(steps, sources, points, board.lut / board.dsp)


def within(graph: Graph, config: DesignConfig, board: Board) -> Cost:
    """The cost of a design within the budget of a configuration.

    Raises:
        ScheduleError: If there is none.
    """
    budget = config.budget
    if budget.dsp is not None and budget.lut is not None:  # the best with these DSPs is found much faster
        found = _cost(graph, config.model_copy(update={"budget": Budget(dsp=budget.dsp)}), board)
        if found.lut <= budget.lut and budget.latency_ns is None:
            return found
    return _cost(graph, config, board)


def _cost(graph: Graph, config: DesignConfig, board: Board) -> Cost:
    placed = list(placed_layers(graph, schedule_graph(graph, config, board)))
    return Cost(sum(own.step.binding.dsp for own in placed), sum(own.step.cost.lut for own in placed))


def _source(graph: Graph, name: str, results: Mapping[str, str | None]) -> str | None:
    """The layer of formats.yaml whose type decides the width of a tensor; ``None`` for an input of the network."""
    layer = graph.layer(name)
    if not layer.inputs:
        return None
    return results.get(name) or _source(graph, layer.inputs[0], results)
