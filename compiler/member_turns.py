"""An ensemble whose members take turns on one core: the network as it is built, with a set of weights for each.

The results of an event arrive one after another; sum, largest and smallest are registers that take in one of them after
the other. Engines other than the VHDL have the members side by side, which gives the same bits.
"""

from __future__ import annotations

from dataclasses import replace

from bxnn.compiler.ensemble import LARGEST, MEAN, SMALLEST, with_ends
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.turn_stage import TurnOperation
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.over_turns import OverTurns


def on_one_core(core: Graph, spacing: int) -> Graph:
    """The network with mean and spread over the turns of an event.

    Args:
        core: The lowered network with the sets of all members.
        spacing: Cycles from a turn to the next.
    """
    graph = replace(core, outputs=())
    for output in core.outputs:
        names = [graph.free_name(f"{output}_{name}") for name in (MEAN, LARGEST, SMALLEST)]
        total, largest, smallest = (
            OverTurns(name, (output,), operation, core.sets, spacing)
            for name, operation in zip(names, TurnOperation, strict=True)
        )
        graph = with_ends(graph, output, total, ([largest], [smallest]), core.scales.get(output), core.sets)
    return graph


def side_by_side(graph: Graph, schedule: Schedule) -> Schedule:
    """What the engines with all members side by side must know of the schedule of their core: a step for each layer."""
    steps = {step.layer: step for step in schedule.steps}
    found = []
    for layer in graph.layers:
        if isinstance(layer, HardwareLayer):
            first = graph.twins.get(layer.name, layer.name)
            own = first if first in steps else first.rpartition("_")[0]
            step = steps.get(own) or next(step for step in schedule.steps if step.layer.endswith(LARGEST))
            found.append(replace(step, layer=layer.name))
    return replace(schedule, graph=graph, steps=tuple(found))
