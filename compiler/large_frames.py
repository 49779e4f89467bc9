"""What a user can do about a layer with too many connections in one frame."""

from __future__ import annotations

from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.errors import FrameTooLargeError, ModelError, ScheduleError, StreamNeededError
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.schedule.stream.partition import partition


def with_way_out(error: FrameTooLargeError, graph: Graph, config: DesignConfig) -> ModelError:
    """The error, with the options for this layer in this network and configuration.

    Args:
        error: About a layer on a whole frame, or on a tile.
        graph: After the pipeline.
        config: The user's configuration.
    """
    on_tiles = _on_tiles(graph)
    if error.layer not in on_tiles:
        return error
    before = on_tiles[: on_tiles.index(error.layer) + 1]
    whole = [graph.renames.get(name, name) for name in before]
    held = [name for name in whole if name in config.layers and config.layers[name].form == "frame_parallel"]
    asks = config.form == "streaming" or config.pixels_per_cycle is not None
    advice = [] if asks else ["set form: streaming in design.yaml"]
    advice += [f"remove form: frame_parallel from layers: {name}" for name in held]
    if not advice:
        return error
    kind = ModelError if asks or held else StreamNeededError
    return kind(error.subject, f"{error.finding}; {' and '.join(advice)}")


def _on_tiles(graph: Graph) -> list[str]:
    """Layers that the streaming form computes tile by tile, in the order of the data flow."""
    try:
        plan = partition(graph, 1)
    except ScheduleError:
        return []
    return [name for segment in plan.segments for name in segment.layers]
