"""What a network with weights that are loaded at run time would take if they were constants."""

from __future__ import annotations

from bxnn.boards.board import Board
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import BxnnError
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.report.weights_facts import FixedWeights, WeightsFacts
from bxnn.compiler.schedule.loading import loading_of
from bxnn.compiler.schedule.scheduling import schedule_graph


def weights_facts(
    graph: Graph, schedule: Schedule | StreamSchedule, config: DesignConfig, board: Board
) -> WeightsFacts | None:
    """The facts for the report; ``None`` if all weights are constants.

    Args:
        graph: After the pipeline.
        schedule: When and where its layers run.
        config: The user's configuration.
        board: The device.
    """
    loading = loading_of(schedule, config)
    if loading is None:
        return None
    return WeightsFacts(
        layers=tuple(graph.spelled(layer.name) for layer in loading.layers),
        bus=loading.bus,
        words=loading.words,
        word_bits=loading.width,
        drain_cycles=loading.drain_cycles,
        layout=f"{loading.layout:08x}",
        fixed=_fixed_design(graph, config, board),
    )


def with_fixed_weights(graph: Graph) -> Graph:
    """The network with the same values as constants."""
    return graph.mapped(_fixed)


def _fixed(layer: Layer) -> Layer:
    constants = layer.constants()
    fixed = {part: value.fixed() for part, value in constants.items() if isinstance(value, ReloadableTensor)}
    return layer.with_constants({**constants, **fixed}) if fixed else layer


def _fixed_design(graph: Graph, config: DesignConfig, board: Board) -> FixedWeights | None:
    plain = config.model_copy(update={"weights": None, "latency": None})  # nor is a latency padded
    try:
        found = schedule_graph(with_fixed_weights(graph), plain, board)
    except BxnnError:
        return None
    lut, ff = (None, None) if found.cost is None else (found.cost.lut, found.cost.ff)
    return FixedWeights(dsp=found.dsp, latency_cycles=found.latency_cycles, lut=lut, ff=ff)
